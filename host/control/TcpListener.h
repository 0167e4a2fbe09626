#pragma once

#include <cstdint>
#include <string>

#include "base/FileDescriptor.h"

namespace clustermanager::control {

struct TcpListener
{
    FileDescriptor socket;  // non-blocking, close-on-exec, listening
    std::uint16_t port = 0;
};

/// Listens on an IPv4 or IPv6 address ("localhost" is 127.0.0.1); port 0 lets the kernel choose. Nobody else
/// can bind the same port while it is open. Throws Poco::IOException with one sentence that names the address
/// and says what to do.
TcpListener listenOnTcp(const std::string& address, std::uint16_t port);

/// "127.0.0.1:5111", "[::1]:5111"
std::string endpointText(const std::string& address, std::uint16_t port);

}  // namespace clustermanager::control
