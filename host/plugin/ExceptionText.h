#pragma once

#include <string>

namespace clustermanager::plugin {

/// What the exception that is being handled says, with its type: "Poco::Net::NetException: Net Exception:
/// Address in use", "std::runtime_error: boom", "int". Call it in a catch block or a terminate handler.
std::string currentExceptionText();

}  // namespace clustermanager::plugin
