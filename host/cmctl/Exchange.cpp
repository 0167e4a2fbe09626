#include "cmctl/Exchange.h"

#include <poll.h>
#include <sys/socket.h>

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>

#include <cerrno>

#include "base/PrintableText.h"
#include "base/SysError.h"
#include "cmctl/Failure.h"

namespace clustermanager::cmctl {

namespace {

using Poco::Net::HTTPRequest;
using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

constexpr int kPauseMs = 20;

Poco::Timespan timespan(Millis time)
{
    return Poco::Timespan(time.count() * 1000);
}

std::string why(const Poco::Exception& problem)
{
    return problem.code() != 0 ? errnoText(problem.code()) : printable(problem.displayText());
}

/// What one can do about it.
std::string advice(const Target& target, int code)
{
    if (target.kind != Target::Kind::Unix) return "Does it serve there, and is it http or https?";
    if (code == EACCES)
        return "Its owner alone may use it, unless controlSocketMode says otherwise: try it as that user, or "
               "--url";
    return "Does the host run? If its socket lies elsewhere, say so by --socket=PATH, CM_CONTROL_SOCKET or "
           "--config=FILE";
}

Failure cannotReach(const Target& target, const Poco::Exception& problem)
{
    return unreachable("cannot reach the host at " + printable(target.text()) + " (by " +
                       printable(target.foundBy) + "): " + why(problem) + ". " +
                       advice(target, problem.code()));
}

/// The kernel refuses at once where a Unix socket's queue is full; it may not be for long.
StreamSocket connectUnix(const SocketAddress& address, Millis patience)
{
    const TimePoint deadline = Clock::now() + patience;
    for (;;)
    {
        try
        {
            StreamSocket socket;
            socket.connect(address, timespan(patience));
            return socket;
        }
        catch (const Poco::Exception& problem)
        {
            if (problem.code() != EAGAIN || Clock::now() > deadline) throw;
            (void)::poll(nullptr, 0, kPauseMs);
        }
    }
}

/// One that connects when it is told to, and not once more for the first request: keep-alive prevents that.
class TlsSession : public Poco::Net::HTTPSClientSession
{
public:
    using Poco::Net::HTTPSClientSession::HTTPSClientSession;

    void open(const Poco::Timespan& patience)
    {
        setTimeout(patience);
        setKeepAlive(true);
        setKeepAliveTimeout(Poco::Timespan(Poco::Timespan::DAYS));
        reconnect();
    }
};

/// Poco's session cannot connect to a Unix socket itself (1.11): it gets one that is connected.
std::unique_ptr<Poco::Net::HTTPClientSession> connect(const Target& target, Millis patience)
{
    if (target.kind == Target::Kind::Unix)
        return std::make_unique<Poco::Net::HTTPClientSession>(
            connectUnix(SocketAddress(SocketAddress::UNIX_LOCAL, target.path), patience));
    if (target.kind == Target::Kind::Http)
    {
        StreamSocket socket;
        socket.connect(SocketAddress(target.host, target.port), timespan(patience));
        return std::make_unique<Poco::Net::HTTPClientSession>(socket);
    }
    using Poco::Net::Context;
    Context::Ptr context = new Context(Context::TLS_CLIENT_USE, target.keyFile, target.certFile,
                                       target.caFile, Context::VERIFY_STRICT, 9, target.caFile.empty());
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    context->enableExtendedCertificateVerification(true);
    auto session = std::make_unique<TlsSession>(target.host, target.port, context);
    session->open(timespan(patience));
    return session;
}

}  // namespace

Exchange::Exchange(const Target& target, Millis patience) : _token(target.token)
{
    try
    {
        _session = connect(target, patience);
        _socket = _session->socket();
        _socket.setSendTimeout(timespan(patience));
        setReadTimeout(patience);
    }
    catch (const Poco::Exception& problem)
    {
        throw cannotReach(target, problem);
    }
    _host = "localhost";
    if (target.kind != Target::Kind::Unix) _host = target.text().substr(target.text().find("//") + 2);
}

int Exchange::send(const std::string& method, const std::string& path, const std::string& lastEventId)
{
    HTTPRequest request(method, path, HTTPRequest::HTTP_1_1);
    request.set(HTTPRequest::HOST, _host);
    request.setKeepAlive(false);
    if (method == HTTPRequest::HTTP_POST) request.setContentLength(0);
    if (!_token.empty()) request.set("Authorization", "Bearer " + _token);
    if (!lastEventId.empty()) request.set("Last-Event-ID", lastEventId);
    (void)_session->sendRequest(request);
    _body = &_session->receiveResponse(_response);
    return static_cast<int>(_response.getStatus());
}

void Exchange::setReadTimeout(Millis patience)
{
    _socket.setReceiveTimeout(timespan(patience));
}

void Exchange::abort() noexcept
{
    (void)::shutdown(_socket.impl()->sockfd(), SHUT_RDWR);
}

Deadline::Deadline(Exchange& exchange, Millis patience)
    : _watch([this, &exchange, patience] {
          std::unique_lock lock(_mutex);
          _passed = !_changed.wait_for(lock, patience, [this] { return _over; });
          if (_passed) exchange.abort();
      })
{}

Deadline::~Deadline()
{
    {
        const std::lock_guard lock(_mutex);
        _over = true;
    }
    _changed.notify_one();
    _watch.join();
}

bool Deadline::passed() const
{
    const std::lock_guard lock(_mutex);
    return _passed;
}

}  // namespace clustermanager::cmctl
