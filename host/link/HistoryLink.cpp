#include "link/HistoryLink.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/Fields.h"

namespace clustermanager::link {

namespace {

/// A thousand rows of the largest kind are far less.
constexpr std::uint32_t kMessageBytesMax = 64U * 1024 * 1024;

bool sendAll(int socket, const std::uint8_t* bytes, std::size_t size)
{
    while (size > 0)
    {
        const ssize_t count = ::send(socket, bytes, size, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

bool receiveAll(int socket, std::uint8_t* bytes, std::size_t size)
{
    while (size > 0)
    {
        const ssize_t count = ::recv(socket, bytes, size, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

bool sendMessage(int socket, const Bytes& message)
{
    const auto size = static_cast<std::uint32_t>(message.size());
    if (size > kMessageBytesMax) return false;
    std::uint8_t head[sizeof size];
    std::memcpy(head, &size, sizeof size);
    return sendAll(socket, head, sizeof head) && sendAll(socket, message.data(), message.size());
}

std::optional<Bytes> receiveMessage(int socket)
{
    std::uint32_t size = 0;
    std::uint8_t head[sizeof size];
    if (!receiveAll(socket, head, sizeof head)) return std::nullopt;
    std::memcpy(&size, head, sizeof size);
    if (size > kMessageBytesMax) return std::nullopt;
    Bytes message(size);
    if (!receiveAll(socket, message.data(), message.size())) return std::nullopt;
    return message;
}

template <std::size_t index = 0>
bool take(FieldReader& reader, std::size_t type, HistoryRequest& request)
{
    if constexpr (index < std::variant_size_v<HistoryRequest>)
    {
        if (type != index) return take<index + 1>(reader, type, request);
        reader(request.emplace<index>());
        return true;
    }
    return false;
}

}  // namespace

Result<std::pair<HistoryLink, FileDescriptor>> HistoryLink::make()
{
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return SysError{"socketpair", "", errno};
    return std::pair{HistoryLink(FileDescriptor(ends[0])), FileDescriptor(ends[1])};
}

void HistoryLink::setPatience(Millis patience)
{
    timeval time = {};
    time.tv_sec = static_cast<time_t>(patience.count() / 1000);
    time.tv_usec = static_cast<suseconds_t>(patience.count() % 1000 * 1000);
    for (const int side : {SO_RCVTIMEO, SO_SNDTIMEO})
        (void)::setsockopt(_socket.get(), SOL_SOCKET, side, &time, sizeof time);
}

bool HistoryLink::send(const HistoryRequest& request)
{
    FieldWriter writer;
    writer(static_cast<std::uint8_t>(request.index()));
    std::visit(writer, request);
    return sendMessage(_socket.get(), writer.take());
}

bool HistoryLink::send(const HistoryReply& reply)
{
    FieldWriter writer;
    writer(reply);
    return sendMessage(_socket.get(), writer.take());
}

std::optional<HistoryRequest> HistoryLink::receiveRequest()
{
    const std::optional<Bytes> message = receiveMessage(_socket.get());
    if (!message) return std::nullopt;
    FieldReader reader(message->data(), message->size());
    std::uint8_t type = 0;
    reader(type);
    HistoryRequest request;
    if (!reader.good() || !take(reader, type, request) || !reader.finish().empty()) return std::nullopt;
    return request;
}

std::optional<HistoryReply> HistoryLink::receiveReply()
{
    const std::optional<Bytes> message = receiveMessage(_socket.get());
    if (!message) return std::nullopt;
    FieldReader reader(message->data(), message->size());
    HistoryReply reply;
    reader(reply);
    if (!reader.finish().empty()) return std::nullopt;
    return reply;
}

}  // namespace clustermanager::link
