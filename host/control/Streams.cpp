#include "control/Streams.h"

#include <utility>

namespace clustermanager::control {

Streams::Streams(core::OccurrenceSource& occurrences, StreamLoop::Settings settings)
    : _occurrences(occurrences), _settings(settings)
{}

Streams::~Streams()
{
    stop("");
}

void Streams::start()
{
    if (_events) return;
    auto texts = std::make_unique<EventTexts>(_occurrences);
    _texts = texts.get();
    _logs = std::make_unique<StreamLoop>(logSettings(), nullptr);
    StreamLoop::Settings settings = _settings;
    settings.look.reset();  // there is news of events
    _events = std::make_unique<StreamLoop>(settings, std::move(texts));
}

void Streams::stop(const std::string& words)
{
    for (auto* loop : {&_events, &_logs})
    {
        if (*loop) (*loop)->stop(words);
        loop->reset();
    }
    _texts = nullptr;
}

StreamLoop::Settings Streams::logSettings() const
{
    StreamLoop::Settings settings = _settings;
    if (!settings.look) settings.look = kLogLook;
    settings.mayHang = kLogPatience;
    return settings;
}

Continuation Streams::events(std::string head, EventFeed::Start start, EventFilter filter,
                             std::shared_ptr<const void> seat)
{
    auto feed =
        std::make_shared<EventFeed>(*_texts, std::move(head), start, std::move(filter), std::move(seat));
    return [loop = _events.get(), feed = std::move(feed)](std::unique_ptr<ByteStream> bytes) {
        loop->add(std::move(bytes), feed);
    };
}

Continuation Streams::log(LogFeed::Wish wish, std::shared_ptr<const void> seat)
{
    auto feed = std::make_shared<LogFeed>(std::move(wish), std::move(seat));
    return [loop = _logs.get(), feed = std::move(feed)](std::unique_ptr<ByteStream> bytes) {
        loop->add(std::move(bytes), feed);
    };
}

}  // namespace clustermanager::control
