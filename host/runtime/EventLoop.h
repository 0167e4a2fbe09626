#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/Types.h"

namespace clustermanager::runtime {

/// Waits for descriptors and calls back. The only place of the master that reads the steady clock and that
/// sleeps.
///
/// Invariants:
///  - a callback is never called for a descriptor that was removed, not even when its event was already
///  fetched;
///  - callbacks may watch and forget descriptors, their own included.
///
/// Threading: the master's loop thread only.
class EventLoop
{
public:
    /// `events` is the set of EPOLL* bits that came.
    using Callback = std::function<void(std::uint32_t events)>;

    EventLoop();

    /// Starts watching; at most one watch for a descriptor. Throws Poco::SystemException.
    void watch(int fd, std::uint32_t events, Callback callback);
    void change(int fd, std::uint32_t events);

    /// Stops watching; before the descriptor is closed.
    void forget(int fd);

    struct Wake
    {
        std::chrono::microseconds delay;  // so long what was due or ready has waited for this wake-up at most
        bool idle;                        // nothing happened within the time given
        Millis late;                      // how much longer than asked the wait and the work before it took
        Millis away;  // since the wake-up before: at most this long this thread was stopped, starved or
                      // suspended
    };

    /// Waits until something happens or `until`. What happened, a bounded number, is dispatched by
    /// dispatch().
    Wake wait(std::optional<TimePoint> until);

    /// Calls back for what the last wait() found.
    void dispatch();

    /// The time as of the last wake-up.
    TimePoint now() const { return _now; }

private:
    struct Watch
    {
        std::uint64_t serial;
        std::shared_ptr<Callback> callback;
    };

    FileDescriptor _epoll;
    std::vector<epoll_event> _found;
    std::unordered_map<int, Watch> _watches;
    std::uint64_t _serials = 0;
    TimePoint _now;
};

}  // namespace clustermanager::runtime
