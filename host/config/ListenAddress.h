#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "config/HostConfig.h"

namespace clustermanager::config {

/// Where to listen, without a name, or what is wrong: "'localhost' has no port: write localhost:8080".
///
///     127.0.0.1:8080   [::1]:8080   localhost:8080
///     *:8080           all IPv4 addresses, the same as 0.0.0.0:8080
///     8080             127.0.0.1:8080: whoever wants to be reached from outside has to say so
///     /run/x.sock      a Unix socket; so is unix:/run/x.sock; a path has at most 107 bytes
///
/// A relative unix:run/x.sock starts in `workingFolder`.
std::variant<Listener, std::string> parseListenAddress(std::string_view written,
                                                       const std::string& workingFolder);

/// Equal for two listeners that cannot both be opened; "" where the kernel chooses the port.
std::string canonicalAddress(const Listener& listener);

/// Whether only this machine can reach it: 127.0.0.0/8, ::1, localhost.
bool isLoopbackHost(const std::string& host);

/// A literal address, or a name that could be one.
bool isHost(const std::string& host);

/// The longest path that fits into a sockaddr_un.
constexpr std::size_t kMaxUnixPath = 107;

}  // namespace clustermanager::config
