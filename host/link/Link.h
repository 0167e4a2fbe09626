#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <variant>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/SysError.h"
#include "link/Codec.h"

namespace clustermanager::link {

/// One end of a non-blocking SOCK_SEQPACKET pair between two of our processes, with a bounded queue for what
/// the other side does not take yet. Never waits. Not thread-safe.
///
/// The caller polls fd() for reading, and for writing while wantsWrite().
class Link
{
public:
    static constexpr std::size_t kQueuePackets = 256;
    static constexpr std::size_t kQueueBytes = 1'048'576;

    enum class SendResult : std::uint8_t
    {
        Taken,  // sent, or queued in order
        Full,   // the other side does not read and the queue is at its bound: nothing was taken
        Gone    // the other side has closed
    };

    struct Packet
    {
        Bytes bytes;
        std::vector<FileDescriptor> fds;  // close-on-exec
    };
    struct Nothing  // would block
    {};
    struct Closed  // end of file, or the connection is broken
    {};
    struct Truncated  // a packet or its descriptors did not fit (no descriptor was free): the packet is lost
    {};
    using Received = std::variant<Packet, Nothing, Closed, Truncated>;

    Link() = default;
    explicit Link(FileDescriptor socket);  // made non-blocking

    explicit operator bool() const { return static_cast<bool>(_socket); }
    int fd() const { return _socket.get(); }

    /// Sends now or queues. At most kPacketFdsMax descriptors; they are closed here when the kernel has taken
    /// them. A packet beyond kPacketBytesMax is answered with Full.
    SendResult send(Bytes bytes, std::vector<FileDescriptor> fds = {});

    template <class Message>
    SendResult sendMessage(const Message& message, std::vector<FileDescriptor> fds = {})
    {
        return send(encode(message), std::move(fds));
    }

    /// For another process image of this process, with what is still queued.
    struct State
    {
        struct Queued
        {
            Bytes bytes;
            std::vector<HandedFd> fds;
            template <class IO>
            void fields(IO& io)
            {
                io(bytes);
                io(fds);
            }
        };
        HandedFd socket;  // none: closed
        std::vector<Queued> queue;
        template <class IO>
        void fields(IO& io)
        {
            io(socket);
            io(queue);
        }
    };
    State state() const;
    explicit Link(const State& state);

    bool wantsWrite() const { return !_queue.empty(); }

    /// Sends what is queued until the socket is full again.
    SendResult flush();

    Received receive();

    /// Gives the socket away. Only while nothing is queued.
    FileDescriptor release();

    void close();

private:
    struct Queued
    {
        Bytes bytes;
        std::vector<FileDescriptor> fds;
    };

    SendResult trySend(const Bytes& bytes, const std::vector<FileDescriptor>& fds, bool& wouldBlock);

    FileDescriptor _socket;
    std::deque<Queued> _queue;
    std::size_t _queuedBytes = 0;
};

/// Both ends of a new pair: close-on-exec, non-blocking.
struct LinkPair
{
    FileDescriptor ours;
    FileDescriptor theirs;
};
Result<LinkPair> makeLinkPair();

}  // namespace clustermanager::link
