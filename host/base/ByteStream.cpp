#include "base/ByteStream.h"

#include <sys/socket.h>

#include <cerrno>

namespace clustermanager {

namespace {

class PlainStream final : public ByteStream
{
public:
    explicit PlainStream(FileDescriptor socket) : ByteStream(std::move(socket)) {}

    Step read(char* buffer, std::size_t size) override
    {
        const ssize_t count = ::recv(descriptor(), buffer, size, MSG_DONTWAIT);
        return count == 0 ? Step{State::Ended} : stepOf(count, State::WantsRead);
    }

    Step write(const char* bytes, std::size_t size) override
    {
        return stepOf(::send(descriptor(), bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT), State::WantsWrite);
    }

    void finish() override { (void)::shutdown(descriptor(), SHUT_WR); }

private:
    static Step stepOf(ssize_t count, State waiting)
    {
        if (count >= 0) return {State::Moved, static_cast<std::size_t>(count)};
        const bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        return {again ? waiting : State::Failed};
    }
};

}  // namespace

ByteStream::~ByteStream() = default;

std::unique_ptr<ByteStream> ByteStream::plainly()
{
    return plainStream(std::move(_socket));
}

std::unique_ptr<ByteStream> plainStream(FileDescriptor socket)
{
    return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace clustermanager
