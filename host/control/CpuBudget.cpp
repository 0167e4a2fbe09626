#include "control/CpuBudget.h"

#include <time.h>

#include <algorithm>
#include <utility>

namespace clustermanager::control {

void CpuBudget::spent(std::chrono::nanoseconds cpu, TimePoint now)
{
    const std::lock_guard lock(_mutex);
    _paidUntil = std::max<TimePoint>(_paidUntil, now - kShare * kSaved) + kShare * cpu;
}

TimePoint CpuBudget::restUntil(TimePoint now) const
{
    const std::lock_guard lock(_mutex);
    return _waived ? now : std::min<TimePoint>(_paidUntil, now + kLongestRest);
}

void CpuBudget::waive()
{
    const std::lock_guard lock(_mutex);
    _waived = true;
}

std::chrono::nanoseconds cpuTimeSinceLast()
{
    thread_local std::chrono::nanoseconds last{0};
    timespec used{};
    (void)::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    const std::chrono::nanoseconds now =
        std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
    return now - std::exchange(last, now);
}

}  // namespace clustermanager::control
