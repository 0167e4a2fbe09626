#include "HttpClient.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "integration/Waiting.h"

namespace clustermanager::bench {

namespace {

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool waitFor(const FileDescriptor& socket, short event, Millis patience)
{
    pollfd watched = {socket.get(), event, 0};
    return ::poll(&watched, 1, static_cast<int>(patience.count())) == 1;
}

}  // namespace

std::uint16_t freePort()
{
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    (void)::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size);
    (void)::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

FileDescriptor connectTo(std::uint16_t port)
{
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_in address = loopback(port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
        socket.reset();
    return socket;
}

std::string requestText(const std::string& target, bool keepAlive)
{
    return "GET " + target +
           " HTTP/1.1\r\nHost: localhost\r\nConnection: " + (keepAlive ? "keep-alive" : "close") + "\r\n\r\n";
}

std::optional<std::size_t> answerEnd(const std::string& bytes)
{
    constexpr const char* kLength = "Content-Length: ";
    const std::size_t headEnd = bytes.find("\r\n\r\n");
    if (headEnd == std::string::npos) return std::nullopt;
    const std::size_t length = bytes.find(kLength);
    std::size_t end = headEnd + 4;
    if (length < headEnd)
        end += std::strtoul(bytes.c_str() + length + std::string(kLength).size(), nullptr, 10);
    return bytes.size() >= end ? std::optional<std::size_t>(end) : std::nullopt;
}

bool waitAnswering(std::uint16_t port, Millis patience)
{
    return integration::waitFor(
        [port] {
            Request request(port, "/");
            return request.answered(Millis(1000)) && request.ok();
        },
        patience);
}

Request::Request(std::uint16_t port, const std::string& target) : _socket(connectTo(port))
{
    const std::string text = requestText(target, false);
    if (!_socket || !waitFor(_socket, POLLOUT, Millis(1000)) ||
        ::send(_socket.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0)
        _socket.reset();
}

bool Request::answered(Millis patience)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (_socket && !answerEnd(_bytes))
    {
        const auto left = std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now());
        if (left < Millis::zero() || !waitFor(_socket, POLLIN, left)) return false;
        std::array<char, 4096> part{};
        const ssize_t got = ::recv(_socket.get(), part.data(), part.size(), 0);
        if (got <= 0) return false;
        _bytes.append(part.data(), static_cast<std::size_t>(got));
    }
    return static_cast<bool>(_socket);
}

}  // namespace clustermanager::bench
