#include "control/ControlServer.h"

#include <fcntl.h>

#include <Poco/Exception.h>

#include <cerrno>

#include "base/ListenSocket.h"
#include "base/SysError.h"
#include "control/TcpListener.h"

namespace clustermanager::control {

namespace {

FileDescriptor duplicate(const FileDescriptor& listener)
{
    FileDescriptor copy(::fcntl(listener.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) throw Poco::IOException("The control port cannot be opened: " + errnoText(errno), errno);
    return copy;
}

FileDescriptor openTcp(const ControlOptions& options)
{
    if (options.tcpPort > 65535)
        throw Poco::InvalidArgumentException("webServerPort " + std::to_string(options.tcpPort) +
                                             " is no port: it must be 0 to 65535.");
    if (options.token.empty() && !isLoopback(options.tcpAddress))
        throw Poco::InvalidArgumentException("webServerAddress " + options.tcpAddress +
                                             " can be reached from outside, so it needs a webServerToken.");
    return listenOnTcp(options.tcpAddress, static_cast<std::uint16_t>(options.tcpPort)).socket;
}

}  // namespace

ControlServer::ControlServer(ControlOptions options, core::SnapshotSource& snapshots,
                             core::CommandInbox& inbox)
    : _options(std::move(options)), _router(snapshots, inbox, _options.history),
      _socketFile(_options.socketPath)
{}

ControlServer::~ControlServer()
{
    stop();
}

void ControlServer::start()
{
    try
    {
        _socketListener = _socketFile.listen();
        if (_options.tcpPort >= 0) _tcpListener = openTcp(_options);
        serve();
    }
    catch (...)
    {
        stop();
        throw;
    }
}

void ControlServer::serve()
{
    _socket = std::make_unique<Transport>(duplicate(_socketListener),
                                          settings(_options.socketThreads, RequestGuard()), _router);
    if (!_tcpListener) return;
    const std::uint16_t port = boundPort(_tcpListener);
    const RequestGuard guard({_options.tcpAddress, port, _options.token});
    _tcp =
        std::make_unique<Transport>(duplicate(_tcpListener), settings(_options.tcpThreads, guard), _router);
    _tcpAddressInUse = endpointText(_options.tcpAddress, port);
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
    serve();
}

void ControlServer::pause()
{
    for (auto* transport : {&_tcp, &_socket})
    {
        if (*transport) (*transport)->handOver();
        transport->reset();
    }
}

void ControlServer::goOn()
{
    serve();
}

Transport::Settings ControlServer::settings(int threads, const RequestGuard& guard) const
{
    const auto check = [guard](const RequestHead& head) {
        return guard.refuse(head, Router::changes(head.target));
    };
    return {threads, _options.limits, check, _options.warn};
}

void ControlServer::stop()
{
    _socketFile.remove();
    // Whoever still connects is refused, and does not wait for what ends.
    _socketListener.reset();
    _tcpListener.reset();
    _tcp.reset();
    _socket.reset();
    _tcpAddressInUse.clear();
}

bool ControlServer::socketFileIntact() const
{
    return _socketFile.intact();
}

void ControlServer::restoreSocketFile()
{
    if (!_socket || _socketFile.intact()) return;
    _socketListener = _socketFile.listen();
    _socket->replaceListener(duplicate(_socketListener));
}

}  // namespace clustermanager::control
