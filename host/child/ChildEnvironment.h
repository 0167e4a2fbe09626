#pragma once

#include "child/ChildMain.h"

namespace clustermanager::child {

/// What tells a process from the others of its group, in names of files and in its title: "3", "master".
std::string slotName(ChildId child);

/// CM_CHILD_ID and its companions, LISTEN_FDS where there are listeners; takes out what was meant for the
/// host alone. In a run_master CM_CHILD_ID is "GROUP-master". The process is single-threaded.
void setEnvironment(const link::GenerationPlan& plan, const Identity& identity);

/// "cm-GROUP-ID", the group cut so that the id stays visible in the kernel's 15 characters.
std::string processName(const std::string& group, ChildId child);

/// Standard output and error go to `path`, appended. Empty: done; else what went wrong.
std::string sendOutputTo(const std::string& path);

}  // namespace clustermanager::child
