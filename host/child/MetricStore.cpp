#include "child/MetricStore.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

using clustermanager::link::MetricKind;

cm_metric::cm_metric(clustermanager::link::MetricDefined metric)
    : announcement(std::move(metric)), kind(definition().kind),
      counts(kind == MetricKind::Histogram ? definition().bounds.size() + 1 : 0),
      // What no gauge is: its first value is news, whatever it is.
      reported(kind == MetricKind::Gauge ? std::numeric_limits<double>::quiet_NaN() : 0),
      countsReported(counts.size())
{}

void cm_metric::add(double change) noexcept
{
    double now = value.load(std::memory_order_relaxed);
    while (!value.compare_exchange_weak(now, now + change, std::memory_order_relaxed))
    {}
}

void cm_metric::set(double now) noexcept
{
    value.store(now, std::memory_order_relaxed);
}

// NOLINTNEXTLINE(bugprone-exception-escape): a metric is always one of the two kinds that definition() gets
void cm_metric::observe(double seen) noexcept
{
    const std::vector<double>& bounds = definition().bounds;
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), seen) - bounds.begin();
    counts[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    add(seen);
}

namespace clustermanager::child {

cm_metric* MetricStore::define(link::MetricDefined metric, std::string& problem)
{
    std::sort(metric.labels.begin(), metric.labels.end());
    const std::lock_guard lock(_mutex);
    for (const auto& known : _metrics)
    {
        const link::MetricDefined& other = known->definition();
        if (other.name != metric.name || other.labels != metric.labels) continue;
        if (other.kind == metric.kind && other.bounds == metric.bounds) return known.get();
        problem = "it is there already as something else";
        return nullptr;
    }
    metric.series = static_cast<std::uint16_t>(_metrics.size());
    problem = link::problemOf(metric);
    if (!problem.empty()) return nullptr;
    if (_metrics.empty())
    {
        // Ahead, so that the runtime thread takes no memory when it reports.
        auto& report = std::get<link::MetricReport>(_report);
        report.samples.reserve(link::kMetricSamplesMax);
        report.counts.reserve(link::kMetricSamplesMax);
        _before.reserve(link::kMetricSamplesMax);
    }
    _metrics.push_back(std::make_unique<cm_metric>(std::move(metric)));
    return _metrics.back().get();
}

/// Puts what has changed from that series on into the report, until it is full; where to go on.
std::size_t MetricStore::fill(std::size_t begin)
{
    auto& report = std::get<link::MetricReport>(_report);
    report.samples.clear();
    report.counts.clear();
    _before.clear();
    std::size_t next = begin;
    for (; next < _metrics.size() && report.samples.size() < link::kMetricSamplesMax; ++next)
        take(*_metrics[next], report);
    return next;
}

/// A histogram that is observed meanwhile: its count may run ahead of its sum by what is on its way.
void MetricStore::take(cm_metric& metric, link::MetricReport& report)
{
    const double now = metric.value.load(std::memory_order_relaxed);
    const bool changed = std::any_of(
        metric.counts.begin(), metric.counts.end(), [&, i = std::size_t{0}](const auto& count) mutable {
            return count.load(std::memory_order_relaxed) != metric.countsReported[i++];
        });
    if (!changed && now == metric.reported) return;
    _before.push_back(metric.reported);
    const bool isGauge = metric.kind == MetricKind::Gauge;
    report.samples.push_back({metric.definition().series, isGauge ? now : now - metric.reported,
                              static_cast<std::uint8_t>(metric.counts.size())});
    metric.reported = now;
    for (std::size_t i = 0; i < metric.counts.size(); ++i)
    {
        const std::uint64_t count = metric.counts[i].load(std::memory_order_relaxed);
        report.counts.push_back(count - metric.countsReported[i]);
        metric.countsReported[i] = count;
    }
}

void MetricStore::takeBack()
{
    const auto& report = std::get<link::MetricReport>(_report);
    auto count = report.counts.begin();
    for (std::size_t i = 0; i < report.samples.size(); ++i)
    {
        cm_metric& metric = *_metrics[report.samples[i].series];
        metric.reported = _before[i];
        for (std::uint64_t& reported : metric.countsReported) reported -= *count++;
    }
}

}  // namespace clustermanager::child
