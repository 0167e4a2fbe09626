#pragma once

#include <string>

#include "link/Crashed.h"

namespace clustermanager::crash {

/// What the signal's si_code says: "SEGV_MAPERR: nothing is mapped at the address", "SI_USER: sent by process
/// 4711".
std::string codeText(const link::Crashed& crashed);

/// Whether the kernel has said at which address it was.
bool hasAddress(const link::Crashed& crashed);

/// SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT.
bool isCrash(int signal);

}  // namespace clustermanager::crash
