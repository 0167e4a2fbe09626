#pragma once

#include <algorithm>
#include <atomic>

#include "base/Types.h"

namespace clustermanager::child {

/// run_child's beats on their way to the master: a Heartbeat follows each of them, but two Heartbeats are at
/// least a quarter of the watchdog's time apart. So the master never sees a longer silence than run_child
/// kept, or than that quarter.
///
/// Threading: beat() from any thread, the rest from the runtime thread.
class Beats
{
public:
    static constexpr Millis kPaceMin{10};

    /// `watchdog` 0, as at first: nobody waits for a beat, and none is sent. Before anything else is called.
    void expect(Millis watchdog)
    {
        _pace = watchdog == Millis(0) ? Millis(0) : std::max(watchdog / 4, kPaceMin);
    }

    /// True: the runtime thread has to be woken, as it knew of nothing to send.
    bool beat() noexcept
    {
        return _pace != Millis(0) && !_beaten.load(std::memory_order_relaxed) && !_beaten.exchange(true);
    }

    /// Beats by itself until `end`.
    void keepBeating(TimePoint end) { _byItselfUntil = end; }

    /// When the next Heartbeat is to be sent; TimePoint::max(): none is.
    TimePoint due() const
    {
        const bool wanted = _beaten.load() || _sent < _byItselfUntil;
        return _pace == Millis(0) || !wanted ? TimePoint::max() : _sent + _pace;
    }

    /// Called before the Heartbeat is sent: a beat that comes meanwhile is for the next one.
    void sending(TimePoint now)
    {
        _sent = now;
        _beaten.store(false);
    }

private:
    Millis _pace{0};
    std::atomic<bool> _beaten{false};  // since the last Heartbeat
    TimePoint _sent{};                 // the beginning of the clock: long ago
    TimePoint _byItselfUntil{};
};

}  // namespace clustermanager::child
