/// Goal: certificates that do not fit are found before anything is opened, and the part that is wrong is
/// named. Method: certificates made here, each part missing, broken, mixed up or with a pass phrase.
#include <cppunit/extensions/HelperMacros.h>
#include <openssl/ssl.h>

#include "tls/StrictContext.h"
#include "unit/access/MadeCertificates.h"

namespace clustermanager::tls {

class StrictContextTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StrictContextTest);
    CPPUNIT_TEST(goodOnesMakeAContext);
    CPPUNIT_TEST(theContextIsStrict);
    CPPUNIT_TEST(whatIsWrongIsNamed);
    CPPUNIT_TEST_SUITE_END();

    using Part = access::CertificateProblem::Part;

    const access::test::Made _authority = access::test::makeAuthority("Test CA");
    const access::test::Made _host = access::test::makeCertificate("localhost", _authority);

    static std::string problemOf(const access::Certificates& certificates, Part part)
    {
        const auto made = StrictContext::make(certificates);
        const auto* problem = std::get_if<access::CertificateProblem>(&made);
        CPPUNIT_ASSERT(problem != nullptr && problem->part == part);
        return problem->text;
    }

    std::shared_ptr<const StrictContext> good() const
    {
        const auto made = StrictContext::make(
            {_host.certificate + _authority.certificate, _host.key, _authority.certificate});
        return std::get<std::shared_ptr<const StrictContext>>(made);
    }

public:
    void goodOnesMakeAContext()
    {
        CPPUNIT_ASSERT(good()->handle() != nullptr);
        const auto withoutClients = StrictContext::make({_host.certificate, _host.key, ""});
        const auto context = std::get<std::shared_ptr<const StrictContext>>(withoutClients);
        CPPUNIT_ASSERT_EQUAL(SSL_VERIFY_NONE, SSL_CTX_get_verify_mode(context->handle()));
    }

    void theContextIsStrict()
    {
        const std::shared_ptr<const StrictContext> owner = good();
        SSL_CTX* context = owner->handle();
        CPPUNIT_ASSERT_EQUAL(long{TLS1_2_VERSION}, SSL_CTX_get_min_proto_version(context));
        const auto options = SSL_CTX_get_options(context);
        for (const auto option : {SSL_OP_NO_RENEGOTIATION, SSL_OP_NO_COMPRESSION, SSL_OP_NO_TICKET})
            CPPUNIT_ASSERT((options & option) == option);
        CPPUNIT_ASSERT_EQUAL(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                             SSL_CTX_get_verify_mode(context));
        CPPUNIT_ASSERT_EQUAL(long{SSL_SESS_CACHE_OFF}, SSL_CTX_get_session_cache_mode(context));
        const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context);
        for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i)
            CPPUNIT_ASSERT_MESSAGE(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)),
                                   SSL_CIPHER_is_aead(sk_SSL_CIPHER_value(ciphers, i)) == 1);
    }

    void whatIsWrongIsNamed()
    {
        const access::test::Made other = access::test::makeCertificate("other", _authority);
        const std::string half = _host.certificate.substr(0, _host.certificate.size() / 2);
        const std::string& chain = _host.certificate;
        for (const std::string& text :
             {std::string(), std::string("nonsense"), half, chain + half, _host.key})
            CPPUNIT_ASSERT_EQUAL(std::string("holds no certificate in PEM, or one that cannot be read"),
                                 problemOf({text.empty() ? "\n" : text, _host.key, ""}, Part::Chain));
        for (const std::string& text :
             {std::string(), std::string("nonsense"), access::test::withPassPhrase(_host.key), chain})
            CPPUNIT_ASSERT_EQUAL(std::string("holds no private key in PEM, or one with a pass phrase"),
                                 problemOf({chain, text, ""}, Part::Key));
        CPPUNIT_ASSERT_EQUAL(std::string("is not the key of webServerCertificate"),
                             problemOf({chain, other.key, ""}, Part::Key));
        for (const std::string& text : {std::string("nonsense"), half})
            CPPUNIT_ASSERT_EQUAL(std::string("holds no certificate in PEM, or one that cannot be read"),
                                 problemOf({chain, _host.key, text}, Part::ClientCa));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StrictContextTest);

}  // namespace clustermanager::tls
