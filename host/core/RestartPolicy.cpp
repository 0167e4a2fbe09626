#include "core/RestartPolicy.h"

#include <algorithm>
#include <limits>

namespace clustermanager::core {

namespace {

/// splitmix64: small, fast, and good enough to spread starts.
std::uint64_t nextRandom(std::uint64_t& state)
{
    std::uint64_t mixed = (state += 0x9E3779B97F4A7C15U);
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
}

}  // namespace

Millis backoffAfter(unsigned failures, const GroupPolicy& policy)
{
    if (failures <= 1) return Millis::zero();
    // Compared by shifting the bound down, because shifting the delay up would overflow one day.
    const unsigned doublings = std::min(failures - 2, 62U);
    if (policy.backoffMin.count() > policy.backoffMax.count() >> doublings) return policy.backoffMax;
    return Millis{policy.backoffMin.count() << doublings};
}

std::optional<Millis> RestartPolicy::afterFailure(TimePoint now)
{
    if (_failures < std::numeric_limits<unsigned>::max()) ++_failures;
    const auto fresh = std::find_if(_restarts.begin(), _restarts.end(),
                                    [&](TimePoint start) { return now - start < _policy->restartWindow; });
    _restarts.erase(_restarts.begin(), fresh);
    if (_policy->maxRestarts > 0 && _restarts.size() >= _policy->maxRestarts) return std::nullopt;
    _owed = true;
    return jittered(backoffAfter(_failures, *_policy));
}

std::optional<TimePoint> RestartPolicy::forgivesFrom(TimePoint ready, TimePoint now) const
{
    const auto inWindow = std::count_if(_restarts.begin(), _restarts.end(), [&](TimePoint start) {
        return now - start < _policy->restartWindow;
    });
    if (_policy->maxRestarts > 0 && static_cast<std::size_t>(inWindow) >= _policy->maxRestarts)
        return std::nullopt;
    return _failures == 0 ? ready : ready + _policy->minUptime;
}

void RestartPolicy::started(TimePoint now)
{
    if (_owed && _policy->maxRestarts > 0) _restarts.push_back(now);
    _owed = false;
}

void RestartPolicy::ran(Millis uptime)
{
    if (uptime >= _policy->minUptime) _failures = 0;
}

void RestartPolicy::clear()
{
    _failures = 0;
    _owed = false;
    _restarts.clear();
}

Millis RestartPolicy::jittered(Millis delay)
{
    const Millis spread = delay / 5;
    if (spread == Millis::zero()) return delay;
    const auto span = static_cast<std::uint64_t>(2 * spread.count() + 1);
    const Millis shifted = delay - spread + Millis{static_cast<Millis::rep>(nextRandom(_random) % span)};
    return std::clamp(shifted, std::min(_policy->backoffMin, _policy->backoffMax), _policy->backoffMax);
}

}  // namespace clustermanager::core
