#include "cmctl/HostStatus.h"

#include <algorithm>

namespace clustermanager::cmctl {

namespace {

std::string lastExitOf(const JsonObject& exit)
{
    if (!exit) return "";
    const std::string reason = exit.text("reason");
    return exit.text("text") + (reason.empty() ? "" : ": " + reason);
}

std::string runMasterOf(const JsonObject& runMaster)
{
    const std::string reason = runMaster.text("reason");
    return runMaster.text("state") + (reason.empty() ? "" : ": " + reason);
}

GroupRow groupOf(const JsonObject& group)
{
    GroupRow row;
    row.name = group.text("name");
    row.state = group.text("state");
    const JsonObject plugin = group.object("plugin");
    const std::string version = plugin.text("version");
    row.plugin = plugin.text("name") + (version.empty() ? "" : " " + version);
    row.path = plugin.text("path");
    row.generation = group.numberOr("generation", 0);
    row.generationState = group.text("generationState");
    row.count = group.numberOr("count", 0);
    row.ready = group.numberOr("ready", 0);
    row.phase = group.text("phase");
    row.reason = group.text("reason");
    row.failedReload = group.object("failedReload").text("reason");
    row.runMaster = runMasterOf(group.object("runMaster"));
    return row;
}

}  // namespace

ChildRow childOf(const JsonObject& child)
{
    ChildRow row;
    row.id = static_cast<int>(child.numberOr("id", 0));
    row.pid = child.numberOr("pid", 0);
    row.group = child.text("group");
    row.index = child.numberOr("index", 0);
    row.generation = child.numberOr("generation", 0);
    row.standsIn = child.isTrue("standsIn");
    row.state = child.text("state");
    row.reason = child.text("reason");
    row.restarts = child.numberOr("restarts", 0);
    row.logLevel = child.text("logLevel");
    row.uptimeMs = child.number("uptimeMs");
    row.rssKiB = child.number("rssKiB");
    row.cpuMs = child.number("cpuMs");
    row.requests = child.number("requests");
    row.reportedAt = child.text("reportedAt");
    row.lastExit = lastExitOf(child.object("lastExit"));
    return row;
}

HostStatus statusOf(const JsonObject& answer)
{
    HostStatus status;
    const JsonObject master = answer.object("master");
    if (!master) throw unreachable("the answer is no status: what answers there is no ClusterManager");
    status.master.pid = master.numberOr("pid", 0);
    status.master.version = master.text("version");
    status.master.logLevel = master.text("logLevel");
    status.master.uptimeMs = master.numberOr("uptimeMs", 0);
    status.master.rssKiB = master.numberOr("rssKiB", 0);
    status.master.stopping = master.isTrue("stopping");
    for (const JsonObject& group : answer.objects("groups")) status.groups.push_back(groupOf(group));
    for (const JsonObject& child : answer.objects("children")) status.children.push_back(childOf(child));
    for (GroupRow& group : status.groups)
        group.gaveUp =
            std::count_if(status.children.begin(), status.children.end(), [&](const ChildRow& child) {
                return child.group == group.name && child.state == "failed";
            });
    return status;
}

}  // namespace clustermanager::cmctl
