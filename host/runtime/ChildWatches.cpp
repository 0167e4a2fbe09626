#include "runtime/ChildWatches.h"

#include <utility>

namespace clustermanager::runtime {

void ChildWatches::ready(const ChildProcess& process, const config::Group& group, TimePoint since,
                         TimePoint now)
{
    const StartNumber start = process.order.start;
    _beats.ready(start, group.policy.watchdog, now);
    if (group.maxLifetime > Millis::zero() || group.maxMemoryKiB != 0)
        _limits.started(start, process.pid, {group.maxLifetime, group.maxMemoryKiB}, since);
}

void ChildWatches::ended(StartNumber start)
{
    _beats.forget(start);
    _limits.ended(start);
}

std::optional<TimePoint> ChildWatches::deadline() const
{
    const auto beats = _beats.deadline();
    const auto limits = _limits.deadline();
    if (beats && limits) return std::min(*beats, *limits);
    return beats ? beats : limits;
}

void ChildWatches::passTime(TimePoint now)
{
    for (const StartNumber start : _beats.passTime(now)) _tell(core::BeatMissed{start});
    for (RecycleWatch::Due& due : _limits.passTime(now))
        _tell(core::RecycleAsked{due.start, std::move(due.reason)});
}

}  // namespace clustermanager::runtime
