/// Goal: tokens, certificates, address and port are what the files have now, and bad ones change nothing.
/// Method: the files changed under a running host, and clients that ask after each change.
#include <Poco/Net/ServerSocket.h>

#include "AccessFixture.h"
#include "unit/access/MadeCertificates.h"
#include "unit/control/TlsClient.h"

namespace {

using namespace clustermanager::integration;
using clustermanager::access::test::Made;
using clustermanager::access::test::makeAuthority;
using clustermanager::access::test::makeCertificate;
using clustermanager::control::test::RawClient;
using clustermanager::control::test::statusOf;
using clustermanager::control::test::TlsClient;

class AccessChangeTest : public AccessFixture
{
    CPPUNIT_TEST_SUITE(AccessChangeTest);
    CPPUNIT_TEST(tokensAreReadAgain);
    CPPUNIT_TEST(aBadTokensFileStopsTheStart);
    CPPUNIT_TEST(certificatesAreReadAgain);
    CPPUNIT_TEST(thePortMovesWithTheConfiguration);
    CPPUNIT_TEST_SUITE_END();

public:
    void tokensAreReadAgain()
    {
        allowProblem("refused: ");
        expectProblem("line 2: is not NAME ROLE");
        startWithTokens();
        const auto reads = [&](const std::string& secret) { return statusWith(secret, "GET", "/"); };
        writeTokens({token("view", "operate", "secret-of-view-1"), token("new", "read", "secret-of-new-01")});
        host().signal(SIGHUP);
        waitOutput("configuration: cluster.webServerTokensFile");
        CPPUNIT_ASSERT_EQUAL(401, reads("secret-of-ops-one"));
        CPPUNIT_ASSERT_EQUAL(200, reads("secret-of-new-01"));
        CPPUNIT_ASSERT_EQUAL(200, statusWith("secret-of-view-1", "POST", "/logLevel/info"));
        // A bad file changes nothing, and says where.
        writePrivate("files/tokens",
                     writeToken(token("x", "read", "secret-of-x-0001")) + "\nplain my-own-plain-secret\n");
        const HttpAnswer answer = post("/config/reload");
        CPPUNIT_ASSERT_EQUAL(422, answer.status);
        CPPUNIT_ASSERT(answer.body.find("files/tokens', line 2: ") != std::string::npos);
        CPPUNIT_ASSERT(answer.body.find("my-own-plain-secret") == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(200, reads("secret-of-new-01"));
        CPPUNIT_ASSERT_EQUAL(401, reads("secret-of-x-0001"));
        CPPUNIT_ASSERT(output().find("my-own-plain-secret") == std::string::npos);
    }

    void aBadTokensFileStopsTheStart()
    {
        actors(1);
        writeTokens({token("ops", "operate", "secret-of-ops-one")});
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path("files/tokens").c_str(), 0644));
        set("cluster.webServerTokensFile", path("files/tokens"));
        expectProblem("files/tokens' is open to others");
        CPPUNIT_ASSERT_EQUAL(78, startAndEnd());
        exitCodeMayBe(78);
    }

    void certificatesAreReadAgain()
    {
        expectProblem("is not the key of webServerCertificate");
        actors(1);
        const Made first = makeAuthority("first");
        const Made second = makeAuthority("second");
        const Made of[] = {makeCertificate("one", first), makeCertificate("two", second)};
        const auto write = [&](const Made& made) {
            writeFile(path("files/cert.pem"), made.certificate);
            writePrivate("files/key.pem", made.key);
        };
        write(of[0]);
        set("cluster.webServerPort", "0");
        set("cluster.webServerCertificate", path("files/cert.pem"));
        set("cluster.webServerKey", path("files/key.pem"));
        startReady();
        const std::string address = endpoint("https");
        const auto statusBy = [&](const Made& authority) {
            TlsClient client(RawClient::toTcp(address), {authority.certificate, nullptr, 0});
            if (!client.handshake()) return 0;
            (void)client.send("GET / HTTP/1.1\r\nHost: " + address + "\r\n\r\n");
            return statusOf(client.readAll());
        };
        CPPUNIT_ASSERT_EQUAL(200, statusBy(first));
        CPPUNIT_ASSERT_EQUAL(0, statusBy(second));
        write(of[1]);
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        CPPUNIT_ASSERT_EQUAL(200, statusBy(second));
        CPPUNIT_ASSERT_EQUAL(0, statusBy(first));
        writePrivate("files/key.pem", of[0].key);
        CPPUNIT_ASSERT_EQUAL(422, post("/config/reload?wait=10s").status);
        CPPUNIT_ASSERT_EQUAL(200, statusBy(second));
    }

    void thePortMovesWithTheConfiguration()
    {
        expectProblem("another program uses it");
        actors(1);
        startReady();
        set("cluster.webServerPort", "0");
        const auto reload = [&] {
            writeConfig();
            return post("/config/reload?wait=10s").status;
        };
        CPPUNIT_ASSERT_EQUAL(200, reload());
        const std::string first = endpoint();
        CPPUNIT_ASSERT_EQUAL(200, get(Poco::Net::SocketAddress(first), "/").status);
        set("cluster.webServerAddress", "127.0.0.5");
        CPPUNIT_ASSERT_EQUAL(200, reload());
        waitOutput("control port: http://127.0.0.5:");
        const std::string second = endpoint();
        CPPUNIT_ASSERT_EQUAL(200, get(Poco::Net::SocketAddress(second), "/").status);
        // One that cannot be had changes nothing.
        Poco::Net::ServerSocket taken;
        taken.bind(Poco::Net::SocketAddress("127.0.0.6", 0), false, false);
        taken.listen();
        set("cluster.webServerAddress", "127.0.0.6");
        set("cluster.webServerPort", std::to_string(taken.address().port()));
        CPPUNIT_ASSERT_EQUAL(422, reload());
        CPPUNIT_ASSERT_EQUAL(200, get(Poco::Net::SocketAddress(second), "/").status);
        unset("cluster.webServerPort");
        CPPUNIT_ASSERT_EQUAL(200, reload());
        waitOutput("control port: not on TCP any more");
        CPPUNIT_ASSERT(waitFor([&] { return !RawClient::toTcp(second).connected(); }));
        descriptorsMayGrow();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessChangeTest);

}  // namespace
