#include "control/Router.h"

#include <algorithm>
#include <array>

#include "control/Call.h"
#include "control/ChangeRoutes.h"
#include "control/HealthRoutes.h"
#include "control/HistoryRoutes.h"
#include "control/Parameters.h"
#include "control/StatusRoutes.h"

namespace clustermanager::control {

namespace {

enum class Methods : std::uint8_t
{
    Read,   // GET and HEAD, changes nothing
    Post,   // POST, changes something
    Either  // GET and POST, changes something: for those who type it into a browser
};

struct Route
{
    std::string_view pattern;  // a segment that starts with ':' stands for any
    Methods methods;
    ParameterNames parameters;
    Handler handler;
};

constexpr ParameterNames kNone{};
constexpr ParameterNames kWait{"wait"};
constexpr ParameterNames kVerbose{"verbose"};
constexpr ParameterNames kHistory{"since", "until", "group", "child", "kind", "limit"};
constexpr ParameterNames kNarrowed{"group", "child", "logger", "wait"};

/// The first that matches counts.
constexpr std::array<Route, 21> kRoutes{{
    {"/", Methods::Read, kNone, getStatus},
    {"/children", Methods::Read, kNone, getChildren},
    {"/children/exit", Methods::Either, kWait, exitAll},
    {"/children/:id", Methods::Read, kNone, getChild},
    {"/children/:id/exit", Methods::Post, kWait, exitChild},
    {"/groups", Methods::Read, kNone, getGroups},
    {"/groups/:name", Methods::Read, kNone, getGroup},
    {"/groups/:name/exit", Methods::Post, kWait, exitGroup},
    {"/groups/:name/reload", Methods::Post, kWait, reloadGroup},
    {"/groups/:name/scale/:count", Methods::Post, kWait, scaleGroup},
    {"/groups/:name/start", Methods::Post, kWait, startGroup},
    {"/groups/:name/stop", Methods::Post, kWait, stopGroup},
    {"/reload", Methods::Post, kWait, reloadAll},
    {"/config/reload", Methods::Post, kWait, reloadConfig},
    {"/upgrade", Methods::Post, kWait, upgradeHost},
    {"/logLevel/:level", Methods::Either, kNarrowed, setLogLevel},
    {"/healthz", Methods::Read, kVerbose, getHealth},
    {"/readyz", Methods::Read, kVerbose, getReadiness},
    {"/history", Methods::Read, kHistory, getHistory},
    {"/operations", Methods::Read, kNone, getOperations},
    {"/operations/:id", Methods::Read, kNone, getOperation},
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

std::string allowed(Methods methods)
{
    switch (methods)
    {
    case Methods::Read: return "GET, HEAD";
    case Methods::Post: return "POST";
    case Methods::Either: break;
    }
    return "GET, POST";
}

/// HEAD asks what GET would say without doing anything, so it does not go where GET changes something.
bool takes(Methods methods, std::string_view method)
{
    if (method == "GET") return methods != Methods::Post;
    if (method == "HEAD") return methods == Methods::Read;
    return method == "POST" && methods != Methods::Read;
}

Reply wrongMethod(const Route& route)
{
    const std::string methods = allowed(route.methods);
    Reply reply = problem(405, std::string(route.pattern) + " takes " + methods + " only.");
    reply.headers.emplace_back("Allow", methods);
    return reply;
}

Reply wrongWait(const std::string& text)
{
    return problem(400, "wait=" + text + " is no time to wait: it must be 1ms to 10m, in ms, s, m or h.");
}

}  // namespace

Reply Router::answer(std::string_view method, std::string_view target, WaitingRoom& waitingRoom)
{
    const std::optional<RouteTarget> parsed = parseRouteTarget(target);
    if (!parsed) return problem(400, "The request's target is malformed.");
    const Route* route = findRoute(*parsed);
    if (route == nullptr) return noSuchRoute();
    if (!takes(route->methods, method)) return wrongMethod(*route);
    if (std::optional<Reply> refusal = refuseParameters(*parsed, route->parameters))
        return *std::move(refusal);
    Call call{_snapshots, _inbox, waitingRoom, *parsed, _history, std::nullopt};
    if (const std::string* wait = parameter(*parsed, "wait"))
    {
        call.wait = parseWait(*wait);
        if (!call.wait) return wrongWait(*wait);
    }
    return route->handler(call);
}

bool Router::changes(std::string_view target)
{
    const std::optional<RouteTarget> parsed = parseRouteTarget(target);
    const Route* route = parsed ? findRoute(*parsed) : nullptr;
    return route != nullptr && route->methods != Methods::Read;
}

}  // namespace clustermanager::control
