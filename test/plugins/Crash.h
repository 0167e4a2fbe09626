#pragma once

#include <string>

/// Ends this process the way its name says: segv, abort, ill, fpe, bus, stack, terminate, _exit, quick_exit,
/// exit (all with code 3), kill (SIGKILL), throw-std, throw-poco, throw-int. "no such crash" is exit code 99.
[[noreturn]] void crash(const std::string& kind);
