#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace clustermanager::runtime {

/// What this process costs, in KiB: its proportional share of memory (Pss), as pages of a preloaded plugin
/// belong to all children together; where the kernel does not tell us that, all that it has resident (VmRSS).
/// Nothing where neither can be read. Walks the process's page tables: about a millisecond for each GiB.
std::optional<std::uint64_t> readMemoryKiB(pid_t pid);

/// Whose process it is; nothing where there is none.
std::optional<uid_t> readUser(pid_t pid);

}  // namespace clustermanager::runtime
