#include "control/StreamRoutes.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "control/JsonWriter.h"
#include "control/OccurrenceJson.h"
#include "control/Parameters.h"
#include "control/StatusRoutes.h"
#include "control/Streams.h"

namespace clustermanager::control {

namespace {

constexpr std::size_t kDefaultTail = 100;

Reply wrong(const char* name, const std::string& value, const std::string& what)
{
    return problem(400, std::string(name) + '=' + value + " is wrong: it must be " + what + '.');
}

/// follow=0 or 1, or the answer to anything else.
std::variant<bool, Reply> parseFollow(const RouteTarget& target, bool otherwise)
{
    const std::string* text = parameter(target, "follow");
    if (text == nullptr) return otherwise;
    if (*text == "0" || *text == "1") return *text == "1";
    return wrong("follow", *text, "0 or 1");
}

std::variant<std::size_t, Reply> parseTail(const std::string& text, std::size_t most)
{
    if (const auto lines = parseNumber(text, most)) return static_cast<std::size_t>(*lines);
    return wrong("tail", text, "a number up to " + std::to_string(most));
}

/// A stream of events: proxies and browsers are told not to wait for its end.
Reply eventStream()
{
    return {200, "text/event-stream", "", {{"X-Accel-Buffering", "no"}}};
}

Reply tooMany(const char* what, std::size_t count, const char* instead)
{
    Reply reply = problem(503, "All " + std::to_string(count) + " streams of " + what +
                                   " that there may be over this port are open; " + instead + '.');
    reply.headers.emplace_back("Retry-After", "5");
    return reply;
}

// --- events ---

/// Where a reader wants to begin: after a number, or so many before the end.
struct Begin
{
    std::optional<std::uint64_t> after;
    std::optional<std::size_t> tail;
};

/// A browser that connects again asks for the same target, so what it has seen counts more than what stands
/// there.
std::variant<Begin, Reply> parseBegin(const Call& call)
{
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    Begin begin;
    const std::string* after = parameter(call.target, "after");
    const std::string* tail = parameter(call.target, "tail");
    const std::string& seen = call.context.lastEventId;
    if (after != nullptr && tail != nullptr)
        return problem(400, "The query parameters 'after' and 'tail' exclude each other.");
    if (after != nullptr && !(begin.after = parseNumber(*after, kMost)))
        return wrong("after", *after, "the id of an event");
    if (tail != nullptr)
    {
        auto count = parseTail(*tail, EventTexts::kKept);
        if (Reply* refusal = std::get_if<Reply>(&count)) return std::move(*refusal);
        begin.tail = std::get<std::size_t>(count);
    }
    if (!seen.empty() && !(begin.after = parseNumber(seen, kMost)))
        return problem(400, "The Last-Event-ID '" + seen + "' is no id of an event.");
    if (!seen.empty()) begin.tail.reset();
    return begin;
}

/// The number after which there are so many that match.
std::uint64_t beforeTail(const core::OccurrenceSource& source, const EventFilter& filter, std::size_t tail)
{
    const std::uint64_t last = source.last();
    const core::Occurrences known = allAfter(source, 0);
    for (auto next = known.rbegin(); tail > 0 && next != known.rend(); ++next)
        if (filter.matches(**next) && --tail == 0) return (*next)->number - 1;
    return tail == 0 || known.empty() ? last : known.front()->number - 1;
}

EventFeed::Start startOf(const core::OccurrenceSource& source, const EventFilter& filter, const Begin& begin)
{
    if (begin.tail) return {beforeTail(source, filter, *begin.tail)};
    const std::uint64_t last = source.last();
    if (!begin.after) return {last};
    return {*begin.after, *begin.after > last};
}

Reply eventsNow(const Call& call, const EventFilter& filter, const Begin& begin)
{
    std::uint64_t after = begin.after.value_or(0);
    if (begin.tail) after = beforeTail(call.occurrences, filter, *begin.tail);
    JsonWriter list;
    list.object();
    list.key("events").array();
    for (const auto& occurrence : allAfter(call.occurrences, after))
        if (filter.matches(*occurrence)) list.verbatim(occurrenceJson(*occurrence));
    list.endArray();
    list.endObject();
    return json(list.take());
}

/// Holds the seat, and counts the stream as long as it does.
std::shared_ptr<const void> counted(std::shared_ptr<const void> seat, core::Metrics* metrics)
{
    if (metrics == nullptr) return seat;
    metrics->streamsOpen(1);
    const void* held = seat.get();
    return {held, [seat = std::move(seat), metrics](const void*) mutable {
                seat.reset();
                metrics->streamsOpen(-1);
            }};
}

}  // namespace

Reply getEvents(const Call& call)
{
    auto filter = parseEventFilter(call.target);
    if (Reply* refusal = std::get_if<Reply>(&filter)) return std::move(*refusal);
    auto begin = parseBegin(call);
    if (Reply* refusal = std::get_if<Reply>(&begin)) return std::move(*refusal);
    auto follow = parseFollow(call.target, true);
    if (Reply* refusal = std::get_if<Reply>(&follow)) return std::move(*refusal);
    EventFilter& wanted = std::get<EventFilter>(filter);
    if (!std::get<bool>(follow)) return eventsNow(call, wanted, std::get<Begin>(begin));

    Seats& seats = call.context.seats.events;
    auto seat = seats.take();
    if (!seat) return tooMany("events", seats.count(), "end one, or ask with follow=0");
    const EventFeed::Start start = startOf(call.occurrences, wanted, std::get<Begin>(begin));
    Reply reply = eventStream();
    reply.goesOn = call.streams.events(serializeHead(reply) + "retry: 1000\n\n", start, std::move(wanted),
                                       counted(std::move(seat), call.metrics));
    return reply;
}

Reply getChildLog(const Call& call)
{
    const std::string& id = call.target.segments[1];
    auto tail = parseTail(parameter(call.target, "tail") != nullptr ? *parameter(call.target, "tail")
                                                                    : std::to_string(kDefaultTail),
                          LogFeed::kMostLines);
    if (Reply* refusal = std::get_if<Reply>(&tail)) return std::move(*refusal);
    auto follow = parseFollow(call.target, false);
    if (Reply* refusal = std::get_if<Reply>(&follow)) return std::move(*refusal);

    const auto snapshot = call.snapshots.latest();
    const std::optional<ChildId> wanted = parseChildId(id);
    const auto child = std::find_if(snapshot->children.begin(), snapshot->children.end(),
                                    [&](const auto& one) { return one->id == wanted; });
    if (child == snapshot->children.end()) return noSuchChild(id);
    const auto group = std::find_if(snapshot->groups.rbegin(), snapshot->groups.rend(),
                                    [&](const auto& one) { return one->name == (*child)->group; });
    if (group == snapshot->groups.rend() || (*group)->logFolder.empty())
        return problem(409,
                       "Child " + id + " logs where the logging.* keys say, so its log cannot be read here.");

    Seats& seats = call.context.seats.logs;
    auto seat = seats.take();
    if (!seat) return tooMany("logs", seats.count(), "end one first");
    LogFeed::Wish wish;
    wish.path = (*group)->logFolder + '/' + (*child)->group + '-' + id + ".log";  // as the child names it
    wish.name = "the log of child " + id;
    wish.tail = std::get<std::size_t>(tail);
    wish.follow = std::get<bool>(follow);
    wish.head = wish.follow ? eventStream() : Reply{200, "text/plain; charset=utf-8", "", {}};
    Reply reply = wish.head;
    reply.goesOn = call.streams.log(std::move(wish), std::move(seat));
    return reply;
}

}  // namespace clustermanager::control
