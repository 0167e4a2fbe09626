#include "control/Router.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <variant>

#include "control/JsonWriter.h"
#include "control/RouteTarget.h"
#include "control/StatusJson.h"

namespace clustermanager::control {

namespace {

constexpr std::size_t kLoggerNameMax = 128;

/// How long a command may take to be confirmed before the answer is "accepted".
constexpr Millis kPatience{1000};

struct Ports
{
    core::SnapshotSource& snapshots;
    core::CommandInbox& inbox;
};

using Handler = Reply (*)(Ports, const RouteTarget&);

struct Route
{
    std::string_view pattern;  // a segment that starts with ':' stands for any
    bool reads;                // GET and HEAD
    bool posts;                // POST
    bool changes;
    Handler handler;
};

Reply json(std::string body, int status = 200)
{
    return {status, "application/json", std::move(body), {}};
}

Reply noSuchChild(const std::string& id)
{
    return problem(404, "There is no child '" + id + "'; GET /children lists them.");
}

Reply noSuchGroup(const std::string& name)
{
    return problem(404, "There is no group '" + name + "'; GET /groups lists them.");
}

/// Plain decimal, 1 to 2^31 - 1, without a leading zero.
std::optional<ChildId> parseChildId(const std::string& text)
{
    std::int32_t id = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, id);
    if (error != std::errc() || stop != end || id < 1 || text.front() == '0') return std::nullopt;
    return static_cast<ChildId>(static_cast<std::uint32_t>(id));
}

const std::string* parameter(const RouteTarget& target, std::string_view name)
{
    for (const auto& [key, value] : target.parameters)
        if (key == name) return &value;
    return nullptr;
}

/// Only the parameters named, each once, none empty.
std::optional<Reply> refuseParameters(const RouteTarget& target,
                                      std::initializer_list<std::string_view> known)
{
    for (const auto& [name, value] : target.parameters)
    {
        if (std::find(known.begin(), known.end(), name) == known.end())
            return problem(400, "The query parameter '" + name + "' is unknown here.");
        const auto same = [&name = name](const auto& other) { return other.first == name; };
        if (std::count_if(target.parameters.begin(), target.parameters.end(), same) > 1)
            return problem(400, "The query parameter '" + name + "' is given twice.");
        if (value.empty()) return problem(400, "The query parameter '" + name + "' is empty.");
    }
    return std::nullopt;
}

// --- reading ---

Reply getStatus(Ports ports, const RouteTarget&)
{
    return json(statusJson(*ports.snapshots.latest(), Clock::now()));
}

Reply getChildren(Ports ports, const RouteTarget&)
{
    return json(childrenJson(*ports.snapshots.latest(), Clock::now()));
}

Reply getChild(Ports ports, const RouteTarget& target)
{
    const std::string& text = target.segments[1];
    const std::optional<ChildId> id = parseChildId(text);
    const auto snapshot = ports.snapshots.latest();
    for (const auto& child : snapshot->children)
        if (child->id == id) return json(childJson(*child, Clock::now()));
    return noSuchChild(text);
}

Reply getGroups(Ports ports, const RouteTarget&)
{
    return json(groupsJson(*ports.snapshots.latest()));
}

Reply getGroup(Ports ports, const RouteTarget& target)
{
    const std::string& name = target.segments[1];
    const auto snapshot = ports.snapshots.latest();
    for (const auto& group : snapshot->groups)
        if (group->name == name) return json(groupJson(*group));
    return noSuchGroup(name);
}

// --- commands ---

struct Narrowing
{
    std::string group;
    std::string child;
    std::string logger;
};

Reply report(const core::CommandReply& outcome, const core::Command& command)
{
    const bool done = outcome.outcome == core::CommandReply::Outcome::Done;
    JsonWriter body;
    body.object();
    if (const auto* level = std::get_if<core::LogLevelCommand>(&command))
    {
        body.key("command").text("logLevel");
        body.key("level").text(core::row(level->level).name);
        body.key("confirmed").number(outcome.confirmed);
    }
    else
    {
        body.key("command").text("exit");
    }
    body.key("outcome").text(done ? "done" : "accepted");
    body.key("children").array();
    for (const ChildId id : outcome.children) body.number(number(id));
    body.endArray();
    body.endObject();
    return json(body.take(), done ? 200 : 202);
}

Reply execute(Ports ports, const core::Command& command, const Narrowing& narrowing)
{
    using Outcome = core::CommandReply::Outcome;
    const core::CommandReply reply = ports.inbox.execute(command, kPatience);
    switch (reply.outcome)
    {
    case Outcome::Done:
    case Outcome::TimedOut: return report(reply, command);
    case Outcome::NoSuchChild: return noSuchChild(narrowing.child);
    case Outcome::NoSuchGroup: return noSuchGroup(narrowing.group);
    case Outcome::Stopping: return problem(409, "The host is stopping and takes no commands.");
    case Outcome::Busy: break;
    }
    Reply busy = problem(503, "Too many commands are waiting; nothing was done, try again.");
    busy.headers.emplace_back("Retry-After", "1");
    return busy;
}

Reply unknownLevel(const std::string& name)
{
    std::string names;
    for (const core::LogLevelRow& row : core::kLogLevels)
        names += (names.empty() ? "" : ", ") + std::string(row.name);
    return problem(400, "'" + name + "' is no log level; the levels are " + names + ".");
}

Reply setLogLevel(Ports ports, const RouteTarget& target)
{
    if (std::optional<Reply> refusal = refuseParameters(target, {"group", "child", "logger"}))
        return *std::move(refusal);
    const std::string& name = target.segments[1];
    const std::optional<core::LogLevel> level = core::logLevelByName(name);
    if (!level) return unknownLevel(name);
    const auto given = [&](std::string_view key) {
        const std::string* value = parameter(target, key);
        return value != nullptr ? *value : std::string();
    };
    const Narrowing narrowing{given("group"), given("child"), given("logger")};
    if (narrowing.logger.size() > kLoggerNameMax)
        return problem(400, "logger= is longer than " + std::to_string(kLoggerNameMax) + " bytes.");
    core::LogLevelCommand command{*level, narrowing.logger, narrowing.group, std::nullopt};
    if (!narrowing.child.empty())
    {
        command.child = parseChildId(narrowing.child);
        if (!command.child)
            return problem(400, "child=" + narrowing.child + " is not the number of a child.");
    }
    return execute(ports, command, narrowing);
}

Reply exitAll(Ports ports, const RouteTarget&)
{
    return execute(ports, core::ExitCommand{}, {});
}

Reply exitChild(Ports ports, const RouteTarget& target)
{
    const std::string& text = target.segments[1];
    const std::optional<ChildId> id = parseChildId(text);
    if (!id) return noSuchChild(text);
    return execute(ports, core::ExitCommand{id, ""}, {"", text, ""});
}

Reply exitGroup(Ports ports, const RouteTarget& target)
{
    const std::string& name = target.segments[1];
    return execute(ports, core::ExitCommand{std::nullopt, name}, {name, "", ""});
}

// --- the table ---

constexpr std::array<Route, 9> kRoutes{{
    {"/", true, false, false, getStatus},
    {"/children", true, false, false, getChildren},
    {"/children/exit", true, true, true, exitAll},
    {"/children/:id", true, false, false, getChild},
    {"/children/:id/exit", false, true, true, exitChild},
    {"/groups", true, false, false, getGroups},
    {"/groups/:name", true, false, false, getGroup},
    {"/groups/:name/exit", false, true, true, exitGroup},
    {"/logLevel/:level", true, true, true, setLogLevel},
}};

bool matches(std::string_view pattern, const std::vector<std::string>& segments)
{
    pattern.remove_prefix(1);
    for (const std::string& segment : segments)
    {
        const std::string_view expected = pattern.substr(0, pattern.find('/'));
        const bool any = !expected.empty() && expected.front() == ':';
        if (expected.empty() || (!any && expected != segment)) return false;
        pattern.remove_prefix(std::min(expected.size() + 1, pattern.size()));
    }
    return pattern.empty();
}

const Route* findRoute(const RouteTarget& target)
{
    for (const Route& route : kRoutes)
        if (matches(route.pattern, target.segments)) return &route;
    return nullptr;
}

Reply noSuchRoute()
{
    std::string routes;
    for (const Route& route : kRoutes) routes += (routes.empty() ? "" : ", ") + std::string(route.pattern);
    return problem(404, "There is no such route; the routes are " + routes + ".");
}

Reply wrongMethod(const Route& route)
{
    const std::string allowed = !route.posts ? "GET, HEAD" : !route.reads ? "POST" : "GET, POST";
    Reply reply = problem(405, std::string(route.pattern) + " takes " + allowed + " only.");
    reply.headers.emplace_back("Allow", allowed);
    return reply;
}

/// HEAD asks what GET would say without doing anything, so it does not go where GET changes something.
bool allows(const Route& route, std::string_view method)
{
    if (method == "GET") return route.reads;
    if (method == "HEAD") return route.reads && !route.changes;
    return method == "POST" && route.posts;
}

}  // namespace

Reply Router::answer(std::string_view method, std::string_view target)
{
    const std::optional<RouteTarget> parsed = parseRouteTarget(target);
    if (!parsed) return problem(400, "The request's target is malformed.");
    const Route* route = findRoute(*parsed);
    if (route == nullptr) return noSuchRoute();
    if (!allows(*route, method)) return wrongMethod(*route);
    const bool takesParameters = route->handler == setLogLevel;
    if (!takesParameters)
    {
        if (std::optional<Reply> refusal = refuseParameters(*parsed, {})) return *std::move(refusal);
    }
    return route->handler({_snapshots, _inbox}, *parsed);
}

bool Router::changes(std::string_view target)
{
    const std::optional<RouteTarget> parsed = parseRouteTarget(target);
    const Route* route = parsed ? findRoute(*parsed) : nullptr;
    return route != nullptr && route->changes;
}

}  // namespace clustermanager::control
