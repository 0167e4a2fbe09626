#include "control/GroupJson.h"

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

void writeRunMaster(JsonWriter& json, const core::GroupSnapshot& group)
{
    json.object();
    json.key("state").text(core::name(group.masterState));
    const bool ended = group.masterState == core::MasterState::Ended;
    ended ? json.key("result").number(group.masterResult) : json.key("result").null();
    json.key("reason").text(group.masterReason);
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
    json.key("phase").text(group.phase);
    writeGenerations(json.key("generations"), group);
    writeFailedReload(json.key("failedReload"), group);
    group.spawnerPid > 0 ? json.key("spawnerPid").number(group.spawnerPid) : json.key("spawnerPid").null();
    writeRunMaster(json.key("runMaster"), group);
    json.endObject();
}

}  // namespace clustermanager::control
