#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "base/Types.h"

namespace clustermanager::child {

/// What run_child says of its work: the requests it has served, the connections it has accepted, and what it
/// holds now.
///
/// Threading: everything from any thread, without a lock.
class Workload
{
public:
    /// 0: it may serve for ever. Before anything is counted.
    void limitRequests(std::uint64_t limit) { _requestLimit = limit; }

    /// True: it has served enough.
    bool countRequests(std::uint32_t count);

    /// Never below 0, whatever a plugin counts.
    void hold(std::int32_t change);

    void countAccepted(std::uint32_t count) { _accepted.fetch_add(count, std::memory_order_relaxed); }

    std::uint64_t accepted() const { return _accepted.load(std::memory_order_relaxed); }
    std::uint64_t requests() const { return _requests.load(std::memory_order_relaxed); }
    std::uint32_t held() const { return _held.load(std::memory_order_relaxed); }

private:
    std::uint64_t _requestLimit = 0;
    std::atomic<std::uint64_t> _requests{0};
    std::atomic<std::uint64_t> _accepted{0};
    std::atomic<std::uint32_t> _held{0};
};

/// Where in the last tenth before `maxRequests` this process has served enough. Another one for each process,
/// so that children which started together do not end together. 0 stays 0.
std::uint64_t requestLimit(std::uint64_t maxRequests, ChildId child, pid_t pid);

}  // namespace clustermanager::child
