#include "simulation/Oracle.h"

#include <algorithm>

namespace clustermanager::simulation {

void StartOracle::started(TimePoint now, std::uint32_t restarts)
{
    require(restarts == _processes, "CM_RESTART counts every process before this one");
    const bool afterFailure = _everStarted && !_excused;
    _everStarted = true;
    _excused = false;
    if (!afterFailure) return;

    _starts.push_back(now);
    const auto inWindow = std::count_if(_starts.begin(), _starts.end(), [&](TimePoint start) {
        return now - start < _policy->restartWindow;
    });
    require(_policy->maxRestarts == 0 || static_cast<unsigned>(inWindow) <= _policy->maxRestarts,
            "no more than maxRestarts starts after a failure within restartWindow");
    require(_streak < 2 || now - _failedAt >= _policy->backoffMin,
            "from the second failure in a row the next start waits backoffMin at least");
}

void StartOracle::failed(TimePoint now)
{
    ++_streak;
    _failedAt = now;
}

void StartOracle::ended(Millis readyFor)
{
    ++_processes;
    if (readyFor >= _policy->minUptime) _streak = 0;
}

void StartOracle::forget()
{
    _starts.clear();
    _streak = 0;
}

}  // namespace clustermanager::simulation
