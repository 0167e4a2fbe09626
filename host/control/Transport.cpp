#include "control/Transport.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <algorithm>
#include <thread>

#include "base/PrintableText.h"
#include "control/GatedServerSocket.h"
#include "control/RareWarning.h"
#include "control/RequestSocket.h"
#include "control/RouteTarget.h"

namespace clustermanager::control {

namespace {

using namespace Poco::Net;

/// A machine may be so busy that a worker needs long to come. One that did not by then may sleep for good.
constexpr Millis kFarewellTime{5'000};
constexpr Millis kFinishTime{500};

/// Poco's server counts a thread as gone a moment before its pool has it back. Where the pool had none to
/// spare, a connection that comes in that moment would wait for the threads that are left, which may all wait
/// for operations.
///
/// All of the pool's threads are there from the start: where there is no memory for one that is started
/// later, Poco 1.11 destroys what the thread waits for, and its acceptor with it waits for ever.
constexpr int kPoolPerThread = 2;

/// Answered requests cost nothing, so the threads stay; they are woken by work only.
constexpr int kNeverIdleSeconds = 24 * 3600;

/// The socket that the gate made of the request, which Poco hands on.
RequestSocket& socketOf(HTTPServerRequest& request)
{
    return dynamic_cast<RequestSocket&>(*dynamic_cast<HTTPServerRequestImpl&>(request).socket().impl());
}

/// The body goes to the socket as it is: Poco would copy it a few kilobytes at a time.
void send(Reply reply, HTTPServerRequest& request, HTTPServerResponse& response)
{
    response.setStatusAndReason(static_cast<HTTPResponse::HTTPStatus>(reply.status));
    response.setKeepAlive(false);
    for (const auto& [name, value] : allHeaders(reply)) response.set(name, value);
    const bool hasBody = reply.status != 304;
    if (hasBody) response.setContentLength64(static_cast<Poco::Int64>(reply.bodySize()));
    response.send().flush();
    if (!hasBody || request.getMethod() == HTTPRequest::HTTP_HEAD) return;
    RequestSocket& socket = socketOf(request);
    socket.sendBytes(reply.body.data(), static_cast<int>(reply.body.size()), 0);
    socket.endWith(std::move(reply.tail));
}

class RouteHandler final : public HTTPRequestHandler
{
public:
    RouteHandler(Router& router, WaitingRoom& room, StreamSeats& seats, CpuBudget& budget,
                 RareWarning& broken)
        : _router(router), _room(room), _seats(seats), _budget(budget), _broken(broken)
    {}

    void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override
    {
        _budget.spent(cpuTimeSinceLast(), Clock::now());
        std::this_thread::sleep_until(_budget.restUntil(Clock::now()));
        Reply reply = answer(request);
        if (reply.goesOn && request.getMethod() != HTTPRequest::HTTP_HEAD)
            socketOf(request).goOn(std::move(reply.goesOn));
        else
            send(std::move(reply), request, response);
    }

private:
    Reply answer(HTTPServerRequest& request)
    {
        try
        {
            Reply reply =
                _router.answer(request.getMethod(), request.getURI(),
                               {_room, _seats, socketOf(request).caller(), request.get("Last-Event-ID", "")});
            return unlessKnown(std::move(reply), request.get("If-None-Match", ""));
        }
        catch (const Poco::Exception& wrong)
        {
            return failure(request, wrong.displayText());
        }
        catch (const std::exception& wrong)
        {
            return failure(request, wrong.what());
        }
        catch (...)
        {
            return failure(request, "something that is no exception was thrown");
        }
    }

    /// What went wrong may hold what a client must not see; it also must not end this thread.
    Reply failure(const HTTPServerRequest& request, const std::string& why)
    {
        _broken.note(Clock::now(),
                     "an error inside the host: " + loggable(request.getMethod(), request.getURI()) + ": " +
                         printable(why));
        return problem(500, "The request could not be answered because of an error inside the host.");
    }

    Router& _router;
    WaitingRoom& _room;
    StreamSeats& _seats;
    CpuBudget& _budget;
    RareWarning& _broken;
};

class RouteHandlerFactory final : public HTTPRequestHandlerFactory
{
public:
    RouteHandlerFactory(Router& router, WaitingRoom& room, StreamSeats& seats, CpuBudget& budget,
                        std::shared_ptr<RareWarning> broken)
        : _router(router), _room(room), _seats(seats), _budget(budget), _broken(std::move(broken))
    {}
    HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override
    {
        return new RouteHandler(_router, _room, _seats, _budget, *_broken);
    }

private:
    Router& _router;
    WaitingRoom& _room;
    StreamSeats& _seats;
    CpuBudget& _budget;
    std::shared_ptr<RareWarning> _broken;
};

HTTPServerParams::Ptr serverParams(const Transport::Settings& settings)
{
    HTTPServerParams::Ptr params = new HTTPServerParams;
    params->setKeepAlive(false);
    params->setSoftwareVersion("");
    params->setMaxThreads(settings.threads);
    // The gate bounds the queue and says so to the client; Poco would close without a word.
    params->setMaxQueued(static_cast<int>(settings.limits.requests) + settings.threads);
    params->setThreadIdleTime(Poco::Timespan(kNeverIdleSeconds, 0));
    return params;
}

}  // namespace

Transport::Transport(FileDescriptor listener, const Settings& settings, Router& router)
    : _settings(settings), _waitingRoom(static_cast<std::size_t>(settings.threads) / 2),
      _seats(settings.streams), _mailbox(std::make_shared<GateMailbox>(settings.limits.requests)),
      _gate(std::make_shared<Gate>(std::move(listener), _mailbox, settings.limits, settings.entry,
                                   settings.warn, settings.metrics)),
      _farewell(std::make_shared<Farewell>()),
      _pool(kPoolPerThread * settings.threads, kPoolPerThread * settings.threads),
      _params(serverParams(settings)),
      _server(std::make_unique<HTTPServer>(
          new RouteHandlerFactory(router, _waitingRoom, _seats, _budget, settings.broken), _pool,
          GatedServerSocket(_gate, _mailbox, _farewell, _budget, [this] { replaceLostThreads(); }), _params))
{
    _server->start();
}

Transport::~Transport()
{
    stop();
}

/// Poco 1.11 still counts a thread that ran out of memory between two requests, which is back in its pool.
/// Only the caller starts threads, so those in use, counted first, are never fewer than those that work: what
/// is allowed never makes them more than `threads`, as many as stop() waits for.
void Transport::replaceLostThreads()
{
    const int inUse = _pool.used();
    _lostThreads = std::max(_lostThreads, _server->currentThreads() - inUse);
    _params->setMaxThreads(_settings.threads + _lostThreads);
}

void Transport::handOver()
{
    _budget.waive();
    _waitingRoom.close();
    _mailbox->finish(kFinishTime);
    stop();
}

void Transport::stop()
{
    if (!_server) return;
    _budget.waive();
    _waitingRoom.close();
    const auto workers = static_cast<std::size_t>(_settings.threads);
    _mailbox->drain(workers);
    (void)_farewell->waitForArrivals(workers, kFarewellTime);
    _mailbox->close();
    _server->stopAll(true);
    _farewell->serverStopped();
    _pool.joinAll();
    _gate->flush();
    _server.reset();
    _gate.reset();
}

}  // namespace clustermanager::control
