#include "control/ByteStream.h"

#include <sys/socket.h>

#include <cerrno>

#include "control/TlsStream.h"

namespace clustermanager::control {

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

std::unique_ptr<ByteStream> ByteStream::plainly()
{
    return std::make_unique<PlainStream>(std::move(_socket));
}

std::unique_ptr<ByteStream> makeStream(FileDescriptor socket,
                                       const std::shared_ptr<const access::TlsContext>& tls)
{
    if (tls) return std::make_unique<TlsStream>(std::move(socket), tls);
    return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace clustermanager::control
