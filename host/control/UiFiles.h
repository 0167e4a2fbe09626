#pragma once

#include <string_view>
#include <vector>

namespace clustermanager::control {

/// One file of the dashboard, as it lay in `ui/` when the host was built.
struct UiFile
{
    std::string_view name;  // "app.js"
    std::string_view contentType;
    std::string_view bytes;
    std::string_view sha256;  // of the bytes, in hex
};

/// All of them, without end of life. The source is written by EmbedUi.cmake.
const std::vector<UiFile>& uiFiles();

}  // namespace clustermanager::control
