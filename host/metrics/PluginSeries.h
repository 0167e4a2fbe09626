#pragma once

#include <prometheus/metric_family.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/Types.h"
#include "link/MetricRules.h"

namespace clustermanager::metrics {

/// The metrics of plugins: of each group the sums over its children. What a counter or histogram has counted
/// stays when a process ends, what a gauge was goes with it.
///
/// Invariants:
///  - nothing that a process says is trusted: what it names is checked by link::problemOf, what it reports
///  takes nothing away and makes no sum that is no number, and concerns only what it has named;
///  - a group has at most link::kMetricSeriesMax series. Where one more is named, one that no process has any
///  more makes room for it;
///  - a name is of one kind. A group may change the kind of what it alone has, and the buckets of its own
///  histogram (another version of its plugin does): that series begins anew.
///
/// Threading: none.
class PluginSeries
{
public:
    using LabelList = std::vector<std::pair<std::string, std::string>>;

    // These answer why it was not taken, in one sentence without its end, or "".
    std::string define(const std::string& group, StartNumber start, const link::MetricDefined& metric);
    std::string report(StartNumber start, const link::MetricReport& report);

    /// The process has ended.
    void ended(StartNumber start);
    /// There is no such group any more, and no process of it.
    void forget(const std::string& group);

    /// What was shown last, of those in the order of their names.
    struct Place
    {
        std::string family;
        std::optional<std::pair<std::string, LabelList>> series;
    };
    /// Appends the next one, to its family where that is the last. False: there are no more. One at a time,
    /// so that others may have their turn between two of them, and may change what is there.
    bool appendNext(std::vector<prometheus::MetricFamily>& families, Place& place) const;

    /// All of it, for another process image of this process.
    struct SavedSeries
    {
        std::string group;
        link::MetricDefined metric;
        double value = 0;
        std::vector<std::uint64_t> counts;
        std::vector<std::pair<StartNumber, std::pair<std::uint16_t, std::optional<double>>>> users;

        template <class IO>
        void fields(IO& io)
        {
            io(group);
            io(metric);
            io(value);
            io(counts);
            io(users);
        }
    };
    using State = std::vector<SavedSeries>;
    State state() const;
    void resume(const State& state);

private:
    using Key = std::pair<std::string, LabelList>;  // the group, and the labels
    /// A process that has the series.
    struct User
    {
        std::uint16_t number;         // what it calls it
        std::optional<double> gauge;  // what it last said
    };
    struct Series
    {
        std::vector<double> bounds;
        double value = 0;
        std::vector<std::uint64_t> counts;
        std::map<StartNumber, User> users;
    };
    struct Family
    {
        link::MetricKind kind{};
        std::string help;
        std::map<Key, Series> series;  // never empty
    };
    /// What a process calls a series, and which it is; none where it was refused or replaced.
    struct Named
    {
        link::MetricKind kind{};
        Series* series = nullptr;
    };

    std::string whyNot(const std::string& group, const link::MetricDefined& metric) const;
    bool makeRoom(const std::string& group);
    Series& seriesOf(const std::string& group, const link::MetricDefined& metric);
    using Families = std::map<std::string, Family>;
    Families::iterator erase(Families::iterator family, const Key& key);
    void leave(const Series& series);
    static std::optional<prometheus::ClientMetric> metricOf(link::MetricKind kind, const Key& key,
                                                            const Series& series);
    static std::string problemOf(const Named& named, const link::MetricSample& sample,
                                 const std::uint64_t* counts);

    Families _families;
    std::unordered_map<StartNumber, std::vector<Named>> _processes;  // by the numbers they give
    std::unordered_map<std::string, std::size_t> _counts;            // of series, by group
};

}  // namespace clustermanager::metrics
