#include "metrics/FamilyTable.h"

#include <array>

namespace clustermanager::metrics {
namespace {

using prometheus::MetricType;

constexpr std::array<FamilyRow, kFamilies> kRows{{
    {Family::BuildInfo, "clustermanager_build_info", MetricType::Gauge, "version",
     "1; the version of the host."},
    {Family::StartTime, "clustermanager_start_time_seconds", MetricType::Gauge, "",
     "When the host started, in Unix time. An upgrade is no start."},
    {Family::Upgrades, "clustermanager_upgrades_total", MetricType::Counter, "",
     "How often the host has gone on in another program."},
    {Family::MasterMemory, "clustermanager_master_resident_memory_bytes", MetricType::Gauge, "",
     "Resident memory of the master."},
    {Family::MasterCpu, "clustermanager_master_cpu_seconds_total", MetricType::Counter, "",
     "Processor time of the master."},
    {Family::LoopDelay, "clustermanager_loop_delay_seconds", MetricType::Histogram, "",
     "How long what was due or ready waited at most for a turn of the master's loop."},
    {Family::QueueDepth, "clustermanager_queue_depth", MetricType::Gauge, "queue",
     "What waits in a queue of the master: commands for its loop, requests for the control port."},
    {Family::QueueLimit, "clustermanager_queue_limit", MetricType::Gauge, "queue",
     "How much may wait there; beyond, the control port answers 503."},
    {Family::Occurrences, "clustermanager_occurrences_total", MetricType::Counter, "",
     "What has happened and was told: the events of the host."},
    {Family::StreamsOpen, "clustermanager_event_streams_open", MetricType::Gauge, "",
     "Event streams that are open."},
    {Family::ControlRequests, "clustermanager_control_requests_total", MetricType::Counter,
     "route, method, status",
     "Requests to the control port, by the route's pattern and the class of the status. Route none: refused "
     "before it was looked at; other: there is no such route."},
    {Family::ControlDuration, "clustermanager_control_request_duration_seconds", MetricType::Histogram,
     "route", "How long the control port took for an answer, with the time that a client wanted to wait."},
    {Family::ListenerQueue, "clustermanager_listener_queue_depth", MetricType::Gauge, "listener",
     "Connections that wait to be accepted, as the kernel says."},
    {Family::ListenerQueueLimit, "clustermanager_listener_queue_limit", MetricType::Gauge, "listener",
     "How many may wait there; beyond, the kernel refuses them."},
    {Family::GroupChildren, "clustermanager_group_children", MetricType::Gauge, "group, state",
     "Children by state."},
    {Family::GroupWanted, "clustermanager_group_children_wanted", MetricType::Gauge, "group",
     "The count of the group."},
    {Family::GroupReady, "clustermanager_group_children_ready", MetricType::Gauge, "group",
     "Children that serve."},
    {Family::GroupGeneration, "clustermanager_group_generation", MetricType::Gauge, "group",
     "The generation that is in force."},
    {Family::Restarts, "clustermanager_child_restarts_total", MetricType::Counter, "group, reason",
     "Starts that followed an end, by its reason: crash, exit, asked, replaced, recycled, watchdog, "
     "start_timeout, link_lost."},
    {Family::Exits, "clustermanager_child_exits_total", MetricType::Counter, "group, code, signal",
     "Ends of processes, by exit code or signal; the other one is empty."},
    {Family::StartDuration, "clustermanager_child_start_duration_seconds", MetricType::Histogram, "group",
     "From the order to start a child until it was ready."},
    {Family::ReloadDuration, "clustermanager_reload_duration_seconds", MetricType::Histogram, "group, result",
     "Reloads, from the wish to the end: done, failed, replaced."},
    {Family::GroupRequests, "clustermanager_group_requests_total", MetricType::Counter, "group",
     "Requests served, as the plugin counts them, by all children there ever were."},
    {Family::GroupAccepted, "clustermanager_group_connections_accepted_total", MetricType::Counter, "group",
     "Connections accepted, by all children there ever were."},
    {Family::MessagesDropped, "clustermanager_messages_dropped_total", MetricType::Counter, "group",
     "Messages between children and run_master that were not taken."},
    {Family::LogRecordsDropped, "clustermanager_log_records_dropped_total", MetricType::Counter, "group",
     "Log records that children could not write."},
    {Family::MetricsRefused, "clustermanager_plugin_metrics_refused_total", MetricType::Counter, "group",
     "What children said of the plugin's metrics and was not taken; the log has the first reason."},
    {Family::ChildMemory, "clustermanager_child_resident_memory_bytes", MetricType::Gauge, "group, child",
     "Resident memory of a child, as it last reported."},
    {Family::ChildCpu, "clustermanager_child_cpu_seconds_total", MetricType::Counter, "group, child",
     "Processor time of a child's present process."},
    {Family::ChildStartTime, "clustermanager_child_start_time_seconds", MetricType::Gauge, "group, child",
     "When a child's present process was started, in Unix time."},
    {Family::ChildHeld, "clustermanager_child_held", MetricType::Gauge, "group, child",
     "Requests or connections that a child has in hand."},
    {Family::ChildRequests, "clustermanager_child_requests_total", MetricType::Counter, "group, child",
     "Requests served by a child's present process."},
    {Family::ChildAccepted, "clustermanager_child_connections_accepted_total", MetricType::Counter,
     "group, child", "Connections accepted by a child's present process."},
}};

constexpr bool rowsMatchEnum()
{
    for (std::size_t i = 0; i < kRows.size(); ++i)
        if (kRows[i].family != static_cast<Family>(i)) return false;
    return true;
}
static_assert(rowsMatchEnum(), "kRows needs one row per Family, in enum order");

}  // namespace

const FamilyRow& row(Family family)
{
    return kRows[static_cast<std::size_t>(family)];
}

prometheus::MetricFamily make(Family family)
{
    const FamilyRow& wanted = row(family);
    prometheus::MetricFamily made;
    made.name = wanted.name;
    made.help = wanted.help;
    made.type = wanted.type;
    return made;
}

std::string_view name(prometheus::MetricType type)
{
    switch (type)
    {
    case MetricType::Counter: return "counter";
    case MetricType::Gauge: return "gauge";
    case MetricType::Histogram: return "histogram";
    default: return "untyped";
    }
}

std::string markdown()
{
    std::string text = "| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n";
    for (const FamilyRow& each : kRows)
        text += "| `" + std::string(each.name) + "` | " + std::string(name(each.type)) + " | " +
                std::string(each.labels) + " | " + std::string(each.help) + " |\n";
    return text;
}

}  // namespace clustermanager::metrics
