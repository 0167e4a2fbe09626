#include "tls/TlsStream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>

namespace clustermanager::tls {

namespace {

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a client that leaves would end the host. A BIO of
// ours holds no more than the descriptor's number.

int socketOf(BIO* bio)
{
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool mayRetry()
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int sendBytes(BIO* bio, const char* bytes, int size)
{
    BIO_clear_retry_flags(bio);
    const ssize_t count =
        ::send(socketOf(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && mayRetry()) BIO_set_retry_write(bio);
    return static_cast<int>(count);
}

int receiveBytes(BIO* bio, char* buffer, int size)
{
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::recv(socketOf(bio), buffer, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (count < 0 && mayRetry()) BIO_set_retry_read(bio);
    return static_cast<int>(count);
}

long controlBio(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// Made once, and never freed: it is as static as it could be.
BIO_METHOD* socketMethod()
{
    static BIO_METHOD* const kMethod = [] {
        BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "control port");
        if (method == nullptr) return method;
        BIO_meth_set_write(method, sendBytes);
        BIO_meth_set_read(method, receiveBytes);
        BIO_meth_set_ctrl(method, controlBio);
        return method;
    }();
    return kMethod;
}

BIO* socketBio(int socket)
{
    BIO* bio = socketMethod() == nullptr ? nullptr : BIO_new(socketMethod());
    if (bio == nullptr) return nullptr;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): what OpenSSL keeps for us
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(bio, 1);
    return bio;
}

int bounded(std::size_t size)
{
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

}  // namespace

void TlsStream::Release::operator()(SSL* session) const
{
    SSL_free(session);
}

TlsStream::TlsStream(FileDescriptor socket, std::shared_ptr<const StrictContext> context)
    : ByteStream(std::move(socket)), _context(std::move(context)), _session(SSL_new(_context->handle()))
{
    BIO* bio = _session ? socketBio(descriptor()) : nullptr;
    if (bio == nullptr)
    {
        _session.reset();
        return;
    }
    SSL_set_bio(_session.get(), bio, bio);
    SSL_set_accept_state(_session.get());
}

ByteStream::Step TlsStream::read(char* buffer, std::size_t size)
{
    if (!_session || _failed) return {State::Failed};
    ERR_clear_error();
    return stepOf(SSL_read(_session.get(), buffer, bounded(size)));
}

ByteStream::Step TlsStream::write(const char* bytes, std::size_t size)
{
    if (!_session || _failed) return {State::Failed};
    ERR_clear_error();
    return stepOf(SSL_write(_session.get(), bytes, bounded(size)));
}

/// What a failure leaves in the thread's queue of errors is taken out by the next step.
ByteStream::Step TlsStream::stepOf(int result)
{
    if (result > 0) return {State::Moved, static_cast<std::size_t>(result)};
    switch (SSL_get_error(_session.get(), result))
    {
    case SSL_ERROR_WANT_READ: return {State::WantsRead};
    case SSL_ERROR_WANT_WRITE: return {State::WantsWrite};
    case SSL_ERROR_ZERO_RETURN: return {State::Ended};
    default: break;
    }
    _failed = true;
    const int reason = ERR_GET_REASON(ERR_peek_error());
    if (reason == SSL_R_HTTP_REQUEST) return {State::NotTls};
    return {reason == SSL_R_UNEXPECTED_EOF_WHILE_READING ? State::Ended : State::Failed};
}

bool TlsStream::pending() const
{
    return _session && !_failed && SSL_has_pending(_session.get()) == 1;
}

void TlsStream::finish()
{
    // After a failure, and before the handshake is done, there is nothing to say.
    if (_session && !_failed && SSL_is_init_finished(_session.get()) == 1)
    {
        ERR_clear_error();
        (void)SSL_shutdown(_session.get());
    }
    (void)::shutdown(descriptor(), SHUT_WR);
}

std::string TlsStream::certificateName() const
{
    if (!_session || SSL_get_verify_mode(_session.get()) == SSL_VERIFY_NONE) return "";
    const X509* certificate = SSL_get0_peer_certificate(_session.get());
    if (certificate == nullptr) return "";
    std::array<char, 128> name{};
    const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                               name.data(), static_cast<int>(name.size()));
    return size > 0 ? std::string(name.data(), static_cast<std::size_t>(size)) : "without a name";
}

}  // namespace clustermanager::tls
