#include "control/Parameters.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace clustermanager::control {

namespace {

struct Unit
{
    std::string_view name;
    std::uint64_t millis;
};

/// The one parameter that says all by being there.
constexpr std::string_view kFlag = "verbose";

constexpr std::array<Unit, 5> kUnits{{{"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};

}  // namespace

std::optional<Reply> refuseParameters(const RouteTarget& target, const ParameterNames& known)
{
    for (const auto& [name, value] : target.parameters)
    {
        if (std::find(known.begin(), known.end(), name) == known.end())
            return problem(400, "The query parameter '" + name + "' is unknown here.");
        const auto same = [&name = name](const auto& other) { return other.first == name; };
        if (std::count_if(target.parameters.begin(), target.parameters.end(), same) > 1)
            return problem(400, "The query parameter '" + name + "' is given twice.");
        if (value.empty() && name != kFlag)
            return problem(400, "The query parameter '" + name + "' is empty.");
    }
    return std::nullopt;
}

const std::string* parameter(const RouteTarget& target, std::string_view name)
{
    for (const auto& [key, value] : target.parameters)
        if (key == name) return &value;
    return nullptr;
}

std::string parameterOr(const RouteTarget& target, std::string_view name)
{
    const std::string* value = parameter(target, name);
    return value != nullptr ? *value : "";
}

std::optional<Millis> parseWait(std::string_view text)
{
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parseNumber(text.substr(0, digits), kLongestWait.count());
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const Unit& one) { return one.name == text.substr(digits); });
    if (!number || unit == kUnits.end()) return std::nullopt;
    const Millis wait(*number * unit->millis);
    if (wait < Millis(1) || wait > kLongestWait) return std::nullopt;
    return wait;
}

std::optional<std::uint64_t> parseNumber(std::string_view text, std::uint64_t max)
{
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || number > max) return std::nullopt;
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    return number;
}

std::optional<ChildId> parseChildId(std::string_view text)
{
    const auto number = parseNumber(text, std::numeric_limits<std::int32_t>::max());
    if (!number || *number == 0) return std::nullopt;
    return static_cast<ChildId>(*number);
}

}  // namespace clustermanager::control
