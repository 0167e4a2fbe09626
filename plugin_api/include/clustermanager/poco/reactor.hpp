#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/NObserver.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/Socket.h>
#include <Poco/Net/SocketImpl.h>
#include <Poco/Net/SocketNotification.h>
#include <Poco/Net/SocketReactor.h>
#include <Poco/Timespan.h>
#include <fcntl.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <utility>

#include "clustermanager/plugin.hpp"
#include "clustermanager/poco/draining.hpp"
#include "clustermanager/poco/host_report.hpp"
#include "clustermanager/poco/server_socket.hpp"

namespace cm {

/// A Poco SocketReactor for a child. It beats with each turn, sleeps until there is an event, and learns of
/// the stop: then `leave` is called, on the reactor's thread, once. It is to remove the handlers of the
/// listeners, and to have stop() called when the last connection has ended. From then on Poco's
/// TimeoutNotification comes after half a second in which nothing happened on any socket: then a connection
/// with nothing to send is idle, and may be let go. (Sooner, its client may be about to send, or what it has
/// sent may be on its way.) What is not finished within `limit` after the stop is cut: run() returns.
class ChildReactor : public Poco::Net::SocketReactor
{
public:
    ChildReactor(const Child& child, std::function<void()> leave,
                 std::chrono::milliseconds limit = kHalfSentLimit)
        : SocketReactor(sleepOf(detail::HostReport(child))), _report(child), _leave(std::move(leave)),
          _limit(limit), _stop(::fcntl(child.stopFd(), F_DUPFD_CLOEXEC, 0)),
          _quiet(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    {
        addEventHandler(_stop, _stopReadable);
        addEventHandler(_quiet, _stopReadable);
    }

    ChildReactor(const ChildReactor&) = delete;
    ChildReactor& operator=(const ChildReactor&) = delete;

    ~ChildReactor() override
    {
        leaveStop();
        removeEventHandler(_quiet, _stopReadable);
    }

protected:
    void onTimeout() override
    {
        takeTurn();
        const bool leaving = _cutAt != detail::Steady::time_point::max();
        if (leaving && detail::Steady::now() >= _busyAt + detail::kAboutToSend) SocketReactor::onTimeout();
    }
    void onBusy() override
    {
        _busyAt = detail::Steady::now();
        takeTurn();
    }

private:
    /// A descriptor that is no socket, among the reactor's sockets.
    class DescriptorSocket : public Poco::Net::Socket
    {
    public:
        /// Takes `fd`.
        explicit DescriptorSocket(int fd) : Socket(new Descriptor(fd)) {}

    private:
        struct Descriptor : Poco::Net::SocketImpl
        {
            explicit Descriptor(int fd) : SocketImpl(fd)
            {
                if (fd < 0) throw Poco::Net::NetException("reactor", detail::errorText(errno), errno);
            }
        };
    };

    static Poco::Timespan span(std::chrono::milliseconds time)
    {
        return Poco::Timespan(std::chrono::microseconds(time).count());
    }

    static Poco::Timespan sleepOf(const detail::HostReport& report)
    {
        constexpr std::chrono::hours kLong{1};
        const int pause = report.beatPauseMs();
        return span(pause < 0 ? kLong : std::chrono::milliseconds(pause));
    }

    void takeTurn()
    {
        _report.beat();
        if (detail::Steady::now() >= _cutAt) stop();
    }

    void onStop(const Poco::AutoPtr<Poco::Net::ReadableNotification>&)
    {
        leaveStop();
        _cutAt = detail::Steady::now() + _limit;
        setTimeout(span(std::min(_limit, kLook)));
        _leave();
    }

    /// It stays readable for ever.
    void leaveStop() { removeEventHandler(_stop, _stopReadable); }

    static constexpr std::chrono::milliseconds kLook{100};  // for the limit, and for what is idle

    const detail::HostReport _report;
    const std::function<void()> _leave;
    const std::chrono::milliseconds _limit;
    detail::Steady::time_point _cutAt = detail::Steady::time_point::max();
    detail::Steady::time_point _busyAt;  // Poco calls onTimeout() with each turn that has nothing to read
    DescriptorSocket _stop;  // the host's stop descriptor, which must not be closed, as a duplicate
    DescriptorSocket
        _quiet;  // never readable: without any socket Poco's reactor needs a Poco::Thread to sleep in
    Poco::NObserver<ChildReactor, Poco::Net::ReadableNotification> _stopReadable{*this,
                                                                                 &ChildReactor::onStop};
};

}  // namespace cm
