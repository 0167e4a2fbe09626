#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include "cmctl/Client.h"
#include "cmctl/EventParser.h"

namespace clustermanager::cmctl {

class Exchange;

/// Reads an event stream of the host for as long as it is wanted. A lost connection is made anew, with the id
/// of the last event, after the time the stream asked for; while nobody answers that time doubles up to
/// kLongestPause.
///
/// Threading: follow() in one thread, stop() in any.
class Follower
{
public:
    static constexpr Millis kLongestPause = std::chrono::seconds(10);
    /// Longer than the comments of the stream are apart: then the connection is taken for lost.
    static constexpr Millis kSilence = std::chrono::seconds(45);

    struct Told
    {
        EventParser::Take event;
        std::function<void(const std::string& why)> lost = [](const std::string&) {};
        std::function<void()> back = [] {};  // the connection is there again
    };

    Follower(const Client& client, std::string path, std::string lastId = "")
        : _client(client), _path(std::move(path)), _lastId(std::move(lastId))
    {}

    /// Returns after stop(). A Failure where the first connection cannot be made, and where the host answers
    /// that there is no such stream; what told.event throws goes through.
    void follow(const Told& told);

    void stop();

private:
    void readOnce(const Told& told, bool again);
    void read(Exchange& exchange, EventParser& parser);
    bool pause();
    bool stopped() const;

    const Client& _client;
    std::string _path;
    std::string _lastId;
    Millis _retry{1000};
    Millis _nextPause{1000};
    bool _connectedOnce = false;
    bool _taking = false;

    mutable std::mutex _mutex;
    std::condition_variable _changed;
    bool _stopped = false;
    Exchange* _current = nullptr;
};

}  // namespace clustermanager::cmctl
