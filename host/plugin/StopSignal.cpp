#include "plugin/StopSignal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include "base/Types.h"

namespace clustermanager::plugin {

StopSignal::StopSignal() : _event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (!_event) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void StopSignal::renew()
{
    FileDescriptor own(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!own) throw std::system_error(errno, std::generic_category(), "eventfd");
    _event = std::move(own);
}

void StopSignal::request() noexcept
{
    const int saved = errno;  // this may be a signal handler's
    const std::uint64_t one = 1;
    if (!_requested.exchange(true, std::memory_order_acq_rel)) (void)!::write(_event.get(), &one, sizeof one);
    if (errno != saved) errno = saved;
}

bool StopSignal::wait(std::int64_t timeoutMs) const noexcept
{
    const TimePoint start = Clock::now();
    while (!requested())
    {
        std::int64_t left = -1;
        if (timeoutMs >= 0)
        {
            left = timeoutMs - std::chrono::duration_cast<Millis>(Clock::now() - start).count();
            if (left <= 0) return false;
        }
        pollfd event{fd(), POLLIN, 0};
        (void)::poll(&event, 1,
                     static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max())));
    }
    return true;
}

bool StopSignal::onStop(cm_callback callback, void* argument)
{
    {
        const std::lock_guard lock(_mutex);
        if (!_announced && _listeners.size() == kCallbacksMax) return false;
        if (!_announced)
        {
            _listeners.push_back({callback, argument});
            return true;
        }
    }
    callback(argument);
    return true;
}

void StopSignal::announce()
{
    std::vector<Listener> listeners;
    {
        const std::lock_guard lock(_mutex);
        _announced = true;
        listeners.swap(_listeners);
    }
    for (const Listener& listener : listeners) listener.callback(listener.argument);
}

}  // namespace clustermanager::plugin
