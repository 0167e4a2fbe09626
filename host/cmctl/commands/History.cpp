#include "cmctl/EventText.h"
#include "cmctl/Session.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

namespace {

constexpr std::int64_t kMost = 100'000;

}  // namespace

int commands::history(Session& session)
{
    (void)session.asked().number("limit", kMost, 1, kMost);
    const std::string answer = session.client().get("/history" + eventQuery(session.asked(), ""));
    if (session.asked().has("json"))
        session.output().line(printableJson(answer));
    else
        for (const JsonObject& event : parseJson(answer).objects("history"))
            session.output().line(eventText(session.output(), event));
    return 0;
}

}  // namespace clustermanager::cmctl
