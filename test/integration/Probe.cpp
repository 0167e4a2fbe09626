#include "Probe.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include <Poco/JSON/Parser.h>

#include "Waiting.h"

namespace clustermanager::integration {

Probe::Probe(const std::string& path)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    _socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    const timeval patience = {10L * timeFactor(), 0};
    ::setsockopt(_socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto connects = [&] {
        return ::connect(_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    };
    if (!waitFor(connects)) throw std::runtime_error("no actor answers at " + path);
}

Probe::~Probe()
{
    if (_socket >= 0) ::close(_socket);
}

Probe::Probe(Probe&& other) noexcept : _socket(std::exchange(other._socket, -1)) {}

std::string Probe::ask(const std::string& command) const
{
    if (::send(_socket, command.data(), command.size(), MSG_NOSIGNAL) < 0) return "";
    std::vector<char> answer(262'144);
    const ssize_t size = ::recv(_socket, answer.data(), answer.size(), 0);
    return size > 0 ? std::string(answer.data(), static_cast<std::size_t>(size)) : "";
}

Poco::JSON::Object::Ptr Probe::askJson(const std::string& command) const
{
    return Poco::JSON::Parser().parse(ask(command)).extract<Poco::JSON::Object::Ptr>();
}

bool Probe::waitForHangUp() const
{
    char byte = 0;
    return ::recv(_socket, &byte, 1, 0) == 0;
}

}  // namespace clustermanager::integration
