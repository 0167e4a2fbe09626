#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/Types.h"
#include "runtime/ProcessFacts.h"

namespace clustermanager::runtime {

/// Which children have grown too old or too large and are due to be recycled. Whether and when they are is
/// not decided here.
///
/// Invariants:
///  - a start is named at most once; one without limits costs nothing and has no deadline;
///  - a child's memory is looked at at most once in a period, and a bounded number of them in one call: what
///    is left keeps deadline() in the past;
///  - children started together are neither looked at nor due together: a life is up to a tenth shorter than
///    its limit, by the start's number.
///
/// Between the end of a child and ended() its pid may belong to another process. What is read of that can
/// only name a start that is over.
///
/// Threading: the master's loop thread only.
class RecycleWatch
{
public:
    static constexpr Millis kPeriod{5'000};
    static constexpr std::size_t kLooksPerCall = 32;

    struct Limits
    {
        Millis maxLifetime{0};           // 0: none
        std::uint64_t maxMemoryKiB = 0;  // 0: none
    };
    struct Due
    {
        StartNumber start;
        std::string reason;  // "it has lived for 3412 s"
    };
    using ReadMemory = std::function<std::optional<std::uint64_t>(pid_t)>;

    explicit RecycleWatch(Millis period = kPeriod, ReadMemory readMemory = readMemoryKiB);

    void started(StartNumber start, pid_t pid, Limits limits, TimePoint now);
    void ended(StartNumber start);

    /// What the child says it has resident: believed only where the kernel tells us nothing. A child that
    /// exaggerates only has itself replaced.
    void reported(StartNumber start, std::uint64_t residentKiB);

    std::optional<TimePoint> deadline() const;
    std::vector<Due> passTime(TimePoint now);

private:
    struct Watched
    {
        pid_t pid = 0;
        Limits limits;
        TimePoint born;
        std::optional<TimePoint> lifeEnds;
        std::optional<TimePoint> lookAt;
        std::uint64_t reportedKiB = 0;

        TimePoint next() const;
    };

    std::string whyDue(Watched& watched, TimePoint now);
    TimePoint onGrid(TimePoint time) const;

    Millis _period;
    ReadMemory _readMemory;
    std::unordered_map<StartNumber, Watched> _watched;
    std::set<std::pair<TimePoint, StartNumber>> _order;  // each start by its next()
};

}  // namespace clustermanager::runtime
