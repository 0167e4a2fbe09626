#include "control/HistoryRoutes.h"

#include <Poco/DateTime.h>
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeParser.h>
#include <Poco/Timespan.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/JsonCheck.h"
#include "control/CommandRefusal.h"
#include "control/JsonWriter.h"
#include "control/Parameters.h"

namespace clustermanager::control {

namespace {

/// A disk may be slow; a thread of the control port must not be lost to it.
constexpr Millis kDiskPatience{3'000};
constexpr unsigned kMostRows = 1'000;
constexpr std::array<std::string_view, 5> kKinds{"exit", "operation", "config", "command", "host"};

struct Unit
{
    char name;
    std::int64_t seconds;
};
constexpr std::array<Unit, 4> kUnits{{{'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}}};
constexpr std::uint64_t kMostUnits = 100'000'000;

std::optional<WallTime> ago(std::string_view text, WallTime now)
{
    const auto unit =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& one) { return one.name == text.back(); });
    const auto count = parseNumber(text.substr(0, text.size() - 1), kMostUnits);
    if (unit == kUnits.end() || !count) return std::nullopt;
    const auto back = std::chrono::seconds(static_cast<std::int64_t>(*count) * unit->seconds);
    return std::max(WallTime{}, now - std::min<std::chrono::seconds>(
                                          back, std::chrono::duration_cast<std::chrono::seconds>(
                                                    now.time_since_epoch())));
}

/// "exit,host" as its parts; nothing where one is unknown.
std::optional<std::vector<std::string>> kindsOf(const std::string& text)
{
    std::vector<std::string> kinds;
    for (std::size_t begin = 0; begin <= text.size();)
    {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        kinds.push_back(text.substr(begin, end - begin));
        if (std::find(kKinds.begin(), kKinds.end(), kinds.back()) == kKinds.end()) return std::nullopt;
        begin = end + 1;
    }
    return kinds;
}

Reply wrong(const std::string& name, const std::string& value, const std::string& expected)
{
    return problem(400, name + "=" + value + " is wrong: it must be " + expected + ".");
}

}  // namespace

std::optional<WallTime> parseMoment(const std::string& text, WallTime now)
{
    if (text.empty()) return std::nullopt;
    if (text.find('T') == std::string::npos) return ago(text, now);
    // Poco's parser is forgiving.
    constexpr std::size_t kWholeSeconds = 19;
    const bool plausible = text.find_first_not_of("0123456789-:.+TZ") == std::string::npos &&
                           text.size() > kWholeSeconds && text.size() <= 40;
    Poco::DateTime time;
    int zone = 0;
    if (!plausible ||
        !Poco::DateTimeParser::tryParse(Poco::DateTimeFormat::ISO8601_FRAC_FORMAT, text, time, zone))
        return std::nullopt;
    time.makeUTC(zone);
    return WallTime(std::chrono::microseconds(time.timestamp().epochMicroseconds()));
}

Reply getHistory(const Call& call)
{
    if (call.history == nullptr) return problem(404, "The history is off (history = off).");
    const WallTime now = std::chrono::system_clock::now();
    core::HistoryFilter filter;
    filter.group = parameterOr(call.target, "group");
    for (const auto& [name, moment] : {std::pair("since", &filter.since), std::pair("until", &filter.until)})
    {
        const std::string* text = parameter(call.target, name);
        if (text == nullptr) continue;
        *moment = parseMoment(*text, now);
        if (!*moment)
            return wrong(name, *text, "a time (2026-01-31T08:00:00Z) or how long ago (90s, 2h, 7d)");
    }
    if (const std::string* text = parameter(call.target, "child"))
    {
        filter.child = parseChildId(*text);
        if (!filter.child) return wrong("child", *text, "a number");
    }
    if (const std::string* text = parameter(call.target, "kind"))
    {
        const auto kinds = kindsOf(*text);
        if (!kinds) return wrong("kind", *text, "some of exit, operation, config, command, host");
        filter.kinds = *kinds;
    }
    if (const std::string* text = parameter(call.target, "limit"))
    {
        const auto limit = parseNumber(*text, kMostRows);
        if (!limit || *limit == 0) return wrong("limit", *text, "1.." + std::to_string(kMostRows));
        filter.limit = static_cast<unsigned>(*limit);
    }
    const core::HistoryAnswer answer = call.history->ask(filter, kDiskPatience);
    if (!answer.problem.empty()) return tryAgain("The history cannot be read: " + answer.problem);
    JsonWriter body;
    body.object();
    body.key("history").array();
    for (const std::string& row : answer.rows)
        if (isJsonValue(row)) body.verbatim(row);  // others may write to the file
    body.endArray();
    body.endObject();
    return json(body.take());
}

}  // namespace clustermanager::control
