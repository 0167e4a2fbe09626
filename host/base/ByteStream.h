#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/FileDescriptor.h"

namespace clustermanager {

/// The bytes of one accepted connection, in clear or over TLS, without ever blocking. Owns the descriptor,
/// which any epoll may watch (level-triggered).
///
/// One thread at a time; it may be handed to another.
class ByteStream
{
public:
    enum class State
    {
        Moved,       // so many bytes
        WantsRead,   // again when the descriptor is readable
        WantsWrite,  // again when it is writable, also of a read
        Ended,       // the other side sends no more
        Failed,      // only to be closed
        NotTls       // plain HTTP came where TLS is spoken: plainly() may still answer it
    };
    struct Step
    {
        State state;
        std::size_t count = 0;
    };

    virtual ~ByteStream();
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;

    virtual Step read(char* buffer, std::size_t size) = 0;
    virtual Step write(const char* bytes, std::size_t size) = 0;

    /// Whether bytes are here already that the kernel will not tell of.
    virtual bool pending() const { return false; }
    /// Nothing more is sent.
    virtual void finish() = 0;
    /// The name in the certificate that the other side has proved to own; "" without one.
    virtual std::string certificateName() const { return ""; }

    int descriptor() const { return _socket.get(); }
    /// The same connection without TLS; this is to be thrown away.
    std::unique_ptr<ByteStream> plainly();

protected:
    explicit ByteStream(FileDescriptor socket) : _socket(std::move(socket)) {}

private:
    FileDescriptor _socket;
};

/// In clear. The socket is connected and non-blocking.
std::unique_ptr<ByteStream> plainStream(FileDescriptor socket);

}  // namespace clustermanager
