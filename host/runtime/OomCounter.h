#pragma once

#include <cstdint>
#include <string>

namespace clustermanager::runtime {

/// Tells an end by the kernel's out-of-memory killer from any other SIGKILL: the kernel counts those in our
/// cgroup.
///
/// Threading: the master's loop thread only.
class OomCounter
{
public:
    /// Finds the counter of our own cgroup: memory.events (v2) or memory.oom_control (v1).
    OomCounter();

    /// The counter in this file; "": none.
    explicit OomCounter(std::string path);

    /// Whether the kernel has killed for want of memory since the last call. False where there is no counter.
    bool advanced();

private:
    std::uint64_t read() const;

    std::string _path;  // "": none
    std::uint64_t _last = 0;
};

}  // namespace clustermanager::runtime
