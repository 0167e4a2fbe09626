#include "unit/access/MadeCertificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

#include "tls/OpenSslOwned.h"

namespace clustermanager::access::test {
namespace {

using tls::Bio;
using tls::Certificate;
using tls::Key;

void require(bool good)
{
    if (!good) throw std::runtime_error("OpenSSL cannot make a certificate");
}

Bio readerOf(const std::string& text)
{
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

template <class Write>
std::string written(Write write)
{
    const Bio bio(BIO_new(BIO_s_mem()));
    require(write(bio.get()) == 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

Key readKey(const std::string& pem)
{
    Key key(PEM_read_bio_PrivateKey(readerOf(pem).get(), nullptr, nullptr, nullptr));
    require(key != nullptr);
    return key;
}

void extend(X509* certificate, X509* issuer, int nid, const char* value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

Made make(const std::string& name, const Made* authority, bool expired)
{
    static std::atomic<long> serial{1};
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    require(key != nullptr && certificate != nullptr);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
    constexpr long kDay = 86'400;
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), expired ? -kDay : kDay);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    const auto* text = reinterpret_cast<const unsigned char*>(name.data());
    require(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, text,
                                       static_cast<int>(name.size()), -1, 0) == 1);
    Certificate issuer;
    if (authority != nullptr)
        issuer.reset(PEM_read_bio_X509(readerOf(authority->certificate).get(), nullptr, nullptr, nullptr));
    X509* by = authority == nullptr ? certificate.get() : issuer.get();
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(by));
    extend(certificate.get(), by, NID_basic_constraints,
           authority == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    if (authority != nullptr)
        extend(certificate.get(), by, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    const Key signer = authority == nullptr ? nullptr : readKey(authority->key);
    require(X509_sign(certificate.get(), signer ? signer.get() : key.get(), EVP_sha256()) > 0);
    return {written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }),
            written([&](BIO* bio) {
                return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
            })};
}

}  // namespace

Made makeAuthority(const std::string& name)
{
    return make(name, nullptr, false);
}

Made makeCertificate(const std::string& name, const Made& authority, bool expired)
{
    return make(name, &authority, expired);
}

std::string withPassPhrase(const std::string& key)
{
    const Key read = readKey(key);
    unsigned char phrase[] = "phrase";
    return written([&](BIO* bio) {
        return PEM_write_bio_PrivateKey(bio, read.get(), EVP_aes_128_cbc(), phrase, 6, nullptr, nullptr);
    });
}

}  // namespace clustermanager::access::test
