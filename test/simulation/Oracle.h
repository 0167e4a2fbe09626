#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/Types.h"
#include "core/GroupPolicy.h"

namespace clustermanager::simulation {

/// The supervisor did what it must never do, or left undone what it must do.
class Violation : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

inline void require(bool holds, const char* rule)
{
    if (!holds) throw Violation(rule);
}

/// Knows how often and how soon one child may be started, from what happened to it and not from what the
/// supervisor thinks. It counts only starts that nothing but a failure explains, so it never blames one that
/// an operator wanted.
class StartOracle
{
public:
    explicit StartOracle(const core::GroupPolicy& policy) : _policy(&policy) {}

    /// A start was ordered; CM_RESTART was to be `restarts`.
    void started(TimePoint now, std::uint32_t restarts);
    /// It ended without being asked, or could not be spawned.
    void failed(TimePoint now);
    /// Its process ended after having been ready for this long; zero if it never was.
    void ended(Millis readyFor);
    /// The next start has a reason of its own: an operator, or a recycle after a good run.
    void excuse() { _excused = true; }
    /// An operator restarts it from Failed: everything is forgotten.
    void forget();

private:
    const core::GroupPolicy* _policy;
    std::vector<TimePoint> _starts;  // that only a failure explains
    bool _everStarted = false;
    bool _excused = false;
    unsigned _streak = 0;  // failures without a run of minUptime
    TimePoint _failedAt;
    std::uint32_t _processes = 0;  // that existed and ended
};

}  // namespace clustermanager::simulation
