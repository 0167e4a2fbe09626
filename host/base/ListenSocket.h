#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/FileDescriptor.h"
#include "base/SysError.h"

/// Making listening sockets: close-on-exec, non-blocking, with the longest queue the kernel allows.
namespace clustermanager {

/// Listens on TCP. `host` is a literal address or a name, port 0 lets the kernel choose. SO_REUSEADDR without
/// SO_REUSEPORT: two hosts never share a port unseen.
Result<FileDescriptor> listenTcp(const std::string& host, std::uint16_t port);

/// Listens on a Unix socket with exactly this mode, and of this group where there is one: nobody can connect
/// before it has both. A socket file that nobody listens
/// on any more is replaced; one that somebody does listen on is EADDRINUSE, and anything else in its place
/// ENOTSOCK.
Result<FileDescriptor> listenUnix(const std::string& path, unsigned mode,
                                  std::optional<gid_t> group = std::nullopt);

/// Gives the file of a Unix socket, and nothing else that may have taken its place, that mode and group.
Result<int> setRights(const std::string& path, unsigned mode, std::optional<gid_t> group);

/// "127.0.0.1:8080", "[::1]:8080" or "unix:/run/x.sock": what a listening socket is bound to.
std::string boundAddress(const FileDescriptor& socket);

/// The same of what listenTcp() would bind; "" where `host` cannot be looked up.
std::string addressToBind(const std::string& host, std::uint16_t port);

/// The port of a listening TCP socket; 0 for another one.
std::uint16_t boundPort(const FileDescriptor& socket);

/// A listening TCP socket that a child has shut down listens again. A Unix socket cannot: EINVAL.
Result<int> listenAgain(const FileDescriptor& socket);

}  // namespace clustermanager
