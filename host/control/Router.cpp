#include "control/Router.h"

#include <algorithm>
#include <array>

#include "control/Call.h"
#include "control/ChangeRoutes.h"
#include "control/CrashRoutes.h"
#include "control/HealthRoutes.h"
#include "control/HistoryRoutes.h"
#include "control/LogFileRoutes.h"
#include "control/MetricsRoutes.h"
#include "control/Parameters.h"
#include "control/StatusRoutes.h"
#include "control/StreamRoutes.h"
#include "control/UiRoutes.h"

namespace clustermanager::control {

namespace {

enum class Methods : std::uint8_t
{
    Public,  // GET and HEAD, needs no token as long as nothing more is asked by a parameter
    Read,    // GET and HEAD, changes nothing
    Post,    // POST, changes something
    Either   // GET and POST, changes something: for those who type it into a browser
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
constexpr ParameterNames kEvents{"after", "group", "child", "kind", "follow", "tail"};
constexpr ParameterNames kLog{"tail", "follow"};
constexpr ParameterNames kNarrowed{"group", "child", "logger", "wait"};

/// The first that matches counts.
constexpr Route kRoutes[]{
    {"/", Methods::Read, kNone, getStatus},
    {"/children", Methods::Read, kNone, getChildren},
    {"/children/exit", Methods::Either, kWait, exitAll},
    {"/children/:id", Methods::Read, kNone, getChild},
    {"/children/:id/exit", Methods::Post, kWait, exitChild},
    {"/crashes", Methods::Read, kNone, getCrashes},
    {"/crashes/:id", Methods::Read, kNone, getCrash},
    {"/children/:id/log", Methods::Read, kLog, getChildLog},
    {"/events", Methods::Read, kEvents, getEvents},
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
    {"/logs/reopen", Methods::Post, kWait, reopenLogs},
    {"/healthz", Methods::Public, kVerbose, getHealth},
    {"/readyz", Methods::Public, kVerbose, getReadiness},
    {"/history", Methods::Read, kHistory, getHistory},
    {"/metrics", Methods::Read, kNone, getMetrics},
    {"/operations", Methods::Read, kNone, getOperations},
    {"/operations/:id", Methods::Read, kNone, getOperation},
    {"/ui", Methods::Public, kNone, getUiPage},
    {"/ui/:file", Methods::Public, kNone, getUiFile},
};

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
    case Methods::Public:
    case Methods::Read: return "GET, HEAD";
    case Methods::Post: return "POST";
    case Methods::Either: break;
    }
    return "GET, POST";
}

bool changes(Methods methods)
{
    return methods == Methods::Post || methods == Methods::Either;
}

/// HEAD asks what GET would say without doing anything, so it does not go where GET changes something.
bool takes(Methods methods, std::string_view method)
{
    if (method == "GET") return methods != Methods::Post;
    if (method == "HEAD") return !changes(methods);
    return method == "POST" && changes(methods);
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

/// What a request asked for, without a parameter that the route does not have: it may be anything.
std::string routeText(std::string_view method, std::string_view target, const Route& route,
                      const RouteTarget& parsed)
{
    const bool known = !refuseParameters(parsed, route.parameters);
    return printable(std::string(method) + ' ' +
                     std::string(known ? target : target.substr(0, target.find('?'))));
}

Reply answerBy(const Route& route, Call& call)
{
    if (std::optional<Reply> refusal = refuseParameters(call.target, route.parameters))
        return *std::move(refusal);
    if (const std::string* wait = parameter(call.target, "wait"))
    {
        call.wait = parseWait(*wait);
        if (!call.wait) return wrongWait(*wait);
    }
    return route.handler(call);
}

}  // namespace

Reply Router::answer(std::string_view method, std::string_view target, const RequestContext& context)
{
    const TimePoint begun = Clock::now();
    std::string_view pattern = "other";
    const auto count = [&](int status) {
        if (_metrics != nullptr) _metrics->answered(pattern, method, status, Clock::now() - begun);
    };
    try
    {
        Reply reply = find(method, target, context, pattern);
        count(reply.status);
        return reply;
    }
    catch (...)
    {
        count(500);
        throw;
    }
}

/// `pattern` is that of the route, where there is one.
Reply Router::find(std::string_view method, std::string_view target, const RequestContext& context,
                   std::string_view& pattern)
{
    const std::optional<RouteTarget> parsed = parseRouteTarget(target);
    if (!parsed) return problem(400, "The request's target is malformed.");
    const Route* route = findRoute(*parsed);
    if (route == nullptr) return noSuchRoute();
    pattern = route->pattern;
    if (!takes(route->methods, method)) return wrongMethod(*route);
    Call call{_snapshots,          _inbox,  _occurrences, _streams, _statusTexts, _metrics,
              context.waitingRoom, context, *parsed,      _history, std::nullopt};
    if (!_audit || !changes(route->methods)) return answerBy(*route, call);
    const auto note = [&](int status) {
        _audit({whoIs(context.caller), routeText(method, target, *route, *parsed), status});
    };
    Reply reply;
    try
    {
        reply = answerBy(*route, call);
    }
    catch (...)
    {
        note(500);
        throw;
    }
    note(reply.status);
    return reply;
}

Need Router::need(std::string_view target)
{
    const std::optional<RouteTarget> parsed = parseRouteTarget(target);
    const Route* route = parsed ? findRoute(*parsed) : nullptr;
    if (route == nullptr) return Need::Read;
    if (route->methods == Methods::Public) return parsed->parameters.empty() ? Need::Nothing : Need::Read;
    return changes(route->methods) ? Need::Operate : Need::Read;
}

}  // namespace clustermanager::control
