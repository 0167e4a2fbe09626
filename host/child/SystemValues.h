#pragma once

#include <string>
#include <string_view>

namespace clustermanager::child {

/// The text with what this process and its machine know in place of ${system.NAME}, as Poco's
/// SystemConfiguration has it: env.VARIABLE, pid, nodeName, osName, osVersion, osArchitecture, currentDir,
/// homeDir, tempDir, dateTime. Any other ${...}, and a variable that is not set, stays as it is.
///
/// Not that class itself, since its library would be mapped, with two that it needs, in every child.
std::string withSystemValues(std::string_view text);

}  // namespace clustermanager::child
