#pragma once

#include <Poco/Logger.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
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
/// keeps its thread between two requests, for keepAliveTimeout.
///
/// Threading: start() and stop() from one thread.
class HTTPService
{
public:
    HTTPService(int listener, Poco::Net::HTTPRequestHandlerFactory::Ptr factory, unsigned threads,
                Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams)
        : _listener(duplicate(listener)), _stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), _factory(factory),
          _params(params), _threadCount(threads == 0 ? 1 : threads)
    {
        if (_stop < 0) throw Poco::Net::NetException("eventfd", detail::errorText(errno), errno);
    }

    /// A named listener of this child.
    HTTPService(const Child& child, const std::string& listener,
                Poco::Net::HTTPRequestHandlerFactory::Ptr factory, unsigned threads,
                Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams)
        : HTTPService(named(child, listener), factory, threads, params)
    {}

    HTTPService(const HTTPService&) = delete;
    HTTPService& operator=(const HTTPService&) = delete;

    ~HTTPService()
    {
        stop();
        (void)::close(_stop);
        (void)::close(_listener);
    }

    void start()
    {
        while (_threads.size() < _threadCount) _threads.emplace_back([this] { serve(); });
    }

    /// Drains: accepts nothing more, finishes the requests that are being served, with "Connection: close" in
    /// their answers, closes idle connections at once, and returns when every thread has ended. Later calls
    /// do nothing.
    void stop()
    {
        const std::uint64_t one = 1;
        _stopping = true;
        (void)!::write(_stop, &one, sizeof one);
        for (std::thread& thread : _threads) thread.join();
        _threads.clear();
    }

    /// Threads that serve a connection now.
    unsigned busyThreads() const { return _busy; }

private:
    static int duplicate(int listener)
    {
        const int own = ::fcntl(listener, F_DUPFD_CLOEXEC, 0);
        if (own < 0) throw Poco::Net::NetException("listener", detail::errorText(errno), errno);
        return own;
    }

    static int named(const Child& child, const std::string& name)
    {
        const int listener = child.listener(name);
        if (listener < 0)
            throw Poco::NotFoundException("the group has no listener '" + name + "': name it in [listen]");
        return listener;
    }

    static Poco::Logger& logger() { return Poco::Logger::get("HTTPService"); }

    void serve()
    {
        const int events = openEvents();
        while (!_stopping && events >= 0)
        {
            epoll_event event = {};
            if (::epoll_wait(events, &event, 1, -1) == 1 && !_stopping) acceptAndServe();
        }
        if (events >= 0) (void)::close(events);
    }

    /// EPOLLEXCLUSIVE: a new connection wakes one sleeping thread of all processes, not every one.
    int openEvents() const
    {
        const int events = ::epoll_create1(EPOLL_CLOEXEC);
        epoll_event listener = {};
        listener.events = EPOLLIN | EPOLLEXCLUSIVE;
        epoll_event stop = {};
        stop.events = EPOLLIN;
        if (events >= 0 && ::epoll_ctl(events, EPOLL_CTL_ADD, _listener, &listener) == 0 &&
            ::epoll_ctl(events, EPOLL_CTL_ADD, _stop, &stop) == 0)
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
            if (fd >= 0) detail::HTTPConnection(fd, _params, *_factory, {_stopping, _stop}).serve();
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

    /// Without a free descriptor the listener stays readable: wait for one instead of turning in a circle.
    void pause() const
    {
        constexpr int kPauseMs = 100;
        pollfd stop{_stop, POLLIN, 0};
        (void)::poll(&stop, 1, kPauseMs);
    }

    int _listener;
    int _stop;  // an eventfd: readable once stop() is called
    Poco::Net::HTTPRequestHandlerFactory::Ptr _factory;
    Poco::Net::HTTPServerParams::Ptr _params;
    std::size_t _threadCount;
    std::vector<std::thread> _threads;
    std::atomic<bool> _stopping{false};
    std::atomic<unsigned> _busy{0};
};

}  // namespace cm
