#pragma once

#include <Poco/Logger.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "clustermanager/poco/http_connection.hpp"
#include "clustermanager/poco/server_socket.hpp"

namespace cm {

/// An HTTP server for a listener that several processes share. Each thread accepts a connection and serves it
/// itself, so a connection is only taken where a thread is free for it at once; the others wait in the
/// kernel's queue, where any other process can take them. (Poco's HTTPServer takes in what it cannot serve
/// yet: then requests wait behind slow ones while a sibling process is idle.)
///
/// Handlers and their factory are Poco's, unchanged; the factory and handlers are called by several threads.
/// HTTPServerParams: timeout (for the head of a request, and between two reads of its body), keepAlive,
/// keepAliveTimeout, maxKeepAliveRequests and softwareVersion count; threads are given here. A connection
/// keeps its thread between two requests, for keepAliveTimeout; but where all threads are taken and somebody
/// waits for one, the next answer says "Connection: close", and who has been idle for half a second is let
/// go.
///
/// Given a child, it tells the host by itself how many requests it has served and how many connections it
/// holds, and beats: with each connection, and while it waits for one or for a client. So the watchdog ends a
/// child whose threads are all stuck in handlers; a handler that works longer than the watchdog's time has to
/// beat.
///
/// Threading: start() and stop() from one thread.
class HTTPService
{
public:
    /// A listener without a child behind it: nobody is told anything.
    HTTPService(int listener, Poco::Net::HTTPRequestHandlerFactory::Ptr factory, unsigned threads,
                Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams)
        : HTTPService(detail::HostReport(), listener, std::move(factory), threads, std::move(params))
    {}

    /// A named listener of this child.
    HTTPService(const Child& child, const std::string& listener,
                Poco::Net::HTTPRequestHandlerFactory::Ptr factory, unsigned threads,
                Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams)
        : HTTPService(detail::HostReport(child), detail::namedListener(child, listener), std::move(factory),
                      threads, std::move(params))
    {}

    HTTPService(const HTTPService&) = delete;
    HTTPService& operator=(const HTTPService&) = delete;

    ~HTTPService()
    {
        stop();
        (void)::close(_listener);
    }

    void start()
    {
        while (_threads.size() < _threadCount) _threads.emplace_back([this] { serve(); });
    }

    /// Drains: accepts nothing more (who is not accepted yet is for other processes), finishes the requests
    /// that are being served, with "Connection: close" in their answers, closes idle connections, and returns
    /// when every thread has ended. A request of which only a part has come gets `halfSentLimit` for the rest
    /// of its head and body. Later calls do nothing.
    void stop(std::chrono::milliseconds halfSentLimit = kHalfSentLimit)
    {
        _draining->begin(halfSentLimit);
        for (std::thread& thread : _threads) thread.join();
        _threads.clear();
    }

    /// Threads that serve a connection now.
    unsigned busyThreads() const { return _busy; }

private:
    HTTPService(const detail::HostReport& report, int listener,
                Poco::Net::HTTPRequestHandlerFactory::Ptr factory, unsigned threads,
                Poco::Net::HTTPServerParams::Ptr params)
        : _report(report), _listener(duplicate(listener)), _factory(std::move(factory)),
          _params(std::move(params)), _threadCount(threads == 0 ? 1 : threads)
    {}

    static int duplicate(int listener)
    {
        const int own = ::fcntl(listener, F_DUPFD_CLOEXEC, 0);
        if (own < 0) throw Poco::Net::NetException("listener", detail::errorText(errno), errno);
        return own;
    }

    static Poco::Logger& logger() { return Poco::Logger::get("HTTPService"); }

    void serve()
    {
        const int events = openEvents();
        while (!_draining->begun() && events >= 0)
        {
            std::array<epoll_event, 2> woken{};
            const int count = ::epoll_wait(events, woken.data(), woken.size(), _report.beatPauseMs());
            _report.beat();
            for (int i = 0; i < count; ++i)
                if (woken[static_cast<std::size_t>(i)].data.fd == _listener) acceptAndServe();
        }
        if (events >= 0) (void)::close(events);
    }

    /// EPOLLEXCLUSIVE: a new connection wakes one sleeping thread of all processes, not every one. So who is
    /// woken has to take it, even where a stop has come at the same time: nobody else will be woken for it.
    int openEvents() const
    {
        const int events = ::epoll_create1(EPOLL_CLOEXEC);
        epoll_event listener = {};
        listener.events = EPOLLIN | EPOLLEXCLUSIVE;
        listener.data.fd = _listener;
        epoll_event stop = {};
        stop.events = EPOLLIN;
        stop.data.fd = _draining->fd();
        if (events >= 0 && ::epoll_ctl(events, EPOLL_CTL_ADD, _listener, &listener) == 0 &&
            ::epoll_ctl(events, EPOLL_CTL_ADD, _draining->fd(), &stop) == 0)
            return events;
        logger().error("a thread cannot wait for connections: " + detail::errorText(errno));
        if (events >= 0) (void)::close(events);
        return -1;
    }

    void acceptAndServe()
    {
        ++_busy;
        try
        {
            const int fd = detail::acceptOne(_listener);
            if (fd >= 0) serveConnection(fd);
        }
        catch (const Poco::Net::NetException& problem)
        {
            const bool noDescriptor = problem.code() == EMFILE || problem.code() == ENFILE;
            if (noDescriptor) pause();
            logger().debug(problem.displayText());
        }
        catch (const Poco::Exception& problem)
        {
            logger().error(problem.displayText());
        }
        catch (const std::exception& problem)
        {
            logger().error(problem.what());
        }
        --_busy;
    }

    void serveConnection(int fd)
    {
        _report.countAccepted();
        const Held held(_report);
        const detail::HTTPSurroundings service{_params, *_factory, _draining, _report,
                                               [this] { return othersWait(); }};
        detail::HTTPConnection(fd, service).serve();
    }

    bool othersWait() const
    {
        pollfd queue{_listener, POLLIN, 0};
        return _busy >= _threadCount && ::poll(&queue, 1, 0) == 1;
    }

    /// Without a free descriptor the listener stays readable: wait for one instead of turning in a circle.
    void pause() const
    {
        constexpr int kPauseMs = 100;
        pollfd stop{_draining->fd(), POLLIN, 0};
        (void)::poll(&stop, 1, kPauseMs);
    }

    /// One connection of those that the host is told of.
    class Held
    {
    public:
        explicit Held(const detail::HostReport& report) : _report(report) { _report.hold(1); }
        ~Held() { _report.hold(-1); }
        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;

    private:
        const detail::HostReport& _report;
    };

    const detail::HostReport _report;
    std::shared_ptr<detail::Draining> _draining = std::make_shared<detail::Draining>();
    int _listener;
    Poco::Net::HTTPRequestHandlerFactory::Ptr _factory;
    Poco::Net::HTTPServerParams::Ptr _params;
    std::size_t _threadCount;
    std::vector<std::thread> _threads;
    std::atomic<unsigned> _busy{0};
};

}  // namespace cm
