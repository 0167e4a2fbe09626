#pragma once

#include <string_view>

namespace clustermanager {

/// Whether an environment variable of this name makes a program load other code, or write a file, than it
/// would by itself: LD_PRELOAD and the like. The C library obeys none of them in a program that is setuid.
bool isLoaderVariable(std::string_view name);

}  // namespace clustermanager
