#include "control/EventFeed.h"

#include <algorithm>
#include <utility>

namespace clustermanager::control {

EventFeed::EventFeed(EventTexts& texts, std::string head, Start start, EventFilter filter,
                     std::shared_ptr<const void> seat)
    : _texts(texts), _filter(std::move(filter)), _seat(std::move(seat)),
      _next(start.restarted ? 1 : start.after + 1), _restarted(start.restarted),
      _current(std::make_shared<const std::string>(std::move(head)))
{}

void EventFeed::next(std::string& text)
{
    if (!_current) _current = proceed();
    if (!_current) return;
    text.append(*_current, _offset, std::string::npos);
    if (_restarted || lost()) return;  // a gap comes next
    for (std::uint64_t number = _next; number <= _texts.last() && text.size() < kPiece; ++number)
        if (_filter.matches(_texts.occurrence(number))) text += *_texts.text(number);
}

void EventFeed::taken(std::size_t count)
{
    while (count > 0)
    {
        if (!_current) _current = proceed();
        const std::size_t step = std::min(count, _current->size() - _offset);
        count -= step;
        _offset += step;
        if (_offset < _current->size()) return;
        _current.reset();
        _offset = 0;
    }
}

/// What follows when the present text is over, or nothing.
EventFeed::Text EventFeed::proceed()
{
    if (_restarted || lost()) return gap();
    while (isNews())
    {
        const std::uint64_t number = _next++;
        if (_filter.matches(_texts.occurrence(number))) return _texts.text(number);
    }
    if (_end != End::Wanted) return nullptr;
    _end = End::Said;
    return std::make_shared<const std::string>(": " + _words + "\n\n");
}

EventFeed::Text EventFeed::gap()
{
    const std::uint64_t to = _texts.first() - 1;
    std::string text = "id: " + std::to_string(to) +
                       "\nevent: gap\ndata: {\"from\":" + std::to_string(_next) +
                       ",\"to\":" + std::to_string(to);
    if (std::exchange(_restarted, false)) text += ",\"restarted\":true";
    _next = to + 1;
    return std::make_shared<const std::string>(text + "}\n\n");
}

void EventFeed::beat()
{
    if (!_current) _current = std::make_shared<const std::string>(":\n\n");
}

void EventFeed::end(const std::string& words)
{
    _words = words;
    _end = End::Wanted;
}

}  // namespace clustermanager::control
