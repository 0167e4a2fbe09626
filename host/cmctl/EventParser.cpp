#include "cmctl/EventParser.h"

#include <algorithm>
#include <utility>

#include "cmctl/Failure.h"

namespace clustermanager::cmctl {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kLongestRetry = 9;  // digits

}  // namespace

EventParser::EventParser(std::string lastId, Take take) : _take(std::move(take)), _lastId(std::move(lastId))
{}

void EventParser::feed(std::string_view bytes)
{
    for (const char byte : bytes) takeByte(byte);
}

void EventParser::takeByte(char byte)
{
    const bool secondOfTwo = _afterReturn && byte == '\n';
    _afterReturn = byte == '\r';
    if (secondOfTwo) return;
    if (byte == '\r' || byte == '\n') return takeLine();
    if (_line.size() == kLongest) throw refused("the stream has a line of more than 1 MiB: it was left");
    _line += byte;
}

void EventParser::takeLine()
{
    std::string line;
    line.swap(_line);
    std::string_view text = line;
    if (std::exchange(_first, false) && text.substr(0, kByteOrderMark.size()) == kByteOrderMark)
        text.remove_prefix(kByteOrderMark.size());
    if (text.empty()) return dispatch();
    const std::size_t colon = std::min(text.find(':'), text.size());
    std::string_view value = text.substr(std::min(colon + 1, text.size()));
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    takeField(text.substr(0, colon), value);  // a comment has no name
}

void EventParser::takeField(std::string_view name, std::string_view value)
{
    if (name == "data")
    {
        if (_event.data.size() + value.size() > kLongest)
            throw refused("the stream has an event of more than 1 MiB: it was left");
        if (_hasData) _event.data += '\n';
        _event.data += value;
        _hasData = true;
    }
    else if (name == "event")
        _event.kind = value;
    else if (name == "id" && value.find('\0') == std::string_view::npos)
        _lastId = value;
    else if (name == "retry" && !value.empty() && value.size() <= kLongestRetry &&
             value.find_first_not_of("0123456789") == std::string_view::npos)
        _retry = Millis(std::stol(std::string(value)));
}

void EventParser::dispatch()
{
    StreamEvent event = std::exchange(_event, {});
    if (!std::exchange(_hasData, false)) return;
    if (event.kind.empty()) event.kind = "message";
    event.id = _lastId;
    _take(event);
}

}  // namespace clustermanager::cmctl
