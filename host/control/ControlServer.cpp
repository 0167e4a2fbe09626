#include "control/ControlServer.h"

#include <Poco/Exception.h>

#include "control/TcpListener.h"

namespace clustermanager::control {

ControlServer::ControlServer(ControlOptions options, core::SnapshotSource& snapshots,
                             core::CommandInbox& inbox)
    : _options(std::move(options)), _router(snapshots, inbox), _socketFile(_options.socketPath)
{}

ControlServer::~ControlServer()
{
    stop();
}

void ControlServer::start()
{
    try
    {
        _socket = std::make_unique<Transport>(_socketFile.listen(),
                                              settings(_options.socketThreads, RequestGuard()), _router);
        if (_options.tcpPort >= 0) startTcp();
    }
    catch (...)
    {
        stop();
        throw;
    }
}

void ControlServer::startTcp()
{
    if (_options.tcpPort > 65535)
        throw Poco::InvalidArgumentException("webServerPort " + std::to_string(_options.tcpPort) +
                                             " is no port: it must be 0 to 65535.");
    if (_options.token.empty() && !isLoopback(_options.tcpAddress))
        throw Poco::InvalidArgumentException("webServerAddress " + _options.tcpAddress +
                                             " can be reached from outside, so it needs a webServerToken.");
    TcpListener listener = listenOnTcp(_options.tcpAddress, static_cast<std::uint16_t>(_options.tcpPort));
    const RequestGuard guard({_options.tcpAddress, listener.port, _options.token});
    _tcp = std::make_unique<Transport>(std::move(listener.socket), settings(_options.tcpThreads, guard),
                                       _router);
    _tcpAddressInUse = endpointText(_options.tcpAddress, listener.port);
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
    if (_socket && !_socketFile.intact()) _socket->replaceListener(_socketFile.listen());
}

}  // namespace clustermanager::control
