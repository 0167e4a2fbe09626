#pragma once

#include "child/ChildMain.h"

namespace clustermanager::child {

/// CM_CHILD_ID and its companions, LISTEN_FDS where there are listeners; takes out what was meant for the
/// host alone. The process is single-threaded.
void setEnvironment(const link::GenerationPlan& plan, const Identity& identity);

/// "cm-GROUP-ID", the group cut so that the id stays visible in the kernel's 15 characters.
std::string processName(const std::string& group, std::uint32_t childId);

/// Standard output and error go to `path`, appended. Empty: done; else what went wrong.
std::string sendOutputTo(const std::string& path);

}  // namespace clustermanager::child
