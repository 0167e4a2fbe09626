#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/FileDescriptor.h"
#include "clustermanager/plugin.h"

namespace clustermanager::plugin {

/// "Stop is asked": a state that is entered once and never left. Learned by asking, by waiting, by a
/// descriptor that becomes readable and stays so, and by callback.
///
/// Threading: everything from any thread; request() also from a signal handler.
class StopSignal
{
public:
    static constexpr std::size_t kCallbacksMax = 1024;

    StopSignal();  // throws std::system_error where there is no descriptor left

    /// After a fork, before anybody uses it: the descriptor inherited is its parent's and its siblings' as
    /// well. Throws as the constructor.
    void renew();

    void request() noexcept;
    bool requested() const noexcept { return _requested.load(std::memory_order_acquire); }

    /// Waits until a stop is asked, at most `timeoutMs` (negative: for ever). True: asked.
    bool wait(std::int64_t timeoutMs) const noexcept;

    int fd() const noexcept { return _event.get(); }

    /// Has `callback` called by announce(); at once where that has happened. False: there are too many.
    bool onStop(cm_callback callback, void* argument);

    /// Calls every callback once, without a lock. Called by the runtime thread after a request.
    void announce();

private:
    struct Listener
    {
        cm_callback callback;
        void* argument;
    };

    std::atomic<bool> _requested{false};
    FileDescriptor _event;
    std::mutex _mutex;
    bool _announced = false;           // guarded by _mutex
    std::vector<Listener> _listeners;  // guarded by _mutex
};

}  // namespace clustermanager::plugin
