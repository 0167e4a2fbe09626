#pragma once

#include <prometheus/metric_family.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/ExitStatus.h"
#include "core/Change.h"
#include "core/Operation.h"
#include "metrics/Times.h"

namespace clustermanager::metrics {

/// What a child's report, or what became of a message, adds to its group's counts.
struct Growth
{
    std::uint64_t requests = 0;
    std::uint64_t accepted = 0;
    std::uint64_t logRecordsDropped = 0;
    std::uint64_t messagesDropped = 0;
};

/// What a group has counted since it is there. Plain values.
struct GroupCounts
{
    std::map<core::EndCause, std::uint64_t> restarts;
    std::map<std::pair<ExitStatus::Kind, int>, std::uint64_t> exits;  // how, and with which number
    Times starts;
    std::map<core::OperationState, Times> reloads;
    std::uint64_t requests = 0;
    std::uint64_t accepted = 0;
    std::uint64_t messagesDropped = 0;
    std::uint64_t logRecordsDropped = 0;
    std::uint64_t metricsRefused = 0;

    void grew(const Growth& growth);

    template <class IO>
    void fields(IO& io)
    {
        io(restarts);
        io(exits);
        io(starts);
        io(reloads);
        io(requests);
        io(accepted);
        io(messagesDropped);
        io(logRecordsDropped);
        io(metricsRefused);
    }
};

/// Appends the families of these, by the name of the group.
void appendFamilies(std::vector<prometheus::MetricFamily>& families,
                    const std::map<std::string, GroupCounts>& groups);

}  // namespace clustermanager::metrics
