#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "Client.h"
#include "Tally.h"
#include "base/FileDescriptor.h"

namespace clustermanager::load {

/// Clients of an HTTP server, all on one thread of their own, from the constructor to stop().
///
/// Threading: the constructor and stop() from one thread, the counters from any.
class Load
{
public:
    struct Plan
    {
        Request request;
        unsigned closing = 16;  // clients with a connection for each request
        unsigned keeping = 16;  // clients that keep theirs
        double perSecond = 0;   // of all together, evenly; 0: as fast as they are answered
    };

    explicit Load(const Plan& plan);
    ~Load();
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    std::uint64_t answered() const { return _answered; }
    std::uint64_t lost() const { return _lost; }

    /// Lets what was asked be answered, hangs up, and tells what became of it all.
    const Tally& stop();

private:
    void drive();
    void beginDue(Clock::time_point now);
    bool allRest() const;
    void setAlarm(Clock::time_point now);

    const Plan _plan;
    const Nanos _period;  // between two requests of one client; 0: none
    FileDescriptor _epoll;
    FileDescriptor _alarm;  // a timerfd: epoll_wait counts in milliseconds
    Tally _tally;
    std::vector<std::unique_ptr<Client>> _clients;
    std::vector<Clock::time_point> _due;  // of each client, where there is a plan
    std::atomic<bool> _stopping{false};
    std::atomic<std::uint64_t> _answered{0};
    std::atomic<std::uint64_t> _lost{0};
    std::thread _thread;
};

}  // namespace clustermanager::load
