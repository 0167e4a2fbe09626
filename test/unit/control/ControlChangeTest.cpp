/// Goal: tokens, certificates, address, port and the socket's rights change while the port serves, for the
/// next request, and a change that cannot be made changes nothing. Method: a running control port that is
/// changed and asked after each change.
#include <Poco/Exception.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/TcpListener.h"
#include "unit/control/RunningControl.h"
#include "unit/control/TlsClient.h"

namespace clustermanager::control::test {

class ControlChangeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ControlChangeTest);
    CPPUNIT_TEST(aTokenIsReplaced);
    CPPUNIT_TEST(rolesChange);
    CPPUNIT_TEST(thePortMovesGoesAndComes);
    CPPUNIT_TEST(whoIsReadingKeepsItsConnection);
    CPPUNIT_TEST(certificatesAreReplaced);
    CPPUNIT_TEST(whatCannotBeChangesNothing);
    CPPUNIT_TEST(aPreparedChangeMayBeForgotten);
    CPPUNIT_TEST(theSocketsModeChanges);
    CPPUNIT_TEST(theChangeOutlivesAPause);
    CPPUNIT_TEST_SUITE_END();

    static ControlAccess onTcp(int port = 0)
    {
        ControlAccess access;
        access.tcpPort = port;
        return access;
    }

    static access::Tokens token(const std::string& secret, access::Role role = access::Role::Operate)
    {
        return {access::hashed("ops", role, secret)};
    }

    static int ask(const RunningControl& control, const std::string& secret,
                   const std::string& method = "GET", const std::string& target = "/")
    {
        return statusOf(
            control.ask(method, target, secret.empty() ? "" : "Authorization: Bearer " + secret + "\r\n"));
    }

    void aTokenIsReplaced()
    {
        RunningControl control;
        const std::string endpoint = control.endpoint();
        CPPUNIT_ASSERT_EQUAL(200, ask(control, ""));
        ControlAccess access = onTcp();
        for (const char* secret : {"first-secret-token", "second-secret-token"})
        {
            access.tokens = token(secret);
            control.server.prepare(access)();
            CPPUNIT_ASSERT_EQUAL(200, ask(control, secret));
            for (const char* other : {"", "other-secret-token"})
                CPPUNIT_ASSERT_EQUAL(401, ask(control, other));
        }
        CPPUNIT_ASSERT_EQUAL(401, ask(control, "first-secret-token"));
        CPPUNIT_ASSERT_EQUAL(endpoint, control.endpoint());
    }

    void rolesChange()
    {
        RunningControl control;
        ControlAccess access = onTcp();
        access.tokens = token("a-secret-token-1", access::Role::Read);
        control.server.prepare(access)();
        CPPUNIT_ASSERT_EQUAL(200, ask(control, "a-secret-token-1"));
        CPPUNIT_ASSERT_EQUAL(403, ask(control, "a-secret-token-1", "POST", "/reload"));
        access.tokens = token("a-secret-token-1");
        control.server.prepare(access)();
        CPPUNIT_ASSERT_EQUAL(200, ask(control, "a-secret-token-1", "POST", "/reload"));
    }

    void thePortMovesGoesAndComes()
    {
        RunningControl control;
        const std::string first = control.endpoint();
        ControlAccess access = onTcp();
        access.tcpAddress = "127.0.0.3";
        control.server.prepare(access)();
        CPPUNIT_ASSERT(control.endpoint().find("127.0.0.3:") == 0);
        CPPUNIT_ASSERT_EQUAL(200, ask(control, ""));
        // The gate lets go of the old listener in its own time.
        const TimePoint deadline = Clock::now() + std::chrono::seconds(20);
        while (RawClient::toTcp(first).connected()) CPPUNIT_ASSERT(Clock::now() < deadline);
        control.server.prepare(onTcp(-1))();
        CPPUNIT_ASSERT_EQUAL(std::string(), control.endpoint());
        CPPUNIT_ASSERT_EQUAL(200,
                             statusOf(exchange(control.toSocket(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
        control.server.prepare(onTcp())();
        CPPUNIT_ASSERT_EQUAL(200, ask(control, ""));
        control.server.stop();
        CPPUNIT_ASSERT_EQUAL(std::string(), control.server.url());
    }

    void whoIsReadingKeepsItsConnection()
    {
        RunningControl control;
        RawClient client = control.toTcp();
        const std::string request = "GET / HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n\r\n";
        CPPUNIT_ASSERT(client.send(request.substr(0, 20)));
        ControlAccess access = onTcp();
        access.tokens = token("a-secret-token-1");
        control.server.prepare(access)();
        // It is judged by what is in force when it is whole.
        CPPUNIT_ASSERT(client.send(request.substr(20)));
        CPPUNIT_ASSERT_EQUAL(401, statusOf(client.readAll()));
    }

    void certificatesAreReplaced()
    {
        RunningControl control;
        for (const char* name : {"one", "two"})
        {
            const access::test::Made authority = access::test::makeAuthority("CA of " + std::string(name));
            const access::test::Made own = access::test::makeCertificate(name, authority);
            ControlAccess access = onTcp();
            access.certificates = {own.certificate, own.key, ""};
            control.server.prepare(access)();
            TlsClient client(control.toTcp(), {authority.certificate, nullptr, 0});
            CPPUNIT_ASSERT(client.handshake());
            (void)client.send("GET / HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n\r\n");
            CPPUNIT_ASSERT_EQUAL(200, statusOf(client.readAll()));
        }
        control.server.prepare(onTcp())();
        CPPUNIT_ASSERT_EQUAL(200, ask(control, ""));
    }

    void whatCannotBeChangesNothing()
    {
        RunningControl control;
        const std::string endpoint = control.endpoint();
        const TcpListener taken = listenOnTcp("127.0.0.1", 0);
        ControlAccess another = onTcp(taken.port);
        another.tokens = token("a-secret-token-1");
        ControlAccess open = onTcp();
        open.tcpAddress = "0.0.0.0";
        ControlAccess broken = onTcp();
        broken.certificates = {"nonsense", "nonsense", ""};
        for (const ControlAccess& access : {another, open, broken})
            CPPUNIT_ASSERT_THROW(control.server.prepare(access), Poco::Exception);
        CPPUNIT_ASSERT_EQUAL(endpoint, control.endpoint());
        CPPUNIT_ASSERT_EQUAL(200, ask(control, ""));
    }

    void aPreparedChangeMayBeForgotten()
    {
        RunningControl control;
        ControlAccess access = onTcp();
        access.tcpAddress = "127.0.0.4";
        access.tokens = token("a-secret-token-1");
        (void)control.server.prepare(access);
        CPPUNIT_ASSERT_EQUAL(200, ask(control, ""));
    }

    void theSocketsModeChanges()
    {
        RunningControl control;
        ControlAccess access = onTcp();
        for (const unsigned mode : {0660U, 0666U, 0600U})
        {
            access.socketRights = {mode, ::getegid()};
            control.server.prepare(access)();
            struct stat facts = {};
            CPPUNIT_ASSERT_EQUAL(0, ::stat(control.path().c_str(), &facts));
            CPPUNIT_ASSERT_EQUAL(mode, facts.st_mode & 07777U);
            CPPUNIT_ASSERT_EQUAL(200,
                                 statusOf(exchange(control.toSocket(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
        }
    }

    void theChangeOutlivesAPause()
    {
        RunningControl control;
        ControlAccess access = onTcp();
        access.tokens = token("a-secret-token-1");
        control.server.prepare(access)();
        control.server.pause();
        control.server.goOn();
        CPPUNIT_ASSERT_EQUAL(401, ask(control, ""));
        CPPUNIT_ASSERT_EQUAL(200, ask(control, "a-secret-token-1"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ControlChangeTest);

}  // namespace clustermanager::control::test
