#pragma once

#include <string>

namespace clustermanager::config {

/// A name of a group or a listener: letters, digits, '_' and '-', at most 32.
bool isPlainName(const std::string& name);

/// Whether a group may have it: `cmctl` and the routes tell a group from a child's number, from "all" and
/// from an option.
bool isGroupName(const std::string& name);
/// What such a name has, for messages.
constexpr const char* kGroupName = "1 to 32 letters, digits, '_' and '-', a letter first, and is not 'all'";

}  // namespace clustermanager::config
