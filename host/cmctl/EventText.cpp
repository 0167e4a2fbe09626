#include "cmctl/EventText.h"

#include "cmctl/Client.h"

namespace clustermanager::cmctl {

std::string eventText(const Output& output, const JsonObject& event)
{
    constexpr std::size_t kKindWidth = 9;  // "operation"
    std::string kind = event.text("kind");
    if (kind.size() < kKindWidth) kind.resize(kKindWidth, ' ');
    const std::string what = event.text("text");
    const std::string who = event.text("who");
    const std::string crash = event.text("crash");
    const bool saysWho = who.empty() || what.find(who) != std::string::npos;
    return output.paint(Colour::Dim, event.text("time")) + "  " + output.paint(Colour::Cyan, kind) + "  " +
           output.paint(colourOfState(event.text("severity")), what) + (saysWho ? "" : " (by " + who + ")") +
           (crash.empty() ? "" : " (`cmctl crash show " + crash + "`)");
}

std::string eventQuery(const Invocation& asked, const std::string& more)
{
    std::string query = more;
    for (const char* name : {"group", "child", "kind", "since", "until", "limit"})
        if (asked.has(name))
            query += (query.empty() ? "" : "&") + std::string(name) + "=" + encoded(asked.text(name));
    return query.empty() ? "" : "?" + query;
}

}  // namespace clustermanager::cmctl
