#include "link/Link.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

namespace clustermanager::link {

namespace {

/// Room for the descriptors of one packet, aligned as the kernel wants it.
union ControlBuffer {
    cmsghdr alignment;
    char bytes[CMSG_SPACE(sizeof(int) * kPacketFdsMax)];
};

void attach(msghdr& header, ControlBuffer& control, const std::vector<FileDescriptor>& fds)
{
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    for (std::size_t i = 0; i < fds.size(); ++i)
    {
        const int fd = fds[i].get();
        std::memcpy(CMSG_DATA(part) + i * sizeof(int), &fd, sizeof fd);
    }
}

/// Owns at once whatever the kernel has put into our table, also of a packet that turns out to be useless.
std::vector<FileDescriptor> detach(msghdr& header)
{
    std::vector<FileDescriptor> fds;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part))
    {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i)
        {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
            fds.emplace_back(fd);
        }
    }
    return fds;
}

/// The kernel cannot take the packet now, and can later.
bool isPassing(int error)
{
    return error == EAGAIN || error == ENOBUFS || error == ENOMEM || error == ETOOMANYREFS;
}

}  // namespace

HandedPacket handed(const Packet& packet)
{
    return {packet.bytes, handed(packet.fds)};
}

Packet adopt(const HandedPacket& packet)
{
    return {packet.bytes, adopt(packet.fds)};
}

Link::Link(FileDescriptor socket)
{
    open(std::move(socket));
}

void Link::open(FileDescriptor socket)
{
    assert(_queue.empty());
    _socket = std::move(socket);
    const int flags = ::fcntl(_socket.get(), F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) == 0) (void)::fcntl(_socket.get(), F_SETFL, flags | O_NONBLOCK);
}

Link::State Link::state() const
{
    State state{handed(_socket), {}};
    for (const Packet& packet : _queue) state.queue.push_back(handed(packet));
    return state;
}

Link::Link(const State& state) : _socket(adopt(state.socket))
{
    for (const HandedPacket& packet : state.queue)
    {
        _queue.push_back(adopt(packet));
        _queuedBytes += packet.bytes.size();
    }
}

Link::SendResult Link::send(Bytes bytes, std::vector<FileDescriptor> fds)
{
    const std::optional<SendResult> result = sendNow(bytes, fds);
    return result ? *result : enqueue(std::move(bytes), std::move(fds));
}

std::optional<Link::SendResult> Link::sendNow(const Bytes& bytes, const std::vector<FileDescriptor>& fds)
{
    assert(fds.size() <= kPacketFdsMax);
    if (bytes.size() > kPacketBytesMax) return SendResult::Full;
    if (flush() == SendResult::Gone) return SendResult::Gone;
    if (!_queue.empty()) return std::nullopt;
    bool wouldBlock = false;
    const SendResult result = trySend(bytes, fds, wouldBlock);
    return wouldBlock ? std::nullopt : std::optional<SendResult>(result);
}

Link::SendResult Link::enqueue(Bytes bytes, std::vector<FileDescriptor> fds)
{
    if (_queue.size() >= kQueuePackets || _queuedBytes + bytes.size() > kQueueBytes) return SendResult::Full;
    _queuedBytes += bytes.size();
    _queue.push_back({std::move(bytes), std::move(fds)});
    return SendResult::Taken;
}

Link::SendResult Link::flush()
{
    if (!_socket) return SendResult::Gone;
    while (!_queue.empty())
    {
        const Packet& first = _queue.front();
        bool wouldBlock = false;
        if (trySend(first.bytes, first.fds, wouldBlock) == SendResult::Gone) return SendResult::Gone;
        if (wouldBlock) return SendResult::Full;
        _queuedBytes -= first.bytes.size();
        _queue.pop_front();
    }
    return SendResult::Taken;
}

Link::SendResult Link::trySend(const Bytes& bytes, const std::vector<FileDescriptor>& fds, bool& wouldBlock)
{
    iovec part = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    ControlBuffer control = {};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!fds.empty()) attach(header, control, fds);

    ssize_t sent = 0;
    do sent = ::sendmsg(_socket.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0) return SendResult::Taken;
    wouldBlock = isPassing(errno);
    return wouldBlock ? SendResult::Full : SendResult::Gone;
}

Link::Received Link::receive()
{
    if (!_socket) return Closed{};
    // Asked first how long it is: a buffer for the longest would be a page more, for good, in every child.
    // ECONNRESET is reported once where the other side ended with unread packets of ours; what it sent before
    // comes after that, and then the end of file.
    ssize_t size = 0;
    do size = ::recv(_socket.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    while (size < 0 && (errno == EINTR || errno == ECONNRESET));
    if (size < 0 && errno == EAGAIN) return Nothing{};
    if (size <= 0) return Closed{};  // no message of ours is empty
    Bytes bytes = std::move(_incoming);
    bytes.resize(std::min(static_cast<std::size_t>(size), kPacketBytesMax));
    iovec part = {bytes.data(), bytes.size()};
    ControlBuffer control = {};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;

    ssize_t got = 0;
    do got = ::recvmsg(_socket.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0) return Closed{};
    std::vector<FileDescriptor> fds = detach(header);
    bytes.resize(static_cast<std::size_t>(got));
    if ((header.msg_flags & MSG_TRUNC) != 0) return Truncated{};
    if ((header.msg_flags & MSG_CTRUNC) != 0) return Truncated{std::move(bytes)};
    return Packet{std::move(bytes), std::move(fds)};
}

FileDescriptor Link::release()
{
    assert(_queue.empty());
    return std::move(_socket);
}

void Link::close()
{
    _socket.reset();
    _queue.clear();
    _queuedBytes = 0;
}

Result<LinkPair> makeLinkPair()
{
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return SysError{"socketpair", "", errno};
    return LinkPair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace clustermanager::link
