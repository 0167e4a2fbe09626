#pragma once

#include <Poco/Exception.h>
#include <Poco/Logger.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponseImpl.h>
#include <Poco/Net/HTTPServerSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timestamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "clustermanager/plugin.hpp"
#include "clustermanager/poco/draining.hpp"
#include "clustermanager/poco/host_report.hpp"

namespace cm::detail {

/// The largest head (request line and headers) that is taken.
constexpr std::size_t kHttpHeadMax = 16'384;

/// Poco's session, and whether it has read more than it has given out.
class HTTPSessionWithBuffer : public Poco::Net::HTTPServerSession
{
public:
    using HTTPServerSession::HTTPServerSession;
    bool hasBuffered() const { return buffered() > 0; }
};

/// What a connection has to know of the service around it.
struct HTTPSurroundings
{
    Poco::Net::HTTPServerParams::Ptr params;
    Poco::Net::HTTPRequestHandlerFactory& factory;
    std::shared_ptr<const Draining> draining;
    const HostReport& report;
    std::function<bool()> othersWait;  // connections, while no thread is free for them

    /// A connection that is between two requests shall not have another one.
    bool wantsItToLeave() const { return draining->begun() || othersWait(); }
};

/// An answer that says "Connection: close" where the service drains when its head is written, so that the
/// client sends no other request that nobody would take; or where others wait for a thread.
class ClosingResponse : public Poco::Net::HTTPServerResponseImpl
{
public:
    ClosingResponse(Poco::Net::HTTPServerSession& session, const HTTPSurroundings& service)
        : HTTPServerResponseImpl(session), _service(service)
    {}

    /// Poco writes a head twice, the first time to measure it: both must be the same.
    void write(std::ostream& out) const override
    {
        const bool decided = std::exchange(_decided, true);
        if (!decided && getKeepAlive() && getStatus() != HTTP_SWITCHING_PROTOCOLS &&
            _service.wantsItToLeave())
            _self->setKeepAlive(false);
        HTTPServerResponseImpl::write(out);
    }

private:
    const HTTPSurroundings& _service;
    ClosingResponse* const _self = this;  // write() is const in Poco
    mutable bool _decided = false;
};

/// One accepted connection, served to its end by the thread that accepted it.
///
/// A request is handed to Poco's parser when its whole head has arrived, within params->getTimeout() in all:
/// Poco itself limits the time between two bytes only, and acts on a head that is cut off. A connection with
/// a request that has a body is closed after the answer, as Poco would read what the handler left of the body
/// as the next request.
///
/// Once the service drains, the next answer is the last one, a connection that is idle is closed, and what of
/// a request is not there at the drain's limit is not waited for. Where others wait for a thread, it makes
/// room in the same way, but that nothing is cut.
class HTTPConnection
{
public:
    /// Takes `fd`.
    HTTPConnection(int fd, const HTTPSurroundings& service)
        : _socket(new DrainingSocket(fd, service.draining, service.report)), _service(service),
          _params(service.params), _session(_socket, service.params)
    {
        int yes = 1;  // not for Unix sockets, where it fails and means nothing
        (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }

    void serve()
    {
        while (waitForHead() && serveRequest())
        {}
        if (!wasDetached()) closeGently();
    }

private:
    enum class Head
    {
        Whole,
        Partial,
        TooLarge,
        Closed
    };

    static Steady::duration duration(const Poco::Timespan& span)
    {
        return std::chrono::microseconds(span.totalMicroseconds());
    }

    /// The handler has taken the connection over, as a web socket's does.
    bool wasDetached() { return _session.socket().impl() != _socket.impl(); }

    bool mayHaveAnother() const
    {
        const int most = _params->getMaxKeepAliveRequests();
        return _params->getKeepAlive() && !_service.draining->begun() && (most <= 0 || _served < most);
    }

    /// True: a request's head is there. A client gets `timeout` for its head; between two requests a
    /// connection without a first byte is idle and is let go after keepAliveTimeout.
    bool waitForHead()
    {
        if (_session.hasBuffered()) return true;  // pipelined behind the last one
        if (_served == 0 && lookAtHead() == Head::Whole) return true;
        if (!waitForFirstByte()) return false;

        const Steady::time_point timeout = Steady::now() + duration(_params->getTimeout());
        for (;;)
        {
            switch (lookAtHead())
            {
            case Head::Whole: return true;
            case Head::Closed: return false;
            case Head::TooLarge: return refuse(Poco::Net::HTTPResponse::HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE);
            case Head::Partial: break;
            }
            if (Steady::now() >= std::min(timeout, _service.draining->cutAt()))
                return refuse(Poco::Net::HTTPResponse::HTTP_REQUEST_TIMEOUT);
            _service.report.beat();
            constexpr int kSlowClientMs = 10;  // a plain poll would see the same part of the head at once
            (void)::poll(nullptr, 0, kSlowClientMs);
        }
    }

    bool waitForFirstByte()
    {
        const bool first = _served == 0;
        const Steady::time_point start = Steady::now();
        Steady::time_point deadline =
            start + duration(first ? _params->getTimeout() : _params->getKeepAliveTimeout());
        for (bool draining = false;;)
        {
            if (!draining && _service.draining->begun())
            {
                draining = true;
                deadline = std::min(deadline, (first ? Steady::now() : start) + kAboutToSend);
            }
            // One that may be idle looks from time to time whether others wait for its thread.
            const Steady::time_point look =
                first ? deadline : std::min(deadline, Steady::now() + kAboutToSend);
            std::array<pollfd, 2> events{{{_socket.impl()->sockfd(), POLLIN, 0},
                                          {draining ? -1 : _service.draining->fd(), POLLIN, 0}}};
            (void)::poll(events.data(), events.size(), pollTimeout(look, _service.report.beatPauseMs()));
            if (events[0].revents != 0) return true;
            const Steady::time_point now = Steady::now();
            const bool makesRoom = !first && now >= start + kAboutToSend && _service.othersWait();
            // A last look: the client may have sent while this thread had no processor.
            if (now >= deadline || makesRoom) return ::poll(events.data(), 1, 0) == 1;
            _service.report.beat();
        }
    }

    Head lookAtHead() const
    {
        std::array<char, kHttpHeadMax> bytes;
        const ssize_t got =
            ::recv(_socket.impl()->sockfd(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
        if (got < 0) return errno == EAGAIN || errno == EINTR ? Head::Partial : Head::Closed;
        if (got == 0) return Head::Closed;
        const std::string_view head(bytes.data(), static_cast<std::size_t>(got));
        const std::size_t start = head.find_first_not_of("\r\n");  // Poco skips blank lines
        if (head.find("\r\n\r\n", start) != std::string_view::npos) return Head::Whole;
        if (head.size() == bytes.size()) return Head::TooLarge;
        // Where the client has closed its side nothing more can come.
        pollfd event{_socket.impl()->sockfd(), POLLRDHUP, 0};
        return ::poll(&event, 1, 0) == 1 ? Head::Closed : Head::Partial;
    }

    /// True: the connection can have another request.
    bool serveRequest()
    {
        ++_served;
        ClosingResponse response(_session, _service);
        try
        {
            Poco::Net::HTTPServerRequestImpl request(response, _session, _params.get());
            answer(request, response);
            _service.report.countRequest();
            return response.getKeepAlive() && !wasDetached();
        }
        catch (const Poco::Net::NoMessageException&)
        {}
        catch (const Poco::Net::MessageException&)
        {
            (void)refuse(Poco::Net::HTTPResponse::HTTP_BAD_REQUEST);
        }
        return false;
    }

    void answer(Poco::Net::HTTPServerRequestImpl& request, Poco::Net::HTTPServerResponseImpl& response)
    {
        const bool hasBody = request.getChunkedTransferEncoding() ||
                             (request.hasContentLength() && request.getContentLength64() != 0);
        response.setDate(Poco::Timestamp());
        response.setVersion(request.getVersion());
        response.setKeepAlive(request.getKeepAlive() && !hasBody && mayHaveAnother());
        if (!_params->getSoftwareVersion().empty()) response.set("Server", _params->getSoftwareVersion());
        try
        {
            callHandler(request, response);
        }
        catch (...)
        {
            report(request);
            response.setKeepAlive(false);
            if (!response.sent()) (void)refuse(Poco::Net::HTTPResponse::HTTP_INTERNAL_SERVER_ERROR);
        }
    }

    void callHandler(Poco::Net::HTTPServerRequestImpl& request, Poco::Net::HTTPServerResponseImpl& response)
    {
        const std::unique_ptr<Poco::Net::HTTPRequestHandler> handler(
            _service.factory.createRequestHandler(request));
        if (!handler)
        {
            response.setKeepAlive(false);
            (void)refuse(Poco::Net::HTTPResponse::HTTP_NOT_IMPLEMENTED);
            return;
        }
        if (request.getExpectContinue() && response.getStatus() == Poco::Net::HTTPResponse::HTTP_OK)
            response.sendContinue();
        handler->handleRequest(request, response);
    }

    /// A client that hangs up is no mistake of the handler.
    void report(const Poco::Net::HTTPServerRequestImpl& request) const
    {
        Poco::Logger& logger = Poco::Logger::get("HTTPService");
        const std::string text = request.getMethod() + " " + request.getURI() + ": the handler threw " +
                                 currentTypeName() + ": " + describe();
        if (_session.networkException() != nullptr)
            logger.debug(text);
        else
            logger.error(text);
    }

    /// Answers without a handler. False, so that the caller can say what follows.
    bool refuse(Poco::Net::HTTPResponse::HTTPStatus status)
    {
        try
        {
            Poco::Net::HTTPServerResponseImpl response(_session);
            response.setVersion(Poco::Net::HTTPMessage::HTTP_1_1);
            response.setStatusAndReason(status);
            response.setKeepAlive(false);
            response.setContentLength(0);
            response.send();
        }
        catch (const Poco::Exception&)
        {
            // The client is gone: there is nobody to be told.
        }
        return false;
    }

    /// Closing a socket that holds unread bytes resets the connection, and the client may lose the answer: so
    /// our side is closed first, and what still comes is read for a moment.
    void closeGently()
    {
        constexpr int kLooks = 20;
        constexpr int kLookMs = 50;
        const int fd = _socket.impl()->sockfd();
        std::array<char, 4096> rest;
        if (::recv(fd, rest.data(), rest.size(), MSG_PEEK | MSG_DONTWAIT) <= 0) return;
        (void)::shutdown(fd, SHUT_WR);
        for (int i = 0; i < kLooks; ++i)
        {
            pollfd event{fd, POLLIN, 0};
            if (::poll(&event, 1, kLookMs) != 1) continue;
            if (::recv(fd, rest.data(), rest.size(), MSG_DONTWAIT) == 0) return;
        }
    }

    Poco::Net::StreamSocket _socket;
    const HTTPSurroundings& _service;
    Poco::Net::HTTPServerParams::Ptr _params;
    int _served = 0;
    HTTPSessionWithBuffer _session;
};

}  // namespace cm::detail
