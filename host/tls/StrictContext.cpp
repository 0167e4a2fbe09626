#include "tls/StrictContext.h"

#include <Poco/Net/Context.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <optional>
#include <vector>

#include "tls/OpenSslOwned.h"
#include "tls/TlsStream.h"

namespace clustermanager::tls {

struct StrictContext::Context
{
    Poco::Net::Context::Ptr poco;
};

namespace {

using access::CertificateProblem;
using Part = CertificateProblem::Part;

/// Those of TLS 1.2; those of 1.3 are all good. A client cannot choose costly groups either.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr long kMaxPeerChain = 16L * 1024;
constexpr int kMaxDepth = 5;

/// Instead of OpenSSL's, which asks the terminal.
int noPassPhrase(char*, int, int, void*)
{
    return 0;
}

Bio readerOf(const std::string& text)
{
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::vector<Certificate> certificatesIn(const std::string& pem)
{
    std::vector<Certificate> all;
    const Bio reader = readerOf(pem);
    while (X509* next = PEM_read_bio_X509(reader.get(), nullptr, noPassPhrase, nullptr))
        all.emplace_back(next);
    // Anything but the end of the text is one that cannot be read.
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) all.clear();
    ERR_clear_error();
    return all;
}

CertificateProblem noCertificate(Part part)
{
    return {part, "holds no certificate in PEM, or one that cannot be read"};
}

std::optional<CertificateProblem> useChain(SSL_CTX* context, const std::string& pem)
{
    std::vector<Certificate> chain = certificatesIn(pem);
    if (chain.empty()) return noCertificate(Part::Chain);
    if (SSL_CTX_use_certificate(context, chain.front().get()) != 1)
        return CertificateProblem{Part::Chain, "holds a certificate whose key is too weak"};
    for (std::size_t i = 1; i < chain.size(); ++i) SSL_CTX_add1_chain_cert(context, chain[i].get());
    return std::nullopt;
}

std::optional<CertificateProblem> useKey(SSL_CTX* context, const std::string& pem)
{
    const Bio reader = readerOf(pem);
    const Key key(PEM_read_bio_PrivateKey(reader.get(), nullptr, noPassPhrase, nullptr));
    if (!key) return CertificateProblem{Part::Key, "holds no private key in PEM, or one with a pass phrase"};
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        return CertificateProblem{Part::Key, "is not the key of webServerCertificate"};
    return std::nullopt;
}

std::optional<CertificateProblem> useClientCa(SSL_CTX* context, const std::string& pem)
{
    for (const Certificate& authority : certificatesIn(pem))
    {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
        SSL_CTX_add_client_CA(context, authority.get());
    }
    if (sk_X509_NAME_num(SSL_CTX_get_client_CA_list(context)) <= 0) return noCertificate(Part::ClientCa);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return std::nullopt;
}

Poco::Net::Context::Ptr strictContext()
{
    using Poco::Net::Context;
    Context::Params params;
    params.verificationMode = Context::VERIFY_NONE;
    params.verificationDepth = kMaxDepth;
    params.cipherList = kCiphers;
    params.ecdhCurve = kGroups;
    Context::Ptr poco = new Context(Context::TLS_SERVER_USE, params);
    poco->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    SSL_CTX* context = poco->sslContext();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(context, kMaxPeerChain);
    // Without it a client that sends nothing but records of the protocol itself holds no thread in one read.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    return poco;
}

}  // namespace

StrictContext::StrictContext(std::unique_ptr<Context> context) : _context(std::move(context)) {}
StrictContext::~StrictContext() = default;

std::variant<std::shared_ptr<const StrictContext>, CertificateProblem>
StrictContext::make(const access::Certificates& certificates)
{
    auto context = std::make_unique<Context>();
    context->poco = strictContext();
    SSL_CTX* handle = context->poco->sslContext();
    std::optional<CertificateProblem> problem = useChain(handle, certificates.chain);
    if (!problem) problem = useKey(handle, certificates.key);
    if (!problem && !certificates.clientCa.empty()) problem = useClientCa(handle, certificates.clientCa);
    ERR_clear_error();
    if (problem) return *std::move(problem);
    return std::shared_ptr<const StrictContext>(new StrictContext(std::move(context)));
}

SSL_CTX* StrictContext::handle() const
{
    return _context->poco->sslContext();
}

std::unique_ptr<ByteStream> StrictContext::stream(FileDescriptor socket) const
{
    return std::make_unique<TlsStream>(std::move(socket),
                                       std::static_pointer_cast<const StrictContext>(shared_from_this()));
}

}  // namespace clustermanager::tls
