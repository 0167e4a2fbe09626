#include "base/ListenSocket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

namespace clustermanager {
namespace {

constexpr int kBacklog = 65'535;  // the kernel cuts it to net.core.somaxconn

union AnyAddress {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
};

std::string printed(const std::string& host, std::uint16_t port)
{
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string printed(const AnyAddress& address)
{
    std::array<char, INET6_ADDRSTRLEN> text = {};
    if (address.any.sa_family == AF_INET)
        return printed(::inet_ntop(AF_INET, &address.v4.sin_addr, text.data(), text.size()),
                       ntohs(address.v4.sin_port));
    if (address.any.sa_family == AF_INET6)
        return printed(::inet_ntop(AF_INET6, &address.v6.sin6_addr, text.data(), text.size()),
                       ntohs(address.v6.sin6_port));
    return std::string("unix:") + address.local.sun_path;
}

Result<FileDescriptor> bindAndListen(const addrinfo& target, const std::string& address)
{
    FileDescriptor socket(::socket(target.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return SysError{"socket", address, errno};
    const int on = 1;
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (target.ai_family == AF_INET6)
        (void)::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(socket.get(), target.ai_addr, target.ai_addrlen) != 0) return SysError{"bind", address, errno};
    if (::listen(socket.get(), kBacklog) != 0) return SysError{"listen", address, errno};
    return socket;
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> lookUp(const std::string& host, std::uint16_t port)
{
    addrinfo wanted = {};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
    if (error == EAI_SYSTEM) return SysError{"look up", host, errno};
    if (error != 0)
        return SysError{"look up (" + std::string(::gai_strerror(error)) + ")", host, EADDRNOTAVAIL};
    return Addresses(found, &::freeaddrinfo);
}

std::optional<sockaddr_un> unixAddress(const std::string& path)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// 0 where nothing is at the address any more, else why it cannot be had.
int clearStale(const sockaddr_un& address)
{
    struct stat facts = {};
    if (::lstat(address.sun_path, &facts) != 0) return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(facts.st_mode)) return ENOTSOCK;

    const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!probe) return errno;
    // Refused: nobody listens any more.
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return EADDRINUSE;
    if (errno == EAGAIN) return EADDRINUSE;  // a listener whose queue is full
    if (errno != ECONNREFUSED) return errno == ENOENT ? 0 : errno;
    return ::unlink(address.sun_path) == 0 || errno == ENOENT ? 0 : errno;
}

}  // namespace

Result<FileDescriptor> listenTcp(const std::string& host, std::uint16_t port)
{
    const std::string address = printed(host, port);
    const Result<Addresses> found = lookUp(host, port);
    if (!found) return found.error();
    const addrinfo& first = *found.value();
    Result<FileDescriptor> socket = bindAndListen(first, address);
    if (port != 0 || !socket) return socket;

    // A port that the kernel chose is lost when the socket is shut down; one that was asked for is kept. So
    // its choice is asked for, and where somebody else was faster, the first socket will do.
    const std::uint16_t chosen = boundPort(socket.value());
    socket.value().reset();
    Result<FileDescriptor> kept = listenTcp(host, chosen);
    return kept ? std::move(kept) : bindAndListen(first, address);
}

Result<FileDescriptor> listenUnix(const std::string& path, unsigned mode, std::optional<gid_t> group)
{
    const std::optional<sockaddr_un> address = unixAddress(path);
    if (!address) return SysError{"bind", path, ENAMETOOLONG};
    if (const int error = clearStale(*address); error != 0) return SysError{"bind", path, error};

    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return SysError{"socket", path, errno};
    // The mode of an unbound socket's inode is what the file gets, less the umask: nobody can connect in
    // between, and no umask of the whole process has to be touched.
    if (::fchmod(socket.get(), group ? 0600 : mode) != 0) return SysError{"fchmod", path, errno};
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        return SysError{"bind", path, errno};
    // A umask may have taken bits away. Until listen() a connect is refused, so nobody slips in here either.
    if (const Result<int> done = setRights(path, mode, group); !done) return done.error();
    if (::listen(socket.get(), kBacklog) != 0) return SysError{"listen", path, errno};
    return socket;
}

Result<int> setRights(const std::string& path, unsigned mode, std::optional<gid_t> group)
{
    const FileDescriptor file(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat facts = {};
    if (!file || ::fstat(file.get(), &facts) != 0) return SysError{"open", path, errno};
    if (!S_ISSOCK(facts.st_mode)) return SysError{"chmod", path, ENOTSOCK};
    if (group && ::fchownat(file.get(), "", static_cast<uid_t>(-1), *group, AT_EMPTY_PATH) != 0)
        return SysError{"chown", path, errno};
    const std::string same = "/proc/self/fd/" + std::to_string(file.get());
    if (::chmod(same.c_str(), mode) != 0) return SysError{"chmod", path, errno};
    return 0;
}

std::uint16_t boundPort(const FileDescriptor& socket)
{
    AnyAddress address = {};
    socklen_t size = sizeof address;
    if (::getsockname(socket.get(), &address.any, &size) != 0) return 0;
    if (address.any.sa_family == AF_INET) return ntohs(address.v4.sin_port);
    return address.any.sa_family == AF_INET6 ? ntohs(address.v6.sin6_port) : std::uint16_t{0};
}

std::string boundAddress(const FileDescriptor& socket)
{
    AnyAddress address = {};
    socklen_t size = sizeof address;
    return ::getsockname(socket.get(), &address.any, &size) == 0 ? printed(address) : "";
}

std::string addressToBind(const std::string& host, std::uint16_t port)
{
    const Result<Addresses> found = lookUp(host, port);
    if (!found) return "";
    AnyAddress address = {};
    std::memcpy(&address, found.value()->ai_addr, found.value()->ai_addrlen);
    return printed(address);
}

Result<int> listenAgain(const FileDescriptor& socket)
{
    AnyAddress address = {};
    socklen_t size = sizeof address;
    if (::getsockname(socket.get(), &address.any, &size) != 0) return SysError{"getsockname", "", errno};
    if (address.any.sa_family == AF_UNIX) return SysError{"listen", address.local.sun_path, EINVAL};
    if (::listen(socket.get(), kBacklog) != 0) return SysError{"listen", boundAddress(socket), errno};
    return 0;
}

}  // namespace clustermanager
