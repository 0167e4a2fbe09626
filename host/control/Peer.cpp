#include "control/Peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace clustermanager::control {

namespace {

constexpr std::size_t kMaxGroups = 65'536;  // the kernel's NGROUPS_MAX

union AnyAddress {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_storage room;
};

int domainOf(int socket)
{
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;
    (void)::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    return domain;
}

/// Without an address where the client has gone already.
Peer tcpPeer(int socket)
{
    Peer peer;
    AnyAddress from = {};
    socklen_t length = sizeof from;
    if (::getpeername(socket, &from.any, &length) != 0) return peer;
    std::array<char, INET6_ADDRSTRLEN> text = {};
    const bool v6 = from.any.sa_family == AF_INET6;
    const void* address = v6 ? static_cast<const void*>(&from.v6.sin6_addr) : &from.v4.sin_addr;
    if (::inet_ntop(from.any.sa_family, address, text.data(), text.size()) != nullptr)
        peer.address = text.data();
    std::memcpy(&peer.fairKey, address, v6 ? sizeof peer.fairKey : sizeof from.v4.sin_addr);
    return peer;
}

}  // namespace

Peer peerOf(int socket)
{
    if (domainOf(socket) != AF_UNIX) return tcpPeer(socket);
    Peer peer;
    ucred who = {};
    socklen_t size = sizeof who;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
        who = {0, static_cast<uid_t>(-1), static_cast<gid_t>(-1)};  // nobody whom we know
    peer.uid = who.uid;
    peer.gid = who.gid;
    peer.fairKey = who.uid;
    return peer;
}

bool isOwn(const Peer& peer)
{
    return peer.uid == uid_t{0} || peer.uid == ::geteuid();
}

bool isMember(int socket, const Peer& peer, gid_t group)
{
    if (peer.gid == group) return true;
    std::vector<gid_t> groups(32);
    for (;;)
    {
        auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        const bool known = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0;
        const std::size_t count = size / sizeof(gid_t);
        if (known)
        {
            groups.resize(std::min(count, groups.size()));
            return std::find(groups.begin(), groups.end(), group) != groups.end();
        }
        if (errno != ERANGE || count <= groups.size() || count > kMaxGroups) return false;
        groups.resize(count);
    }
}

}  // namespace clustermanager::control
