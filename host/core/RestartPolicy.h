#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/Types.h"
#include "core/GroupPolicy.h"

namespace clustermanager::core {

/// How long the start after this many failures in a row waits, before jitter: nothing after the first, then
/// backoffMin, doubling up to backoffMax.
Millis backoffAfter(unsigned failures, const GroupPolicy& policy);

/// The record of one thing that is restarted, a child or a spawner, and the arithmetic on it: how long to
/// wait, and when to give up.
///
/// Invariant: in no span of restartWindow are more than maxRestarts starts made that follow a failure. Starts
/// are counted when they are made, not when they are planned, because a start can be held up.
///
/// Threading: none.
class RestartPolicy
{
public:
    /// `policy` outlives this. `seed` feeds the jitter, which keeps children that died together from starting
    /// together.
    RestartPolicy(const GroupPolicy& policy, std::uint64_t seed) : _policy(&policy), _random(seed) {}

    /// It failed. Returns how long the next start waits, or nothing where there is none: give up.
    std::optional<Millis> afterFailure(TimePoint now);

    /// From when on a failure of a run that was ready at `ready` is followed by a start at once; nothing
    /// where too many starts were made lately.
    std::optional<TimePoint> forgivesFrom(TimePoint ready, TimePoint now) const;

    /// A start is made now. It counts if it is one that a failure called for.
    void started(TimePoint now);

    /// A run of this length came to its end; a long one ends the doubling. The count in the window stays.
    void ran(Millis uptime);

    /// An operator vouches for it: everything is forgotten.
    void clear();

    template <class IO>
    void fields(IO& io)
    {
        io(_random);
        io(_failures);
        io(_owed);
        io(_restarts);
    }

private:
    Millis jittered(Millis delay);

    const GroupPolicy* _policy;
    std::uint64_t _random;             // state of a splitmix64 generator
    unsigned _failures = 0;            // in a row, without a long run between them
    bool _owed = false;                // the next start is one after a failure
    std::vector<TimePoint> _restarts;  // after a failure, within the window; at most maxRestarts
};

}  // namespace clustermanager::core
