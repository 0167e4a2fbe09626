#include "control/ControlServer.h"

#include <fcntl.h>

#include <Poco/Exception.h>

#include <cerrno>

#include "base/ListenSocket.h"
#include "base/SysError.h"
#include "control/RareWarning.h"
#include "control/RouteTarget.h"
#include "control/TcpListener.h"

namespace clustermanager::control {

namespace {

FileDescriptor duplicate(const FileDescriptor& listener)
{
    FileDescriptor copy(::fcntl(listener.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) throw Poco::IOException("The control port cannot be opened: " + errnoText(errno), errno);
    return copy;
}

void requireGuard(const ControlAccess& access)
{
    if (access.tcpPort > 65535)
        throw Poco::InvalidArgumentException("webServerPort " + std::to_string(access.tcpPort) +
                                             " is no port: it must be 0 to 65535.");
    const bool guarded = !access.tokens.empty() || !access.certificates.clientCa.empty();
    if (access.tcpPort >= 0 && !guarded && !isLoopback(access.tcpAddress))
        throw Poco::InvalidArgumentException("webServerAddress " + access.tcpAddress +
                                             " can be reached from outside, so it needs a webServerToken.");
}

FileDescriptor openTcp(const ControlAccess& access)
{
    return listenOnTcp(access.tcpAddress, static_cast<std::uint16_t>(access.tcpPort)).socket;
}

/// None where TLS is not asked for.
std::shared_ptr<const access::TlsContext> tlsOf(const access::Certificates& certificates)
{
    if (certificates.chain.empty()) return nullptr;
    auto made = access::TlsContext::make(certificates);
    if (const auto* problem = std::get_if<access::CertificateProblem>(&made))
        throw Poco::InvalidArgumentException("The control port cannot speak TLS: one of its files " +
                                             problem->text + ".");
    return std::get<std::shared_ptr<const access::TlsContext>>(std::move(made));
}

bool forbids(const std::variant<Caller, Reply>& verdict)
{
    const auto* reply = std::get_if<Reply>(&verdict);
    return reply != nullptr && (reply->status == 401 || reply->status == 403);
}

}  // namespace

ControlServer::ControlServer(ControlOptions options, core::SnapshotSource& snapshots,
                             core::CommandInbox& inbox, core::OccurrenceSource& occurrences)
    : _options(std::move(options)), _streams(occurrences, _options.streaming),
      _router(snapshots, inbox, occurrences, _streams, _options.audit, _options.history, _options.metrics),
      _socketFile(_options.socketPath, _options.socketRights),
      _broken(std::make_shared<RareWarning>(_options.warn, "more requests failed"))
{}

ControlServer::~ControlServer()
{
    stop();
}

void ControlServer::start()
{
    try
    {
        requireGuard(_options);
        std::shared_ptr<const access::TlsContext> tls = tlsOf(_options.certificates);
        _socketListener = _socketFile.listen();
        if (_options.tcpPort >= 0) _tcpListener = openTcp(_options);
        serve(std::move(tls));
    }
    catch (...)
    {
        stop();
        throw;
    }
}

void ControlServer::serve(std::shared_ptr<const access::TlsContext> tls)
{
    _tls = std::move(tls);
    _streams.start();
    _socketRules = std::make_shared<EntryRules>(socketRules());
    _socket = std::make_unique<Transport>(duplicate(_socketListener),
                                          settings(_options.socketThreads, _socketRules), _router);
    if (_tcpListener) serveTcp();
}

void ControlServer::serveTcp()
{
    _tcpRules = std::make_shared<EntryRules>(tcpRules());
    _tcp = std::make_unique<Transport>(duplicate(_tcpListener), settings(_options.tcpThreads, _tcpRules),
                                       _router);
}

EntryRules::Rules ControlServer::socketRules() const
{
    return {RequestGuard(RequestGuard::SocketAccess{_options.socketRights.group}), nullptr};
}

EntryRules::Rules ControlServer::tcpRules() const
{
    const std::uint16_t port = _tcpListener ? boundPort(_tcpListener) : std::uint16_t{0};
    return {RequestGuard({_options.tcpAddress, port, _options.tokens, _tls != nullptr}), _tls};
}

Transport::Settings ControlServer::settings(int threads, const std::shared_ptr<EntryRules>& rules) const
{
    const auto attempts = std::make_shared<RareWarning>(_options.warn, "more attempts were refused");
    const auto stream = [rules](FileDescriptor socket) {
        const auto tls = rules->current()->tls;
        return tls ? tls->stream(std::move(socket)) : plainStream(std::move(socket));
    };
    const auto check = [rules, attempts](const RequestHead& head, const Peer& peer, const ByteStream& bytes) {
        std::variant<Caller, Reply> verdict = rules->current()->guard.judge(
            head, Router::need(head.target), peer, bytes.descriptor(), bytes.certificateName());
        // No name of a user, which would have to be looked up.
        if (forbids(verdict))
            attempts->note(Clock::now(), "refused: " + loggable(head.method, head.target) + " by " +
                                             (peer.uid ? "uid " + std::to_string(*peer.uid) : peer.address) +
                                             ": " + std::to_string(std::get<Reply>(verdict).status));
        return verdict;
    };
    return {threads,       _options.limits, {stream, check}, _options.streams,
            _options.warn, _broken,         _options.metrics};
}

std::function<void()> ControlServer::prepare(ControlAccess access)
{
    struct Next
    {
        ControlAccess access;
        std::shared_ptr<const access::TlsContext> tls;
        bool otherAddress = false;
        FileDescriptor tcp;     // of another address
        FileDescriptor ofGate;  // the same again
    };
    const auto next = std::make_shared<Next>();
    access.socketPath = _options.socketPath;
    requireGuard(access);
    next->tls = tlsOf(access.certificates);
    next->otherAddress = access.tcpPort != _options.tcpPort || access.tcpAddress != _options.tcpAddress;
    if (next->otherAddress && access.tcpPort >= 0)
    {
        next->tcp = openTcp(access);
        next->ofGate = duplicate(next->tcp);
    }
    next->access = std::move(access);
    return [this, next] {
        static_cast<ControlAccess&>(_options) = next->access;
        _tls = next->tls;
        changeSocketFile();
        _socketRules->replace(socketRules());
        if (next->otherAddress) _tcpListener = std::move(next->tcp);
        if (!_tcp && _tcpListener) return serveTcp();
        if (!_tcp) return;
        _tcpRules->replace(tcpRules());
        if (next->otherAddress) _tcp->replaceListener(std::move(next->ofGate));
    };
}

/// All else is in force then: a file that keeps its rights is no reason to keep old tokens.
void ControlServer::changeSocketFile()
{
    try
    {
        _socketFile.change(_options.socketRights);
    }
    catch (const Poco::Exception& problem)
    {
        if (_options.warn) _options.warn(problem.message() + " It keeps the mode and group it has.");
    }
}

ControlServer::State ControlServer::state() const
{
    return {handed(_socketListener), _socketFile.state(), handed(_tcpListener)};
}

void ControlServer::resume(const State& state)
{
    _socketListener = adopt(state.socket);
    _socketFile.resume(state.file);
    _tcpListener = adopt(state.tcp);
    serve(tlsOf(_options.certificates));
}

void ControlServer::pause()
{
    for (auto* transport : {&_tcp, &_socket})
    {
        if (*transport) (*transport)->handOver();
        transport->reset();
    }
    _streams.stop("the host goes on in another program; connect again");
}

void ControlServer::goOn()
{
    serve(_tls);
}

void ControlServer::stop()
{
    _socketFile.remove();
    // Whoever still connects is refused, and does not wait for what ends.
    _socketListener.reset();
    _tcpListener.reset();
    _tcp.reset();
    _socket.reset();
    _streams.stop("the host has stopped");
}

std::string ControlServer::tcpAddressInUse() const
{
    return _tcpListener ? endpointText(_options.tcpAddress, boundPort(_tcpListener)) : "";
}

std::string ControlServer::url() const
{
    return _tcpListener ? (_tls ? "https://" : "http://") + tcpAddressInUse() + '/' : "";
}

bool ControlServer::socketFileIntact() const
{
    return !_socket || _socketFile.intact();
}

void ControlServer::restoreSocketFile()
{
    if (!_socket || _socketFile.intact()) return;
    _socketListener = _socketFile.listen();
    _socket->replaceListener(duplicate(_socketListener));
}

}  // namespace clustermanager::control
