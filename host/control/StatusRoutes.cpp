#include "control/StatusRoutes.h"

#include <algorithm>
#include <limits>

#include "control/OperationJson.h"
#include "control/Parameters.h"
#include "control/StatusJson.h"
#include "control/StatusTexts.h"

namespace clustermanager::control {

Reply noSuchChild(const std::string& id)
{
    return problem(404, "There is no child '" + id + "'; GET /children lists them.");
}

Reply noSuchGroup(const std::string& name)
{
    return problem(404, "There is no group '" + name + "'; GET /groups lists them.");
}

namespace {

/// The text, and the children after it.
Reply endWith(const Call& call, const std::shared_ptr<const core::Snapshot>& snapshot, TimePoint now,
              std::string text)
{
    Reply reply = json(std::move(text));
    reply.tail = call.statusTexts.end(snapshot, now);
    return reply;
}

}  // namespace

Reply getStatus(const Call& call)
{
    const auto snapshot = call.snapshots.latest();
    const TimePoint now = Clock::now();
    return endWith(call, snapshot, now, statusBegin(*snapshot, now));
}

Reply getChildren(const Call& call)
{
    return endWith(call, call.snapshots.latest(), Clock::now(), "{\"children\":");
}

Reply getChild(const Call& call)
{
    const std::string& text = call.target.segments[1];
    const std::optional<ChildId> id = parseChildId(text);
    const auto snapshot = call.snapshots.latest();
    for (const auto& child : snapshot->children)
        if (child->id == id) return json(childJson(*child, Clock::now()));
    return noSuchChild(text);
}

Reply getGroups(const Call& call)
{
    return json(groupsJson(*call.snapshots.latest()));
}

Reply getGroup(const Call& call)
{
    const std::string& name = call.target.segments[1];
    const auto snapshot = call.snapshots.latest();
    // One that is on its way out may have its successor already, which comes after it.
    const auto last = std::find_if(snapshot->groups.rbegin(), snapshot->groups.rend(),
                                   [&](const auto& group) { return group->name == name; });
    return last == snapshot->groups.rend() ? noSuchGroup(name) : json(groupJson(**last));
}

Reply getOperations(const Call& call)
{
    return json(operationsJson(call.snapshots.latest()->operations, Clock::now()));
}

Reply getOperation(const Call& call)
{
    const std::string& text = call.target.segments[1];
    const auto id = parseNumber(text, std::numeric_limits<std::uint64_t>::max());
    const auto snapshot = call.snapshots.latest();
    for (const auto& operation : snapshot->operations)
        if (number(operation->id) == id) return json(operationJson(*operation, Clock::now()));
    return problem(404, "There is no operation '" + text + "' (any more); GET /operations lists them.");
}

}  // namespace clustermanager::control
