#include "control/EventTexts.h"

#include "control/OccurrenceJson.h"

namespace clustermanager::control {

core::Occurrences allAfter(const core::OccurrenceSource& source, std::uint64_t number)
{
    constexpr std::size_t kAtOnce = 64;
    core::Occurrences all;
    for (;;)
    {
        core::Occurrences some = source.after(number, kAtOnce);
        if (!some.empty() && !all.empty() && some.front()->number != number + 1) all.clear();
        all.insert(all.end(), some.begin(), some.end());
        if (some.size() < kAtOnce || all.size() >= EventTexts::kKept) return all;
        number = some.back()->number;
    }
}

void EventTexts::begin(int eventFd)
{
    _eventFd = eventFd;
    _source.addReader(eventFd);
}

void EventTexts::end()
{
    _source.removeReader(_eventFd);
    _kept = {};
    _last = 0;
}

void EventTexts::refresh()
{
    const std::uint64_t last = _source.last();
    core::Occurrences news = allAfter(_source, _last);
    // Where the first that is still known is not the next, or none is, what is between has been forgotten.
    const bool gap = news.empty() ? last > _last : news.front()->number != _last + 1;
    if (gap) _kept.clear();
    if (gap && news.empty()) _last = last;
    for (auto& occurrence : news)
    {
        _last = occurrence->number;
        _kept.push_back({std::move(occurrence), nullptr});
        if (_kept.size() > kKept) _kept.pop_front();
    }
}

const std::shared_ptr<const std::string>& EventTexts::text(std::uint64_t number)
{
    Entry& wanted = _kept[number - first()];
    if (!wanted.text)
        wanted.text = std::make_shared<const std::string>(
            "id: " + std::to_string(number) + "\nevent: " + core::kind(*wanted.occurrence) +
            "\ndata: " + occurrenceJson(*wanted.occurrence) + "\n\n");
    return wanted.text;
}

}  // namespace clustermanager::control
