#pragma once

#include <string_view>

namespace clustermanager::child {

/// True where `text` is exactly one JSON value (RFC 8259), nested at most 64 deep. A child's status is
/// checked where it is made, so that the mistake is the plugin's to see and not the master's to survive.
bool isJson(std::string_view text);

}  // namespace clustermanager::child
