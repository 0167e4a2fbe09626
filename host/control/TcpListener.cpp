#include "control/TcpListener.h"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>

#include <cerrno>

#include "base/ListenSocket.h"
#include "base/SysError.h"

namespace clustermanager::control {

namespace {

using Poco::Net::IPAddress;

[[noreturn]] void fail(const std::string& endpoint, int code)
{
    const std::string start = "The control port cannot listen on " + endpoint + ": ";
    switch (code)
    {
    case EADDRINUSE:
        throw Poco::IOException(
            start + "another program uses it; stop that one or set another webServerPort.", code);
    case EACCES:
        throw Poco::IOException(start + "a port below 1024 needs a privilege (CAP_NET_BIND_SERVICE); set a "
                                        "higher webServerPort.",
                                code);
    case EADDRNOTAVAIL:
        throw Poco::IOException(start + "this machine does not have that address; correct webServerAddress.",
                                code);
    case EAFNOSUPPORT:
        throw Poco::IOException(start + "this machine has that kind of address switched off; correct "
                                        "webServerAddress.",
                                code);
    default: throw Poco::IOException(start + errnoText(code) + ".", code);
    }
}

IPAddress parseAddress(const std::string& address)
{
    IPAddress parsed;
    if (IPAddress::tryParse(address == "localhost" ? "127.0.0.1" : address, parsed)) return parsed;
    throw Poco::IOException("The control port cannot listen on '" + address +
                                "': webServerAddress must be an IPv4 or IPv6 address or localhost.",
                            EADDRNOTAVAIL);
}

}  // namespace

TcpListener listenOnTcp(const std::string& address, std::uint16_t port)
{
    Result<FileDescriptor> socket = listenTcp(parseAddress(address).toString(), port);
    if (!socket) fail(endpointText(address, port), socket.error().code);
    const std::uint16_t bound = boundPort(socket.value());
    return {std::move(socket.value()), bound};
}

std::string endpointText(const std::string& address, std::uint16_t port)
{
    const bool ipv6 = address.find(':') != std::string::npos;
    return (ipv6 ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

}  // namespace clustermanager::control
