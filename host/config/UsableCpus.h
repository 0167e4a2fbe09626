#pragma once

#include <string>

namespace clustermanager::config {

struct UsableCpus
{
    unsigned count = 1;  // at least 1
    std::string reason;  // "2 CPUs by the affinity mask"
};

/// The CPUs this process may really use: the affinity mask and the cgroup quotas (v2 and v1, of our own group
/// and of all above it), whichever is less. A part of a CPU counts as one.
UsableCpus usableCpus();

/// The same with a made-up affinity and made-up /proc and /sys below `root`.
UsableCpus usableCpus(unsigned affinityCpus, const std::string& root);

}  // namespace clustermanager::config
