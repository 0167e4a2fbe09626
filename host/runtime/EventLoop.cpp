#include "runtime/EventLoop.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <limits>

#include "base/SysError.h"

namespace clustermanager::runtime {
namespace {

constexpr std::size_t kEventsPerTurn = 64;

[[noreturn]] void fail(const char* call)
{
    throw Poco::SystemException(SysError{call, "", errno}.text());
}

/// The event carries the descriptor and the low half of the watch's serial, so that an event fetched for a
/// descriptor that was closed and opened anew in the same turn is not taken for the new one's.
std::uint64_t tag(int fd, std::uint64_t serial)
{
    return (serial << 32U) | static_cast<std::uint32_t>(fd);
}

int timeoutUntil(std::optional<TimePoint> until, TimePoint now)
{
    if (!until) return -1;
    if (*until <= now) return 0;
    // Rounded up: waking a fraction of a millisecond early would only mean waking twice.
    const auto wait = std::chrono::ceil<Millis>(*until - now).count();
    return static_cast<int>(std::min<Millis::rep>(wait, std::numeric_limits<int>::max()));
}

}  // namespace

EventLoop::EventLoop() : _epoll(::epoll_create1(EPOLL_CLOEXEC)), _now(Clock::now())
{
    if (!_epoll) fail("epoll_create1");
}

void EventLoop::watch(int fd, std::uint32_t events, Callback callback)
{
    assert(_watches.count(fd) == 0);
    const std::uint64_t serial = ++_serials;
    epoll_event event = {};
    event.events = events;
    event.data.u64 = tag(fd, serial);
    if (::epoll_ctl(_epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
    _watches.emplace(fd, Watch{serial, std::make_shared<Callback>(std::move(callback))});
}

void EventLoop::change(int fd, std::uint32_t events)
{
    epoll_event event = {};
    event.events = events;
    event.data.u64 = tag(fd, _watches.at(fd).serial);
    if (::epoll_ctl(_epoll.get(), EPOLL_CTL_MOD, fd, &event) != 0) fail("epoll_ctl");
}

void EventLoop::forget(int fd)
{
    if (_watches.erase(fd) != 0) (void)::epoll_ctl(_epoll.get(), EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::Wake EventLoop::wait(std::optional<TimePoint> until)
{
    const TimePoint before = Clock::now();
    const int timeout = timeoutUntil(until, before);
    _found.resize(kEventsPerTurn);
    const int count = ::epoll_wait(_epoll.get(), _found.data(), static_cast<int>(_found.size()), timeout);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    _found.resize(static_cast<std::size_t>(std::max(count, 0)));

    // Away beyond what we asked for: in the wait itself, or in the work since the last one.
    const TimePoint after = Clock::now();
    const TimePoint::duration asked = timeout < 0 ? after - before : TimePoint::duration(Millis(timeout));
    const auto late = std::max(after - before - asked, TimePoint::duration::zero()) + (before - _now);
    const auto away = after - _now;
    _now = after;
    return Wake{std::chrono::duration_cast<std::chrono::microseconds>(late), _found.empty(),
                std::chrono::duration_cast<Millis>(late), std::chrono::duration_cast<Millis>(away)};
}

void EventLoop::dispatch()
{
    for (const epoll_event& event : _found)
    {
        const auto watch = _watches.find(static_cast<int>(event.data.u64 & 0xffffffffU));
        if (watch == _watches.end() || tag(watch->first, watch->second.serial) != event.data.u64) continue;
        const std::shared_ptr<Callback> callback =
            watch->second.callback;  // outlives a watch that forgets itself
        (*callback)(event.events);
    }
}

}  // namespace clustermanager::runtime
