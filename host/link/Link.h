#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/SysError.h"
#include "link/Codec.h"

namespace clustermanager::link {

/// What travels at once.
struct Packet
{
    Bytes bytes;
    std::vector<FileDescriptor> fds;  // close-on-exec
};

/// One that waits, for another process image of this process.
struct HandedPacket
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
HandedPacket handed(const Packet& packet);
Packet adopt(const HandedPacket& packet);

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

    using Packet = link::Packet;
    struct Nothing  // would block
    {};
    struct Closed  // end of file, or the connection is broken
    {};
    struct Truncated  // a packet or its descriptors did not fit
    {
        Bytes bytes = {};  // where it was the descriptors, because none was free: without them
    };
    using Received = std::variant<Packet, Nothing, Closed, Truncated>;

    Link() = default;
    explicit Link(FileDescriptor socket);  // made non-blocking

    explicit operator bool() const { return static_cast<bool>(_socket); }
    int fd() const { return _socket.get(); }

    /// Sends now or queues. At most kPacketFdsMax descriptors; they are closed here when the kernel has taken
    /// them. A packet beyond kPacketBytesMax is answered with Full.
    SendResult send(Bytes bytes, std::vector<FileDescriptor> fds = {});

    /// Takes memory once, and then only for what is queued or longer than anything before.
    template <class Message>
    SendResult sendMessage(const Message& message, std::vector<FileDescriptor> fds = {})
    {
        encodeInto(_encoded, message);
        const std::optional<SendResult> result = sendNow(_encoded, fds);
        return result ? *result : enqueue(_encoded, std::move(fds));
    }

    /// For another process image of this process, with what is still queued.
    struct State
    {
        HandedFd socket;  // none: closed
        std::vector<HandedPacket> queue;
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

    /// Takes the memory for sending messages of so many bytes now.
    void makeRoom(std::size_t bytes) { _encoded.reserve(bytes); }

    /// Memory for a packet to come, such as that of one that was handled. It is used once: a thread that
    /// gives it back each time allocates nothing for packets no longer than that.
    void giveBack(Bytes memory) { _incoming = std::move(memory); }

    /// Takes another socket, in place of one that was closed or never there.
    void open(FileDescriptor socket);

    /// Gives the socket away. Only while nothing is queued.
    FileDescriptor release();

    void close();

private:
    /// Nothing: it has to be queued.
    std::optional<SendResult> sendNow(const Bytes& bytes, const std::vector<FileDescriptor>& fds);
    SendResult enqueue(Bytes bytes, std::vector<FileDescriptor> fds);
    SendResult trySend(const Bytes& bytes, const std::vector<FileDescriptor>& fds, bool& wouldBlock);

    FileDescriptor _socket;
    Bytes _encoded;            // the last message, for its memory
    Bytes _incoming;           // given back
    std::list<Packet> _queue;  // which takes no memory while it is empty, unlike a deque
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
