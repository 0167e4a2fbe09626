#include "control/GroupJson.h"

#include "control/ExitJson.h"
#include "control/StatusJson.h"

namespace clustermanager::control {

namespace {

void writeTextOrNull(JsonWriter& json, const std::string& text)
{
    text.empty() ? json.null() : json.text(text);
}

/// What the group runs now, in the three fields that were there first.
void writePlugin(JsonWriter& json, const core::PluginSnapshot& plugin)
{
    json.object();
    writeTextOrNull(json.key("path"), plugin.path);
    json.key("name").text(plugin.name);
    json.key("version").text(plugin.version);
    json.endObject();
}

void writeGeneration(JsonWriter& json, const char* role, std::uint32_t generation,
                     const core::PluginSnapshot& plugin)
{
    json.object();
    json.key("generation").number(generation);
    json.key("role").text(role);
    writeTextOrNull(json.key("path"), plugin.path);
    json.key("name").text(plugin.name);
    json.key("version").text(plugin.version);
    plugin.path.empty() ? json.key("size").null() : json.key("size").number(plugin.size);
    writeTextOrNull(json.key("sha256"), plugin.sha256);
    writeTextOrNull(json.key("buildId"), plugin.buildId);
    plugin.modifiedAt ? json.key("modifiedAt").text(timestamp(*plugin.modifiedAt))
                      : json.key("modifiedAt").null();
    json.endObject();
}

void writeGenerations(JsonWriter& json, const core::GroupSnapshot& group)
{
    json.array();
    if (group.generation != 0) writeGeneration(json, "current", group.generation, group.plugin);
    if (group.next) writeGeneration(json, "next", group.next->generation, *group.next);
    json.endArray();
}

void writeFailedReload(JsonWriter& json, const core::GroupSnapshot& group)
{
    if (group.failedGeneration == 0) return json.null();
    json.object();
    json.key("generation").number(group.failedGeneration);
    json.key("reason").text(group.failedReason);
    json.endObject();
}

/// Of one that runs in the host. It has no process, so what a process has is null.
void writeInside(JsonWriter& json, const core::GroupSnapshot& group)
{
    json.key("state").text(core::name(group.masterState));
    const bool ended = group.masterState == core::MasterState::Ended;
    ended ? json.key("result").number(group.masterResult) : json.key("result").null();
    json.key("reason").text(group.masterReason);
    json.key("isolated").boolean(false);
    for (const char* key : {"pid", "restarts", "startTime", "rssKiB", "cpuMs", "droppedMessages", "lastExit"})
        json.key(key).null();
}

/// The words of one in the host where they fit, else those of a child.
std::string_view isolatedState(const core::ChildSnapshot& process)
{
    if (process.state == core::ChildState::Ready) return core::name(core::MasterState::Running);
    if (process.state != core::ChildState::Stopped) return core::traits(process.state).name;
    const bool ended = process.lastExit && !process.wanted;
    return core::name(ended ? core::MasterState::Ended : core::MasterState::Waiting);
}

void writeIsolated(JsonWriter& json, const core::ChildSnapshot& process)
{
    const bool stopped = process.state == core::ChildState::Stopped && process.lastExit;
    const bool returned = stopped && process.lastExit->status.kind == ExitStatus::Kind::Exited;
    const bool reported = process.reportedAt.has_value();
    json.key("state").text(isolatedState(process));
    returned ? json.key("result").number(process.lastExit->status.number) : json.key("result").null();
    json.key("reason").text(stopped ? process.lastExit->reason : process.reason);
    json.key("isolated").boolean(true);
    process.pid > 0 ? json.key("pid").number(process.pid) : json.key("pid").null();
    json.key("restarts").number(process.restarts);
    process.startedAt ? json.key("startTime").text(timestamp(*process.startedAt))
                      : json.key("startTime").null();
    reported ? json.key("rssKiB").number(process.rssKiB) : json.key("rssKiB").null();
    reported ? json.key("cpuMs").number(process.cpuMicros / 1000) : json.key("cpuMs").null();
    json.key("droppedMessages").number(process.droppedMessages);
    writeExit(json.key("lastExit"), process.lastExit);
}

void writeRunMaster(JsonWriter& json, const core::GroupSnapshot& group)
{
    json.object();
    group.isolatedMaster ? writeIsolated(json, *group.isolatedMaster) : writeInside(json, group);
    json.endObject();
}

}  // namespace

void writeGroup(JsonWriter& json, const core::GroupSnapshot& group)
{
    json.object();
    json.key("name").text(group.name);
    json.key("state").text(core::name(group.state));
    writePlugin(json.key("plugin"), group.plugin);
    json.key("generation").number(group.generation);
    json.key("generationState").text(core::name(group.generationState));
    json.key("reason").text(group.reason);
    json.key("count").number(group.count);
    json.key("ready").number(group.ready);
    json.key("minReady").number(group.minReady);
    group.first ? json.key("first").number(number(*group.first)) : json.key("first").null();
    json.key("phase").text(group.phase);
    writeGenerations(json.key("generations"), group);
    writeFailedReload(json.key("failedReload"), group);
    group.spawnerPid > 0 ? json.key("spawnerPid").number(group.spawnerPid) : json.key("spawnerPid").null();
    writeRunMaster(json.key("runMaster"), group);
    json.endObject();
}

}  // namespace clustermanager::control
