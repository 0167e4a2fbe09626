#include "cmctl/LogStreams.h"

#include "base/PrintableText.h"
#include "cmctl/LogMerge.h"

namespace clustermanager::cmctl {

LogStreams::~LogStreams()
{
    {
        const std::lock_guard lock(_mutex);
        _closing = true;
    }
    _changed.notify_all();
    for (const auto& stream : _streams) stream->follower.stop();
    for (const auto& stream : _streams) stream->thread.join();
}

void LogStreams::add(int child, unsigned tail)
{
    const std::string path =
        "/children/" + std::to_string(child) + "/log?tail=" + std::to_string(tail) + "&follow=1";
    Stream& stream = *_streams.emplace_back(std::make_unique<Stream>(_client, path));
    stream.thread = std::thread([this, &stream, child] { run(stream, child); });
}

void LogStreams::run(Stream& stream, int child)
{
    // A connection that is made again begins with the last lines once more: what was shown is left out.
    std::string last;
    bool again = false;
    Follower::Told told;
    told.event = [&](const StreamEvent& event) {
        const std::string time = timeOf(event.data);
        if (again && (time.empty() || time <= last)) return;
        again = false;
        if (!time.empty()) last = time;
        push({child, printable(event.data)});
    };
    told.lost = [&](const std::string& why) {
        push({child, "connection lost: " + why + "; trying again", true});
    };
    told.back = [&] {
        again = !last.empty();
        push({child, "connected again", true});
    };
    try
    {
        stream.follower.follow(told);
    }
    catch (...)
    {
        const std::lock_guard lock(_mutex);
        if (!_failure) _failure = std::current_exception();
        _changed.notify_all();
    }
}

void LogStreams::push(Line line)
{
    std::unique_lock lock(_mutex);
    _changed.wait(lock, [this] { return _closing || _queue.size() < kQueueLimit; });
    _queue.push_back(std::move(line));
    _changed.notify_all();
}

std::optional<LogStreams::Line> LogStreams::next(Millis patience)
{
    std::unique_lock lock(_mutex);
    _changed.wait_for(lock, patience, [this] { return _failure || !_queue.empty(); });
    if (_queue.empty())
    {
        if (_failure) std::rethrow_exception(_failure);
        return std::nullopt;
    }
    Line line = std::move(_queue.front());
    _queue.pop_front();
    _changed.notify_all();
    return line;
}

}  // namespace clustermanager::cmctl
