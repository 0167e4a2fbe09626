#pragma once

#include <prometheus/metric_family.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace clustermanager::metrics {

/// Every family that the host itself shows; the rows of the table say what each is.
enum class Family : std::uint8_t
{
    BuildInfo,
    StartTime,
    Upgrades,
    MasterMemory,
    MasterCpu,
    LoopDelay,
    QueueDepth,
    QueueLimit,
    Occurrences,
    StreamsOpen,
    ControlRequests,
    ControlDuration,
    ListenerQueue,
    ListenerQueueLimit,
    GroupChildren,
    GroupWanted,
    GroupReady,
    GroupGeneration,
    Restarts,
    Exits,
    StartDuration,
    ReloadDuration,
    GroupRequests,
    GroupAccepted,
    MessagesDropped,
    LogRecordsDropped,
    MetricsRefused,
    ChildMemory,
    ChildCpu,
    ChildStartTime,
    ChildHeld,
    ChildRequests,
    ChildAccepted,
    kLast = ChildAccepted
};
constexpr std::size_t kFamilies = static_cast<std::size_t>(Family::kLast) + 1;

struct FamilyRow
{
    Family family;
    std::string_view name;
    prometheus::MetricType type;
    std::string_view labels;  // for people
    std::string_view help;
};

const FamilyRow& row(Family family);

/// Without a metric yet.
prometheus::MetricFamily make(Family family);

/// "counter", "gauge", "histogram"
std::string_view name(prometheus::MetricType type);

/// The table as it stands in the README.
std::string markdown();

}  // namespace clustermanager::metrics
