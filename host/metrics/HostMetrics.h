#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/Change.h"
#include "core/Metrics.h"
#include "core/Operation.h"
#include "core/Ports.h"
#include "metrics/GroupCounts.h"
#include "metrics/LoopDelay.h"
#include "metrics/PictureText.h"
#include "metrics/PluginSeries.h"

namespace clustermanager::metrics {

/// All that the host counts, and the text of it. What groups and plugins have counted survives an upgrade of
/// the host; what the loop and the control port count of themselves begins anew with each program.
///
/// Threading: the functions of core::Metrics from any thread, the others from the master's loop alone. The
/// lock is held for additions, and by a reader while it copies one group or one series.
class HostMetrics : public core::Metrics
{
public:
    /// Both outlive this.
    HostMetrics(const core::SnapshotSource& pictures, const core::OccurrenceSource& occurrences);

    // --- the master's loop ---

    /// The group is there, with or without children. Of several of a name the counts are shared.
    void know(GroupId group, const std::string& name);
    void forget(GroupId group);

    /// What a step of the supervisor has changed.
    void follow(const core::Changes& changes, TimePoint now);
    void ended(const core::Operation& operation);

    void grew(GroupId group, const Growth& growth);
    // These answer what is to be told, which is little: one reason for each generation of a group; else "".
    std::string defined(GroupId group, GenerationId generation, StartNumber start,
                        const link::MetricDefined& metric);
    std::string reported(GroupId group, GenerationId generation, StartNumber start,
                         const link::MetricReport& report);
    void ended(StartNumber start);

    void looped(std::chrono::microseconds delay, TimePoint now);
    core::LoopDelay loopDelay(TimePoint now) const { return _loopDelay.seen(now); }
    std::size_t requestsWaiting() const
    {
        return static_cast<std::size_t>(std::max(_requestsWaiting.load(), 0));
    }

    /// A child's slot, for its next start.
    struct Slot
    {
        TimePoint spawnedAt{};
        std::optional<core::EndCause> ended;  // why its last process has, until there is the next

        template <class IO>
        void fields(IO& io)
        {
            io(spawnedAt);
            io(ended);
        }
    };
    /// For another process image of this process.
    struct State
    {
        std::map<GroupId, std::string> names;
        std::map<std::string, GroupCounts> groups;
        std::unordered_map<ChildId, Slot> slots;
        PluginSeries::State series;

        template <class IO>
        void fields(IO& io)
        {
            io(names);
            io(groups);
            io(slots);
            io(series);
        }
    };
    State state() const;
    void resume(const State& state);

    // --- any thread ---

    Text text() const override;
    void answered(std::string_view route, std::string_view method, int status, Clock::duration took) override;
    void refused(int status) override;
    void requestsWait(int change) override { _requestsWaiting += change; }
    void streamsOpen(int change) override { _streams.Increment(change); }

private:
    void take(const core::ChildEnded& change, TimePoint now);
    void take(const core::ChildEntered& change, TimePoint now);
    void appendCounts(std::vector<prometheus::MetricFamily>& families) const;
    GroupCounts* find(GroupId group);
    std::string refused(GroupId group, GenerationId generation, const std::string& problem);

    const core::SnapshotSource& _pictures;
    const core::OccurrenceSource& _occurrences;

    prometheus::Registry _registry;
    prometheus::Family<prometheus::Counter>& _requests;
    prometheus::Family<prometheus::Histogram>& _durations;
    prometheus::Histogram& _loopDelays;
    prometheus::Gauge& _streams;
    std::atomic<int> _requestsWaiting{0};

    LoopDelay _loopDelay;
    std::map<GroupId, std::string> _names;
    std::map<std::string, GenerationId> _told;  // the last generation of a group that something was told of
    std::unordered_map<ChildId, Slot> _slots;   // by all ids there ever were, as they are used again

    mutable std::mutex _mutex;
    std::map<std::string, GroupCounts> _groups;  // guarded by _mutex
    PluginSeries _series;                        // guarded by _mutex

    mutable PictureText _picture;
};

}  // namespace clustermanager::metrics
