#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/Types.h"

namespace clustermanager::cmctl {

/// One event of a text/event-stream.
struct StreamEvent
{
    std::string kind;  // "message" where the stream does not say
    std::string data;  // its lines joined by '\n'
    std::string id;    // the last one seen so far, of this event or an earlier one
};

/// Takes a text/event-stream in pieces of any size, cut anywhere. Bounded: a line or an event that is too
/// long is a Failure.
class EventParser
{
public:
    static constexpr std::size_t kLongest = 1024UL * 1024;

    using Take = std::function<void(const StreamEvent&)>;

    EventParser(std::string lastId, Take take);

    void feed(std::string_view bytes);

    /// Where to go on after a lost connection.
    const std::string& lastId() const { return _lastId; }
    /// How long the host wants to be left alone then.
    std::optional<Millis> retry() const { return _retry; }

private:
    void takeByte(char byte);
    void takeLine();
    void takeField(std::string_view name, std::string_view value);
    void dispatch();

    Take _take;
    std::string _line;
    bool _afterReturn = false;  // of "\r\n" the second ends no line
    bool _first = true;         // a byte order mark may begin it
    StreamEvent _event;
    bool _hasData = false;
    std::string _lastId;
    std::optional<Millis> _retry;
};

}  // namespace clustermanager::cmctl
