#pragma once

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/StreamSocket.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "clustermanager/plugin.hpp"
#include "clustermanager/poco/draining.hpp"

namespace cm {

namespace detail {

inline std::string errorText(int code)
{
    return std::generic_category().message(code);
}

/// Accepts one connection: close-on-exec and blocking, as Poco's servers expect it. -1: there is none
/// (another process may have been faster), or it was gone before we took it.
inline int acceptOne(int listener)
{
    // Whether accept() waits is a property of the socket that all processes share, and any of them may have
    // changed it. Waiting here would keep this one from its stop.
    const int flags = ::fcntl(listener, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) == 0) (void)::fcntl(listener, F_SETFL, flags | O_NONBLOCK);
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0 || errno == EAGAIN || errno == EINTR || errno == ECONNABORTED || errno == EPROTO) return fd;
    const int problem = errno;
    throw Poco::Net::NetException("accept", errorText(problem), problem);
}

/// The descriptors of the connections that came from one listener and are open now. The host is told of each.
class OpenConnections
{
public:
    explicit OpenConnections(HostReport report) : _report(report) {}

    void add(int fd)
    {
        const std::lock_guard lock(_mutex);
        if (_fds.insert(fd).second) _report.hold(1);
    }

    void remove(int fd)
    {
        const std::lock_guard lock(_mutex);
        if (_fds.erase(fd) != 0) _report.hold(-1);
    }

    /// Ends what is going on on each of them; their servers close them then.
    void abort()
    {
        const std::lock_guard lock(_mutex);
        for (const int fd : _fds) (void)::shutdown(fd, SHUT_RDWR);
    }

private:
    const HostReport _report;
    std::mutex _mutex;
    std::set<int> _fds;  // guarded by _mutex
};

class SharedConnection : public DrainingSocket
{
public:
    SharedConnection(int fd, std::shared_ptr<const Draining> draining, const HostReport& report,
                     std::shared_ptr<OpenConnections> siblings)
        : DrainingSocket(fd, std::move(draining), report), _siblings(std::move(siblings))
    {
        _siblings->add(fd);
    }
    SharedConnection(const SharedConnection&) = delete;
    SharedConnection& operator=(const SharedConnection&) = delete;

    void close() override
    {
        if (initialized()) _siblings->remove(sockfd());
        DrainingSocket::close();
    }

protected:
    ~SharedConnection() override
    {
        if (initialized()) _siblings->remove(sockfd());
    }

private:
    std::shared_ptr<OpenConnections> _siblings;
};

/// A listener that several processes share, for Poco's servers, which poll first and accept then. Between the
/// two another process may take the connection, so poll() accepts itself: it is true only when
/// acceptConnection() has a connection to give. Nothing sleeps in accept, so no stop can hang there.
///
/// It holds a duplicate of the host's descriptor: closing it takes nothing from others. What would change the
/// socket for all processes (shutdown, blocking mode) does nothing.
///
/// A server that polls it in a loop, as Poco's do, beats with each turn.
class SharedListener : public Poco::Net::ServerSocketImpl
{
public:
    SharedListener(int listener, const HostReport& report)
        : _report(report), _connections(std::make_shared<OpenConnections>(report))
    {
        const int own = ::fcntl(listener, F_DUPFD_CLOEXEC, 0);
        if (own < 0) throw Poco::Net::NetException("listener", errorText(errno), errno);
        reset(own);
    }
    SharedListener(const SharedListener&) = delete;
    SharedListener& operator=(const SharedListener&) = delete;

    bool poll(const Poco::Timespan& timeout, int mode) override
    {
        if ((mode & SELECT_READ) == 0) return ServerSocketImpl::poll(timeout, mode);
        const std::lock_guard lock(_mutex);
        if (_pending >= 0) return true;
        if (_draining->begun())
        {
            _hasLeft = true;
            std::this_thread::sleep_for(kPause);  // Poco's servers ask in a loop
            return false;
        }
        if (waitForConnection(timeout) && !_draining->begun()) _pending = acceptOne(sockfd());
        return _pending >= 0;
    }

    Poco::Net::SocketImpl* acceptConnection(Poco::Net::SocketAddress& client) override
    {
        const std::lock_guard lock(_mutex);
        const int fd = _pending >= 0 ? std::exchange(_pending, -1) : acceptOne(sockfd());
        if (fd < 0) throw Poco::TimeoutException("another process took the connection");
        _report.countAccepted();
        Poco::Net::SocketImpl* connection = new SharedConnection(fd, _draining, _report, _connections);
        try
        {
            client = connection->peerAddress();
        }
        catch (const Poco::Exception&)
        {
            client = {};  // it hung up already, or has no name: its server will see
        }
        return connection;
    }

    /// From now on poll() is false: what waits in the kernel's queue is for other processes. `halfSentLimit`
    /// later no connection waits for its client any more.
    void drain(std::chrono::milliseconds halfSentLimit) { _draining->begin(halfSentLimit); }

    /// Who polls it has been told so, and has done before whatever it does with a connection it was given.
    bool hasLeft() const { return _hasLeft; }

    void abortConnections() { _connections->abort(); }

    void shutdown() override {}
    void shutdownReceive() override {}
    void shutdownSend() override {}
    void setBlocking(bool) override {}
    bool getBlocking() const override { return false; }

protected:
    ~SharedListener() override
    {
        if (_pending >= 0) (void)::close(_pending);
    }

private:
    static constexpr std::chrono::milliseconds kPause{5};

    bool waitForConnection(const Poco::Timespan& timeout) const
    {
        const auto deadline = Steady::now() + std::chrono::microseconds(timeout.totalMicroseconds());
        for (;;)
        {
            _report.beat();
            std::array<pollfd, 2> events{{{sockfd(), POLLIN, 0}, {_draining->fd(), POLLIN, 0}}};
            (void)::poll(events.data(), events.size(), pollTimeout(deadline, _report.beatPauseMs()));
            if (events[0].revents != 0) return true;
            if (Steady::now() >= deadline || _draining->begun()) return false;
        }
    }

    std::mutex _mutex;
    int _pending = -1;  // accepted by poll(); guarded by _mutex
    std::atomic<bool> _hasLeft{false};
    std::shared_ptr<Draining> _draining = std::make_shared<Draining>();
    const HostReport _report;
    std::shared_ptr<OpenConnections> _connections;
};

/// Poco lets only its own classes make a ServerSocket of an implementation.
class SharedServerSocket : public Poco::Net::ServerSocket
{
public:
    SharedServerSocket(int listener, const HostReport& report)
        : ServerSocket(new SharedListener(listener, report), true)
    {}
};

}  // namespace detail

namespace detail {

inline Poco::Net::ServerSocket serverSocket(int listener, const HostReport& report)
{
    return Poco::Net::ServerSocket(
        static_cast<const Poco::Net::Socket&>(SharedServerSocket(listener, report)));
}

inline int namedListener(const Child& child, const std::string& name)
{
    const int listener = child.listener(name);
    if (listener < 0)
        throw Poco::NotFoundException(
            "the group has no listener '" + name +
            "': name it in [listen], and where there are several groups in plugin.NAME.listen");
    return listener;
}

}  // namespace detail

/// A listener of this process as a Poco socket, for HTTPServer, TCPServer and reactors.
inline Poco::Net::ServerSocket serverSocket(int listener)
{
    return detail::serverSocket(listener, {});
}

/// The listener of that name in [listen]; throws Poco::NotFoundException where the group has none. The host
/// sees how many of its connections are open, and a Poco server on it beats by itself.
inline Poco::Net::ServerSocket serverSocket(const Child& child, const std::string& name)
{
    return detail::serverSocket(detail::namedListener(child, name), detail::HostReport(child));
}

/// For reactors: a connection if one is there now, else nothing. Never waits.
inline std::optional<Poco::Net::StreamSocket> tryAccept(Poco::Net::ServerSocket& socket)
{
    if (!socket.poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ)) return std::nullopt;
    return socket.acceptConnection();
}

}  // namespace cm
