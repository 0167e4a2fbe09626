#pragma once

#include <sys/types.h>

#include <vector>

#include "base/FileDescriptor.h"
#include "base/ProcessSys.h"
#include "base/Types.h"

/// Processes that have come to us because their own parent ended, whatever they did to get away (setsid, a
/// group of their own): this process is a subreaper.
namespace clustermanager {

/// The pids whose parent is `parent`, read from /proc.
std::vector<pid_t> processesWithParent(pid_t parent);

/// Ends and reaps all our processes, and those that come to us by that, until there are none. False where
/// some remained when the time was over.
bool endDescendants(ProcessSys& sys, const FileDescriptor& signals, Millis limit);

}  // namespace clustermanager
