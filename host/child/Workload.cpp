#include "child/Workload.h"

#include <algorithm>
#include <limits>

namespace clustermanager::child {

bool Workload::countRequests(std::uint32_t count)
{
    const std::uint64_t total = _requests.fetch_add(count, std::memory_order_relaxed) + count;
    return _requestLimit != 0 && total >= _requestLimit;
}

void Workload::hold(std::int32_t change)
{
    constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t now = _held.load(std::memory_order_relaxed);
    std::uint32_t next = 0;
    do
    {
        next = static_cast<std::uint32_t>(std::clamp<std::int64_t>(std::int64_t{now} + change, 0, kMax));
    } while (!_held.compare_exchange_weak(now, next));
}

std::uint64_t requestLimit(std::uint64_t maxRequests, ChildId child, pid_t pid)
{
    // The last steps of SplitMix64: neighbours in id and pid become far apart.
    std::uint64_t mixed = (std::uint64_t{number(child)} << 32) ^ static_cast<std::uint32_t>(pid);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    return maxRequests - mixed % (maxRequests / 10 + 1);
}

}  // namespace clustermanager::child
