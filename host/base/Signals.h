#pragma once

#include <csignal>
#include <initializer_list>
#include <optional>

#include "base/FileDescriptor.h"
#include "base/SysError.h"

/// Signals as events: blocked first, then read from a descriptor, so that no handler ever runs.
namespace clustermanager {

sigset_t signalSet(std::initializer_list<int> signals);

/// Blocks exactly these in the calling thread. Threads started later inherit that, so this belongs before the
/// first of them.
Result<int> setSignalMask(const sigset_t& blocked);

/// A non-blocking signalfd for signals that are blocked in every thread.
Result<FileDescriptor> openSignalFd(const sigset_t& signals);

/// The next signal that waits in a signalfd, if any. Never blocks.
std::optional<int> nextSignal(const FileDescriptor& signalFd);

/// All dispositions default, whatever our ancestors or a library did, but SIGPIPE is ignored: Poco 1.11
/// writes to sockets without MSG_NOSIGNAL, and with the default action a client that hangs up would end the
/// process.
void resetDispositions();

/// Default dispositions as above and nothing blocked: what a child starts with.
Result<int> resetSignals();

}  // namespace clustermanager
