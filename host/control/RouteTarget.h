#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clustermanager::control {

/// A request's target, taken apart: "/groups/web%2Dapp/exit?x=1" is the segments "groups", "web-app", "exit"
/// and the parameter x = "1". Split first, decoded after, so an encoded slash never makes a segment.
struct RouteTarget
{
    std::vector<std::string> segments;  // none for "/"
    std::vector<std::pair<std::string, std::string>> parameters;
};

/// Nothing where the target is malformed: no leading '/', an empty segment, a percent sign without two hex
/// digits, an encoded control character or slash, bytes that are not UTF-8, a parameter without a
/// name. One without '=' has the value "".
std::optional<RouteTarget> parseRouteTarget(std::string_view target);

/// A request as it may stand in a log: without parameters, which may be anything, and unable to forge a line.
std::string loggable(const std::string& method, const std::string& target);

}  // namespace clustermanager::control
