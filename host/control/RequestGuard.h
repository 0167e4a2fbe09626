#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "access/Tokens.h"
#include "control/Peer.h"
#include "control/Reply.h"
#include "control/RequestHead.h"

namespace clustermanager::control {

/// What a route asks of who uses it.
enum class Need : std::uint8_t
{
    Nothing,  // it says nothing that is not known: a page of the dashboard, a probe
    Read,
    Operate
};

/// Decides who may ask what. Four walls, each for another attacker:
///  - the Host must be ours on TCP: a page whose name was made to point at this machine (DNS rebinding) sends
///    its own name;
///  - where there are tokens, every request over TCP must carry one; on the Unix socket the kernel says who
///  asks;
///  - who may read only changes nothing;
///  - what changes something is refused where a browser sent it for another site.
///
/// Immutable after construction, so any thread may ask.
class RequestGuard
{
public:
    struct TcpAccess
    {
        std::string address;  // as bound: "127.0.0.1", "::1", "0.0.0.0"
        std::uint16_t port = 0;
        access::Tokens tokens;  // none: none is needed
        bool tls = false;
    };
    struct SocketAccess
    {
        std::optional<gid_t> group;  // its members operate, as root and our own user do; others read
    };

    explicit RequestGuard(const SocketAccess& access) : _group(access.group) {}
    explicit RequestGuard(const TcpAccess& access);

    /// For whom the request is let in, or the answer to one that is not. `socket` and `certificate` are those
    /// of the connection that the peer was read from.
    std::variant<Caller, Reply> judge(const RequestHead& head, Need need, const Peer& peer, int socket,
                                      const std::string& certificate = "") const;

private:
    bool isOurHost(std::string_view host) const;
    std::optional<Reply> refuseHost(const RequestHead& head) const;
    std::optional<Caller> callerOf(const RequestHead& head, const Peer& peer, int socket,
                                   const std::string& certificate) const;

    bool _tcp = false;
    bool _anyName = false;  // bound to every address, or with a certificate, which no other name can have
    bool _tls = false;
    std::uint16_t _port = 0;
    std::vector<std::string> _ourNames;  // in lower case, IPv6 in brackets
    access::Tokens _tokens;
    std::optional<gid_t> _group;
};

/// Whether the address reaches this machine only: 127.0.0.0/8 or ::1.
bool isLoopback(const std::string& address);

}  // namespace clustermanager::control
