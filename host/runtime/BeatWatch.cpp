#include "runtime/BeatWatch.h"

#include <algorithm>

namespace clustermanager::runtime {

void BeatWatch::ready(StartNumber start, Millis limit, TimePoint now)
{
    forget(start);
    if (limit <= Millis(0)) return;
    _watched.emplace(start, Watched{limit, now, now + limit});
    _order.emplace(now + limit, start);
}

void BeatWatch::beat(StartNumber start, TimePoint now)
{
    const auto found = _watched.find(start);
    if (found != _watched.end()) found->second.lastBeat = std::max(found->second.lastBeat, now);
}

void BeatWatch::forget(StartNumber start)
{
    const auto found = _watched.find(start);
    if (found == _watched.end()) return;
    _order.erase({found->second.lookAt, start});
    _watched.erase(found);
}

void BeatWatch::forgive(Millis absence)
{
    _order.clear();
    for (auto& [start, watched] : _watched)
    {
        watched.lastBeat += absence;
        watched.lookAt = watched.lastBeat + watched.limit;
        _order.emplace(watched.lookAt, start);
    }
}

std::optional<TimePoint> BeatWatch::deadline() const
{
    if (_order.empty()) return std::nullopt;
    return _order.begin()->first;
}

std::vector<StartNumber> BeatWatch::passTime(TimePoint now)
{
    std::vector<StartNumber> missed;
    while (!_order.empty() && _order.begin()->first <= now)
    {
        const StartNumber start = _order.begin()->second;
        _order.erase(_order.begin());
        Watched& watched = _watched.at(start);
        watched.lookAt = watched.lastBeat + watched.limit;
        if (watched.lookAt > now)
        {
            _order.emplace(watched.lookAt, start);
            continue;
        }
        missed.push_back(start);
        _watched.erase(start);
    }
    return missed;
}

}  // namespace clustermanager::runtime
