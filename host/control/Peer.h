#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "access/Role.h"

namespace clustermanager::control {

/// The other side of a connection, as the kernel knows it: nothing of it can be made up by the client.
struct Peer
{
    std::optional<uid_t> uid;  // over the Unix socket; nothing: over TCP
    gid_t gid = 0;
    std::string address;  // over TCP: "192.0.2.7"

    /// The same for all whom one person or machine can be: a uid, an IPv4 address, the first half of an IPv6
    /// one.
    std::uint64_t fairKey = 0;
};

/// Of a connected socket. Over a Unix socket: who has connected, whatever they have become since. Does not
/// block: no names are looked up.
Peer peerOf(int socket);

/// root, or the user the host runs as: who may do anything to it anyway.
bool isOwn(const Peer& peer);

/// Whether the one who has connected to this Unix socket is in the group, by its own or by a further group of
/// the process. Asks the kernel, so it neither blocks nor depends on files.
bool isMember(int socket, const Peer& peer, gid_t group);

/// Whom a request is let in for.
struct Caller
{
    Peer peer;
    access::Role role = access::Role::Operate;
    std::string credential;  // "token ops", "certificate ops", "": none was needed
    bool known = true;       // false: it has no token, and is shown what everybody may see
};

}  // namespace clustermanager::control
