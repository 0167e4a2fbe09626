#include "unit/control/TlsClient.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <csignal>

namespace clustermanager::control::test {

void TlsClient::Release::operator()(SSL* session) const
{
    SSL_free(session);
}

void TlsClient::Release::operator()(SSL_CTX* context) const
{
    SSL_CTX_free(context);
}

TlsClient::TlsClient(RawClient client, const Settings& settings)
    : _client(std::move(client)), _context(SSL_CTX_new(TLS_client_method()))
{
    (void)std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    const timeval patience{20, 0};
    (void)::setsockopt(_client.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto read = [](const std::string& pem) {
        return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    };
    if (!settings.authority.empty())
    {
        BIO* bio = read(settings.authority);
        X509* authority = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(_context.get()), authority);
        X509_free(authority);
        BIO_free(bio);
        SSL_CTX_set_verify(_context.get(), SSL_VERIFY_PEER, nullptr);
    }
    if (settings.own != nullptr)
    {
        const std::string both = settings.own->certificate + settings.own->key;
        BIO* bio = read(both);
        X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
        EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
        SSL_CTX_use_certificate(_context.get(), certificate);
        SSL_CTX_use_PrivateKey(_context.get(), key);
        X509_free(certificate);
        EVP_PKEY_free(key);
        BIO_free(bio);
    }
    SSL_CTX_set_min_proto_version(_context.get(), 0);
    SSL_CTX_set_max_proto_version(_context.get(), settings.maxVersion);
    SSL_CTX_set_security_level(_context.get(), 0);  // so that it offers what is too old
    _session.reset(SSL_new(_context.get()));
    SSL_set_fd(_session.get(), _client.descriptor());
    SSL_set_tlsext_host_name(_session.get(), "localhost");
}

bool TlsClient::handshake()
{
    return SSL_connect(_session.get()) == 1;
}

int TlsClient::send(const std::string& bytes)
{
    return SSL_write(_session.get(), bytes.data(), static_cast<int>(bytes.size()));
}

std::string TlsClient::readAll()
{
    std::string all;
    std::array<char, 4096> piece;
    for (int count = 0; (count = SSL_read(_session.get(), piece.data(), piece.size())) > 0;)
        all.append(piece.data(), static_cast<std::size_t>(count));
    return all;
}

}  // namespace clustermanager::control::test
