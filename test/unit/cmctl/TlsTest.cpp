/// Goal: https is spoken with who can be trusted, and with nobody else.
/// Method: a TLS server with a certificate made for the test, asked by each way to trust it or not.

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/SecureServerSocket.h>

#include <cppunit/extensions/HelperMacros.h>

#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

namespace {

struct Freed
{
    void operator()(FILE* file) const { (void)std::fclose(file); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <class T>
using Owned = std::unique_ptr<T, Freed>;

/// A certificate of localhost, signed by itself, and its key, as PEM files.
void makeCertificate(const std::string& certFile, const std::string& keyFile)
{
    const Owned<EVP_PKEY> key(EVP_RSA_gen(2048));
    const Owned<X509> certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                               -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    const Owned<X509_EXTENSION> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost"));
    X509_add_ext(certificate.get(), names.get(), -1);
    X509_sign(certificate.get(), key.get(), EVP_sha256());

    const Owned<FILE> certOutput(std::fopen(certFile.c_str(), "w"));
    PEM_write_X509(certOutput.get(), certificate.get());
    const Owned<FILE> keyOutput(std::fopen(keyFile.c_str(), "w"));
    PEM_write_PrivateKey(keyOutput.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

class Handler : public Poco::Net::HTTPRequestHandler
{
    void handleRequest(Poco::Net::HTTPServerRequest&, Poco::Net::HTTPServerResponse& response) override
    {
        test::answerJson(response, "{\"secure\":true}");
    }
};

class Factory : public Poco::Net::HTTPRequestHandlerFactory
{
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override
    {
        return new Handler;
    }
};

}  // namespace

class TlsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TlsTest);
    CPPUNIT_TEST(aTrustedHostIsAsked);
    CPPUNIT_TEST(anUnknownCertificateIsRefused);
    CPPUNIT_TEST(anotherNameIsRefused);
    CPPUNIT_TEST(aClientShowsItsCertificateWhereOneIsWanted);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    Poco::ThreadPool _pool{2, 4};
    std::unique_ptr<Poco::Net::HTTPServer> _server;

    /// The host that serves from now on, with the options to reach it.
    Target serve(Poco::Net::Context::VerificationMode clients)
    {
        using Poco::Net::Context;
        Context::Ptr context = new Context(Context::TLS_SERVER_USE, _folder / "key", _folder / "cert",
                                           _folder / "cert", clients);
        // Poco would want the client's address in its certificate.
        context->enableExtendedCertificateVerification(false);
        Poco::Net::SecureServerSocket socket(context);
        socket.bind(Poco::Net::SocketAddress("127.0.0.1", 0), true, false);
        socket.listen(8);
        socket.setBlocking(false);
        Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
        params->setKeepAlive(false);
        Target target;
        target.kind = Target::Kind::Https;
        target.host = "localhost";
        target.port = socket.address().port();
        target.caFile = _folder / "cert";
        _server = std::make_unique<Poco::Net::HTTPServer>(new Factory, _pool, socket, params);
        _server->start();
        return target;
    }

    static std::string ask(const Target& target)
    {
        return Client(target, Millis(10'000)).getJson("/").text("secure");
    }

public:
    void setUp() override { makeCertificate(_folder / "cert", _folder / "key"); }

    void tearDown() override
    {
        if (_server) _server->stopAll(true);
        _pool.joinAll();
        _server.reset();
    }

    void aTrustedHostIsAsked()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("true"), ask(serve(Poco::Net::Context::VERIFY_NONE)));
    }

    void anUnknownCertificateIsRefused()
    {
        Target target = serve(Poco::Net::Context::VERIFY_NONE);
        target.caFile.clear();
        test::assertHas(test::failureOf(ExitCode::Unreachable, [&] { (void)ask(target); }),
                        "cannot reach the host");
    }

    void anotherNameIsRefused()
    {
        Target target = serve(Poco::Net::Context::VERIFY_NONE);
        target.host = "127.0.0.1";  // the certificate is for localhost
        (void)test::failureOf(ExitCode::Unreachable, [&] { (void)ask(target); });
    }

    void aClientShowsItsCertificateWhereOneIsWanted()
    {
        Target target = serve(Poco::Net::Context::VERIFY_STRICT);
        (void)test::failureOf(ExitCode::Unreachable, [&] { (void)ask(target); });
        target.certFile = _folder / "cert";
        target.keyFile = _folder / "key";
        CPPUNIT_ASSERT_EQUAL(std::string("true"), ask(target));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TlsTest);

}  // namespace clustermanager::cmctl
