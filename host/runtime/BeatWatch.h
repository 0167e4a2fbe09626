#pragma once

#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/Types.h"

namespace clustermanager::runtime {

/// Which children are silent for too long: that run, but do not beat. Beats are frequent and misses rare, so
/// a beat only notes its time; a deadline moves when it has come, once in a watchdog time.
///
/// Invariants:
///  - a start that has not missed yet has exactly one place in the order, never later than its limit;
///  - a start is reported at most once, and is forgotten then.
///
/// Threading: the master's loop thread only.
class BeatWatch
{
public:
    /// From now on this start has to beat at least once in `limit`. Said again, it begins anew; 0: it need
    /// not.
    void ready(StartNumber start, Millis limit, TimePoint now);

    /// Of a start that is not watched: nothing.
    void beat(StartNumber start, TimePoint now);
    void forget(StartNumber start);

    /// We ourselves were away this long and could hear nobody: that time does not count for anybody.
    void forgive(Millis absence);

    /// When passTime() has something to look at; nothing where no start is watched.
    std::optional<TimePoint> deadline() const;

    /// Who has missed, the longest overdue first.
    std::vector<StartNumber> passTime(TimePoint now);

private:
    struct Watched
    {
        Millis limit;
        TimePoint lastBeat;
        TimePoint lookAt;  // its place in the order
    };

    std::unordered_map<StartNumber, Watched> _watched;
    std::set<std::pair<TimePoint, StartNumber>> _order;
};

}  // namespace clustermanager::runtime
