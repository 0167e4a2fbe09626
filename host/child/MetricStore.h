#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "clustermanager/plugin.h"
#include "link/MetricRules.h"

/// One series of the plugin's own metrics: what its handle points to, until the process ends.
///
/// Threading: add(), set() and observe() from any thread, without a lock.
struct cm_metric
{
    explicit cm_metric(clustermanager::link::MetricDefined metric);

    const clustermanager::link::MetricDefined& definition() const
    {
        return std::get<clustermanager::link::MetricDefined>(announcement);
    }
    void add(double change) noexcept;
    void set(double now) noexcept;
    // NOLINTNEXTLINE(bugprone-exception-escape)
    void observe(double seen) noexcept;

    const clustermanager::link::FromChild announcement;  // a MetricDefined
    const clustermanager::link::MetricKind kind;
    std::atomic<double> value{0};                    // of a histogram the sum
    std::vector<std::atomic<std::uint64_t>> counts;  // of a histogram: one more than bounds

    // The reporter's own, guarded by the store's lock.
    bool announced = false;
    double reported = 0;
    std::vector<std::uint64_t> countsReported;
};

namespace clustermanager::child {

/// The plugin's own metrics of this process, and what of them the master has not been told yet.
///
/// Threading: everything from any thread. Costs no memory until something is defined.
class MetricStore
{
public:
    /// The series of that definition, made where there is none yet. nullptr: it cannot be, and `problem` says
    /// why.
    cm_metric* define(link::MetricDefined metric, std::string& problem);

    /// Announces what is new and reports what has changed, as far as `send` takes it: it gets a message and
    /// says whether it was taken. The rest comes with the next report.
    template <class Send>
    void report(Send send)
    {
        const std::lock_guard lock(_mutex);
        for (const auto& metric : _metrics)
        {
            if (!metric->announced && !send(metric->announcement)) return;
            metric->announced = true;
        }
        for (std::size_t next = 0; next < _metrics.size();)
        {
            const std::size_t begin = next;
            next = fill(begin);
            if (std::get<link::MetricReport>(_report).samples.empty()) return;
            if (!send(_report)) return takeBack();
        }
    }

private:
    std::size_t fill(std::size_t begin);
    void take(cm_metric& metric, link::MetricReport& report);
    void takeBack();

    std::mutex _mutex;
    std::vector<std::unique_ptr<cm_metric>> _metrics;
    link::FromChild _report{link::MetricReport{}};  // used again and again
    std::vector<double> _before;                    // what had been reported of its samples
};

}  // namespace clustermanager::child
