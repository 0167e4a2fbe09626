#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/Reply.h"
#include "control/RequestHead.h"

namespace clustermanager::control {

/// Decides who may ask. Three walls, each for another attacker:
///  - the Host must be ours on TCP: a page whose name was made to point at this machine (DNS rebinding) sends
///    its own name;
///  - where a token is configured, every request over TCP must carry it;
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
        std::string token;  // "": none needed
    };

    /// For the Unix socket, which the file's mode guards: any Host, no token.
    RequestGuard() = default;
    explicit RequestGuard(const TcpAccess& access);

    /// The answer to a request that is refused, or nothing. `changes`: the request's route changes something.
    std::optional<Reply> refuse(const RequestHead& head, bool changes) const;

private:
    bool isOurHost(std::string_view host) const;
    std::optional<Reply> refuseHost(const RequestHead& head) const;
    std::optional<Reply> refuseToken(const RequestHead& head) const;

    bool _tcp = false;
    bool _anyName = false;  // bound to every address: who comes by another name has the token
    std::uint16_t _port = 0;
    std::vector<std::string> _ourNames;  // in lower case, IPv6 in brackets
    std::string _token;
};

/// Whether the address reaches this machine only: 127.0.0.0/8 or ::1.
bool isLoopback(const std::string& address);

}  // namespace clustermanager::control
