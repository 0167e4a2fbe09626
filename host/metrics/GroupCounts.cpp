#include "metrics/GroupCounts.h"

#include <limits>

#include "metrics/FamilyTable.h"
#include "metrics/Labelled.h"

namespace clustermanager::metrics {

void GroupCounts::grew(const Growth& growth)
{
    requests += growth.requests;
    accepted += growth.accepted;
    logRecordsDropped += growth.logRecordsDropped;
    messagesDropped += growth.messagesDropped;
}

namespace {

std::string codeOf(const std::pair<ExitStatus::Kind, int>& how)
{
    return how.first == ExitStatus::Kind::Exited ? std::to_string(how.second) : "";
}

std::string signalOf(const std::pair<ExitStatus::Kind, int>& how)
{
    return how.first == ExitStatus::Kind::Signaled ? signalName(how.second) : "";
}

prometheus::ClientMetric histogramOf(const Times& times, Labels labels)
{
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.histogram.sample_sum = times.sum;
    for (std::size_t i = 0; i < times.counts.size(); ++i)
    {
        metric.histogram.sample_count += times.counts[i];
        const double bound = i < kSeconds.size() ? kSeconds[i] : std::numeric_limits<double>::infinity();
        metric.histogram.bucket.push_back({metric.histogram.sample_count, bound});
    }
    return metric;
}

}  // namespace

void appendFamilies(std::vector<prometheus::MetricFamily>& families,
                    const std::map<std::string, GroupCounts>& groups)
{
    const auto append = [&](Family family, auto fill) {
        prometheus::MetricFamily made = make(family);
        for (const auto& [name, counts] : groups) fill(made.metric, name, counts);
        families.push_back(std::move(made));
    };
    const auto appendCount = [&](Family family, std::uint64_t GroupCounts::*count) {
        append(family, [count](auto& metrics, const std::string& name, const GroupCounts& counts) {
            metrics.push_back(counter({{"group", name}}, static_cast<double>(counts.*count)));
        });
    };
    append(Family::Restarts, [](auto& metrics, const std::string& name, const GroupCounts& counts) {
        for (const auto& [cause, count] : counts.restarts)
            metrics.push_back(
                counter({{"group", name}, {"reason", core::name(cause)}}, static_cast<double>(count)));
    });
    append(Family::Exits, [](auto& metrics, const std::string& name, const GroupCounts& counts) {
        for (const auto& [how, count] : counts.exits)
            metrics.push_back(counter({{"group", name}, {"code", codeOf(how)}, {"signal", signalOf(how)}},
                                      static_cast<double>(count)));
    });
    append(Family::StartDuration, [](auto& metrics, const std::string& name, const GroupCounts& counts) {
        metrics.push_back(histogramOf(counts.starts, {{"group", name}}));
    });
    append(Family::ReloadDuration, [](auto& metrics, const std::string& name, const GroupCounts& counts) {
        for (const auto& [result, times] : counts.reloads)
            metrics.push_back(histogramOf(times, {{"group", name}, {"result", core::name(result)}}));
    });
    appendCount(Family::GroupRequests, &GroupCounts::requests);
    appendCount(Family::GroupAccepted, &GroupCounts::accepted);
    appendCount(Family::MessagesDropped, &GroupCounts::messagesDropped);
    appendCount(Family::LogRecordsDropped, &GroupCounts::logRecordsDropped);
    appendCount(Family::MetricsRefused, &GroupCounts::metricsRefused);
}

}  // namespace clustermanager::metrics
