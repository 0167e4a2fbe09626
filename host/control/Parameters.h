#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/Types.h"
#include "control/Reply.h"
#include "control/RouteTarget.h"

/// The words of a request's target, read strictly: one spelling for each value, and nothing that is ignored.
namespace clustermanager::control {

/// The query parameters a route takes; what is left over stays "".
using ParameterNames = std::array<std::string_view, 6>;

/// Nothing where all are known, given once, and none is empty.
std::optional<Reply> refuseParameters(const RouteTarget& target, const ParameterNames& known);

/// Null where it is not given.
const std::string* parameter(const RouteTarget& target, std::string_view name);
/// "" where it is not given.
std::string parameterOr(const RouteTarget& target, std::string_view name);

/// The longest that a request may ask to wait.
constexpr Millis kLongestWait = std::chrono::minutes(10);

/// "1500", "1500ms", "30s", "10m": 1 ms to kLongestWait. The units are those of the configuration.
std::optional<Millis> parseWait(std::string_view text);

/// Plain decimal, without sign and leading zero, at most `max`.
std::optional<std::uint64_t> parseNumber(std::string_view text, std::uint64_t max);

/// 1 to 2^31 - 1.
std::optional<ChildId> parseChildId(std::string_view text);

}  // namespace clustermanager::control
