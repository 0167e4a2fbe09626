#include "control/HealthRoutes.h"

#include <algorithm>

#include "control/JsonWriter.h"
#include "control/Parameters.h"
#include "control/Router.h"

namespace clustermanager::control {

namespace {

using Outcome = core::CommandReply::Outcome;

/// The loop answers within microseconds. One that is busy for so long does not supervise.
constexpr Millis kLoopPatience{2'000};

struct Check
{
    std::string name;
    bool good;
    std::string detail;
};
using Checks = std::vector<Check>;

bool good(const Checks& checks)
{
    return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.good; });
}

std::string linesOf(const Checks& checks)
{
    std::string lines;
    for (const Check& check : checks)
        if (!check.good) lines += check.name + ": " + check.detail + "\n";
    return lines;
}

Reply verdict(const Call& call, const Checks& checks, const std::string& bad)
{
    const std::string word = good(checks) ? "ok" : bad;
    const int status = good(checks) ? 200 : 503;
    if (parameter(call.target, "verbose") == nullptr)
        return {status,
                "text/plain; charset=utf-8",
                word + "\n" + (call.context.caller.known ? linesOf(checks) : ""),
                {}};
    JsonWriter body;
    body.object();
    body.key("status").text(word);
    body.key("checks").array();
    for (const Check& check : checks)
    {
        body.object();
        body.key("name").text(check.name);
        body.key("ok").boolean(check.good);
        body.key("detail").text(check.detail);
        body.endObject();
    }
    body.endArray();
    body.endObject();
    return json(body.take(), status);
}

Check checkLoop(const Call& call)
{
    const Outcome outcome = call.inbox.execute(core::PingCommand{}, kLoopPatience).outcome;
    if (outcome == Outcome::TimedOut)
        return {"loop", false, "has not answered for " + std::to_string(kLoopPatience.count()) + " ms"};
    return {"loop", true, "answers"};
}

Check checkGroup(const core::GroupSnapshot& group)
{
    const unsigned needed = std::min(group.minReady, group.count);
    std::string detail = std::to_string(group.ready) + " of " + std::to_string(group.count) +
                         " children ready, " + std::to_string(needed) + " needed";
    if (group.state == core::GroupState::Stopped)
        return {"group " + group.name, true, "stopped by an operator"};
    if (!group.reason.empty())
        detail += "; " + group.reason;
    else if (group.state == core::GroupState::Waiting)
        detail += "; waits for another group";
    const bool enough = group.state == core::GroupState::Running && group.ready >= needed;
    return {"group " + group.name, enough, detail};
}

Check checkHost(const core::Snapshot& snapshot)
{
    if (snapshot.master.stopping) return {"host", false, "stops"};
    return {"host", true, "runs"};
}

}  // namespace

Reply getHealth(const Call& call)
{
    return verdict(call, {checkLoop(call)}, "not alive");
}

Reply getReadiness(const Call& call)
{
    const auto snapshot = call.snapshots.latest();
    Checks checks{checkHost(*snapshot)};
    for (const auto& group : snapshot->groups)
        if (group->state != core::GroupState::Removed) checks.push_back(checkGroup(*group));
    return verdict(call, checks, "not ready");
}

}  // namespace clustermanager::control
