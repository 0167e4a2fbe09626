#include <algorithm>

#include "cmctl/EventText.h"
#include "cmctl/Follower.h"
#include "cmctl/Session.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

namespace {

constexpr std::int64_t kLines = 20;
constexpr std::int64_t kMostLines = 10'000;

/// One event a line: as it came, or for people.
void write(Session& session, const std::string& json)
{
    const bool asJson = session.asked().has("json");
    session.output().line(asJson ? printableJson(json) : eventText(session.output(), parseJson(json)));
}

void writeGap(Session& session, const std::string& json)
{
    if (session.asked().has("json")) return session.output().line(printableJson(json));
    const JsonObject gap = parseJson(json);
    session.output().line(
        session.output().paint(Colour::Yellow, "events " + gap.text("from") + " to " + gap.text("to") +
                                                   " are lost: the host keeps the latest alone"));
}

/// Writes what the host has, and returns the id of the last.
std::string writeLast(Session& session)
{
    const std::int64_t lines = session.asked().number("lines", kLines, 0, kMostLines);
    // 0 asks for the last one too: it says where to go on.
    const std::string query =
        eventQuery(session.asked(), "follow=0&tail=" + std::to_string(std::max<std::int64_t>(lines, 1)));
    std::string last;
    for (const JsonObject& event : session.client().getJson("/events" + query).objects("events"))
    {
        last = event.text("id");
        if (lines > 0) write(session, event.asLine());
    }
    return last;
}

}  // namespace

int commands::events(Session& session)
{
    const std::string last = writeLast(session);
    if (!session.asked().has("follow")) return 0;

    Follower follower(session.client(), "/events" + eventQuery(session.asked(), ""), last);
    Follower::Told told;
    told.event = [&](const StreamEvent& event) {
        event.kind == "gap" ? writeGap(session, event.data) : write(session, event.data);
    };
    told.lost = [](const std::string& why) { Session::remark("connection lost: " + why + "; trying again"); };
    told.back = [] { Session::remark("connected again"); };
    follower.follow(told);
    return 0;
}

}  // namespace clustermanager::cmctl
