#include "unit/control/RawClient.h"

#include <Poco/Net/SocketAddress.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include "base/Types.h"

namespace clustermanager::control::test {

namespace {

FileDescriptor newSocket(int family)
{
    return FileDescriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

}  // namespace

RawClient RawClient::toSocket(const std::string& path, FileDescriptor socket)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (!socket) socket = newSocket(AF_UNIX);
    return {std::move(socket), &address, sizeof address};
}

RawClient RawClient::toTcp(const std::string& endpoint)
{
    const Poco::Net::SocketAddress address(endpoint);
    return {newSocket(address.af()), address.addr(), address.length()};
}

RawClient RawClient::toTcpFrom(const std::string& source, const std::string& endpoint)
{
    const Poco::Net::SocketAddress from(source, 0);
    const Poco::Net::SocketAddress address(endpoint);
    FileDescriptor socket = newSocket(address.af());
    if (::bind(socket.get(), from.addr(), from.length()) != 0)
        throw std::runtime_error("cannot bind " + source);
    return {std::move(socket), address.addr(), address.length()};
}

RawClient::RawClient(FileDescriptor socket, const void* address, unsigned length)
    : _socket(std::move(socket)),
      _connected(::connect(_socket.get(), static_cast<const sockaddr*>(address), length) == 0)
{}

bool RawClient::send(std::string_view bytes)
{
    while (!bytes.empty())
    {
        const ssize_t count = ::send(_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void RawClient::finishSending()
{
    (void)::shutdown(_socket.get(), SHUT_WR);
}

std::string RawClient::readAll(std::chrono::milliseconds patience)
{
    const TimePoint deadline = Clock::now() + patience;
    std::string all;
    for (;;)
    {
        const auto left = std::chrono::ceil<Millis>(deadline - Clock::now());
        pollfd entry{_socket.get(), POLLIN, 0};
        if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) == 0)
            throw std::runtime_error("the connection was not closed in time; it said: " + all);
        std::array<char, 65536> piece;
        const ssize_t count = ::recv(_socket.get(), piece.data(), piece.size(), 0);
        if (count == 0) return all;
        if (count < 0 && errno == ECONNRESET) return all + "<reset>";
        if (count > 0) all.append(piece.data(), static_cast<std::size_t>(count));
    }
}

std::string exchange(RawClient client, std::string_view bytes)
{
    (void)client.send(bytes);
    client.finishSending();
    return client.readAll();
}

int statusOf(std::string_view answer)
{
    if (answer.substr(0, 7) != "HTTP/1." || answer.size() < 12) return 0;
    int status = 0;
    std::from_chars(answer.data() + 9, answer.data() + 12, status);
    return status;
}

std::string bodyOf(std::string_view answer)
{
    const std::size_t end = answer.find("\r\n\r\n");
    return end == std::string_view::npos ? std::string() : std::string(answer.substr(end + 4));
}

std::string headerOf(std::string_view answer, std::string_view name)
{
    const std::string_view head = answer.substr(0, answer.find("\r\n\r\n"));
    const std::string start = "\r\n" + std::string(name) + ": ";
    const std::size_t found = head.find(start);
    if (found == std::string_view::npos) return "";
    const std::string_view rest = head.substr(found + start.size());
    return std::string(rest.substr(0, rest.find("\r\n")));
}

int answersIn(std::string_view bytes)
{
    int count = 0;
    for (std::size_t at = bytes.find("HTTP/1."); at != std::string_view::npos;
         at = bytes.find("HTTP/1.", at + 1))
        if (statusOf(bytes.substr(at)) != 0) ++count;
    return count;
}

}  // namespace clustermanager::control::test
