#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cmctl/Follower.h"

namespace clustermanager::cmctl {

/// Follows the logs of several children at once, each on a thread of its own; their lines come out of one
/// bounded queue. A reader that is slow makes the host wait, which cuts it off then, and it comes back.
class LogStreams
{
public:
    static constexpr std::size_t kMost = 64;
    static constexpr std::size_t kQueueLimit = 10'000;

    struct Line
    {
        int child = 0;
        std::string text;
        bool isRemark = false;  // of ours, about the connection
    };

    explicit LogStreams(const Client& client) : _client(client) {}
    ~LogStreams();
    LogStreams(const LogStreams&) = delete;
    LogStreams& operator=(const LogStreams&) = delete;
    LogStreams(LogStreams&&) = delete;
    LogStreams& operator=(LogStreams&&) = delete;

    /// Begins with the last `tail` lines.
    void add(int child, unsigned tail);

    /// The next line, or nothing within `patience`. Throws what a stream ended with.
    std::optional<Line> next(Millis patience);

private:
    struct Stream
    {
        Stream(const Client& client, const std::string& path) : follower(client, path) {}
        Follower follower;
        std::thread thread;
    };

    void run(Stream& stream, int child);
    void push(Line line);

    const Client& _client;
    std::vector<std::unique_ptr<Stream>> _streams;

    std::mutex _mutex;
    std::condition_variable _changed;
    std::deque<Line> _queue;
    std::exception_ptr _failure;
    bool _closing = false;
};

}  // namespace clustermanager::cmctl
