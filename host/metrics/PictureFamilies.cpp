#include "metrics/PictureFamilies.h"

#include <array>
#include <map>
#include <string>
#include <utility>

#include "metrics/FamilyTable.h"
#include "metrics/Labelled.h"

namespace clustermanager::metrics {
namespace {

using Families = std::vector<prometheus::MetricFamily>;
using States = std::array<std::size_t, core::kChildStates>;

void append(Families& families, Family family, std::vector<prometheus::ClientMetric> metrics)
{
    families.push_back(make(family));
    families.back().metric = std::move(metrics);
}

double secondsOf(WallTime time)
{
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

void appendMaster(Families& families, const core::MasterSnapshot& master)
{
    append(families, Family::BuildInfo, {gauge({{"version", master.version}}, 1)});
    append(families, Family::StartTime, {gauge({}, secondsOf(master.startedAt))});
    append(families, Family::Upgrades, {counter({}, master.upgrades)});
    append(families, Family::MasterMemory, {gauge({}, static_cast<double>(master.rssKiB) * 1024)});
    append(families, Family::MasterCpu, {counter({}, static_cast<double>(master.cpuMicros) / 1e6)});
    append(families, Family::QueueDepth, {});
    prometheus::MetricFamily limits = make(Family::QueueLimit);
    for (const core::QueueSnapshot& queue : master.queues)
    {
        families.back().metric.push_back(gauge({{"queue", queue.name}}, static_cast<double>(queue.depth)));
        limits.metric.push_back(gauge({{"queue", queue.name}}, static_cast<double>(queue.limit)));
    }
    families.push_back(std::move(limits));
}

void appendListeners(Families& families, const core::Snapshot& picture)
{
    append(families, Family::ListenerQueue, {});
    prometheus::MetricFamily limits = make(Family::ListenerQueueLimit);
    for (const core::ListenerSnapshot& listener : picture.listeners)
    {
        if (!listener.queue) continue;
        families.back().metric.push_back(gauge({{"listener", listener.name}}, listener.queue->length));
        limits.metric.push_back(gauge({{"listener", listener.name}}, listener.queue->limit));
    }
    families.push_back(std::move(limits));
}

/// Of two groups of one name the later: the other one is on its way out, and its children count as well.
void appendGroups(Families& families, const core::Snapshot& picture)
{
    std::map<std::string, const core::GroupSnapshot*> groups;
    for (const auto& group : picture.groups) groups[group->name] = group.get();
    std::map<std::string, States> children;
    for (const auto& child : picture.children)
        ++children[child->group][static_cast<std::size_t>(child->state)];

    append(families, Family::GroupChildren, {});
    for (const auto& [name, group] : groups)
        for (const core::StateTraits& state : core::kStateTraits)
            families.back().metric.push_back(
                gauge({{"group", name}, {"state", std::string(state.name)}},
                      static_cast<double>(children[name][static_cast<std::size_t>(state.state)])));
    const auto each = [&](Family family, auto value) {
        append(families, family, {});
        for (const auto& [name, group] : groups)
            families.back().metric.push_back(gauge({{"group", name}}, value(*group)));
    };
    each(Family::GroupWanted, [](const core::GroupSnapshot& group) { return group.count; });
    each(Family::GroupReady, [](const core::GroupSnapshot& group) { return group.ready; });
    each(Family::GroupGeneration, [](const core::GroupSnapshot& group) { return group.generation; });
}

}  // namespace

void appendFamilies(std::vector<prometheus::MetricFamily>& families, const core::Snapshot& picture)
{
    appendMaster(families, picture.master);
    appendListeners(families, picture);
    appendGroups(families, picture);
}

}  // namespace clustermanager::metrics
