#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace clustermanager::control {

/// Makes text of any bytes that can break no line and speaks to no terminal: what is a control character
/// other than tab, or not UTF-8, becomes \xNN. Appends at most `most` bytes; what is longer is cut and ends
/// in " [cut]".
void appendPlain(std::string& text, std::string_view bytes, std::size_t most);

}  // namespace clustermanager::control
