#pragma once

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <Poco/Timespan.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "clustermanager/poco/host_report.hpp"

namespace cm {

/// How long after a stop a request that has been begun may take to arrive as a whole.
constexpr std::chrono::milliseconds kHalfSentLimit = std::chrono::seconds(5);

namespace detail {

using Steady = std::chrono::steady_clock;

/// A client that was answered just now, or whose connection was accepted just now, is about to send its
/// request: for so long it is not idle.
constexpr std::chrono::milliseconds kAboutToSend{500};

/// What poll(2) takes for the time until `deadline`, at most `most` (-1: no such limit).
inline int pollTimeout(Steady::time_point deadline, int most)
{
    constexpr std::int64_t kMax = 3'600'000;
    const std::int64_t left =
        deadline == Steady::time_point::max()
            ? kMax
            : std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, most < 0 ? kMax : most));
}

/// The end of a service as its connections see it: it begins once, and some time later what is not yet there
/// of a request is no longer waited for.
///
/// Threading: everything from any thread.
class Draining
{
public:
    Draining() : _event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    {
        if (_event < 0) throw Poco::Net::NetException("eventfd", errno);
    }
    ~Draining() { (void)::close(_event); }
    Draining(const Draining&) = delete;
    Draining& operator=(const Draining&) = delete;

    /// Later calls do nothing.
    void begin(std::chrono::milliseconds halfSentLimit)
    {
        Steady::rep never = kNever;
        if (!_cutAt.compare_exchange_strong(never,
                                            (Steady::now() + halfSentLimit).time_since_epoch().count()))
            return;
        const std::uint64_t one = 1;
        (void)!::write(_event, &one, sizeof one);
    }

    bool begun() const { return _cutAt != kNever; }
    int fd() const { return _event; }  // readable from the beginning on

    /// Nothing is read from a client after it. time_point::max() before the beginning.
    Steady::time_point cutAt() const { return Steady::time_point(Steady::duration(_cutAt.load())); }

private:
    static constexpr Steady::rep kNever = Steady::time_point::max().time_since_epoch().count();

    int _event;
    std::atomic<Steady::rep> _cutAt{kNever};
};

/// A connection that does not wait for its client beyond the drain's limit, and beats while it waits: a slow
/// client is no hang.
class DrainingSocket : public Poco::Net::StreamSocketImpl
{
public:
    DrainingSocket(int fd, std::shared_ptr<const Draining> draining, HostReport report)
        : StreamSocketImpl(fd), _draining(std::move(draining)), _report(report)
    {}

    using StreamSocketImpl::receiveBytes;

    int receiveBytes(void* buffer, int length, int flags) override
    {
        const ssize_t got = ::recv(sockfd(), buffer, static_cast<std::size_t>(length), flags | MSG_DONTWAIT);
        if (got >= 0) return static_cast<int>(got);
        if (errno == EAGAIN && getBlocking() && (flags & MSG_DONTWAIT) == 0) waitForBytes();
        return StreamSocketImpl::receiveBytes(buffer, length, flags);
    }

private:
    void waitForBytes()
    {
        const std::chrono::microseconds patience(getReceiveTimeout().totalMicroseconds());
        const Steady::time_point timeout =
            patience.count() == 0 ? Steady::time_point::max() : Steady::now() + patience;
        for (;;)
        {
            const bool draining = _draining->begun();
            const Steady::time_point deadline = std::min(timeout, _draining->cutAt());
            std::array<pollfd, 2> events{
                {{sockfd(), POLLIN, 0}, {draining ? -1 : _draining->fd(), POLLIN, 0}}};
            (void)::poll(events.data(), events.size(), pollTimeout(deadline, _report.beatPauseMs()));
            if (events[0].revents != 0) return;
            if (Steady::now() >= deadline) throw Poco::TimeoutException("the client sends nothing");
            _report.beat();
        }
    }

    std::shared_ptr<const Draining> _draining;
    HostReport _report;
};

}  // namespace detail

}  // namespace cm
