#include "control/EventFilter.h"

#include <algorithm>
#include <string_view>

#include "control/Parameters.h"

namespace clustermanager::control {

namespace {

std::optional<ChildId> childOf(const core::Occurrence& occurrence)
{
    if (const auto* changed = std::get_if<core::ChildStateChanged>(&occurrence.what))
        return changed->process.child;
    if (const auto* ended = std::get_if<core::ProcessEnded>(&occurrence.what)) return ended->process.child;
    return std::nullopt;
}

/// The words between the commas, as they stand there.
std::vector<std::string> words(std::string_view list)
{
    std::vector<std::string> all;
    for (;;)
    {
        const std::size_t comma = std::min(list.find(','), list.size());
        all.emplace_back(list.substr(0, comma));
        if (comma == list.size()) return all;
        list.remove_prefix(comma + 1);
    }
}

Reply unknownKind(const std::string& word)
{
    std::string known;
    for (const char* kind : core::kKinds) known += (known.empty() ? "" : ", ") + std::string(kind);
    return problem(400, "There is no kind '" + word + "' of events; the kinds are " + known + ".");
}

}  // namespace

bool EventFilter::matches(const core::Occurrence& occurrence) const
{
    if (!group.empty() && occurrence.group != group) return false;
    if (child && childOf(occurrence) != child) return false;
    return kinds.empty() || std::find(kinds.begin(), kinds.end(), core::kind(occurrence)) != kinds.end();
}

std::variant<EventFilter, Reply> parseEventFilter(const RouteTarget& target)
{
    EventFilter filter;
    filter.group = parameterOr(target, "group");
    if (const std::string* text = parameter(target, "child"))
    {
        filter.child = parseChildId(*text);
        if (!filter.child) return problem(400, "child=" + *text + " is no child's id.");
    }
    if (const std::string* list = parameter(target, "kind")) filter.kinds = words(*list);
    for (const std::string& word : filter.kinds)
        if (std::find(core::kKinds.begin(), core::kKinds.end(), word) == core::kKinds.end())
            return unknownKind(word);
    return filter;
}

}  // namespace clustermanager::control
