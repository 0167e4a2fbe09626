/// Goal: TLS in the gate holds what the gate promises in clear, lets in whom the authority of clients has
/// signed and nobody else, and speaks nothing old. Method: a running control port with certificates made
/// here, and real clients: good ones, without or with a wrong certificate, in clear, old, slow, silent,
/// renegotiating, some that leave or never read.
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <mutex>
#include <thread>

#include "unit/control/RunningControl.h"
#include "unit/control/TlsClient.h"

namespace clustermanager::control::test {

using access::test::Made;
using access::test::makeAuthority;
using access::test::makeCertificate;

class TlsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TlsTest);
    CPPUNIT_TEST(answersOverTls);
    CPPUNIT_TEST(answersOverTls12);
    CPPUNIT_TEST(refusesOldVersions);
    CPPUNIT_TEST(tellsPlainHttpToUseTls);
    CPPUNIT_TEST(theUnixSocketStaysInClear);
    CPPUNIT_TEST(letsInWhomTheAuthoritySigned);
    CPPUNIT_TEST(refusesOthersCertificates);
    CPPUNIT_TEST(sendsAWholeLargeAnswer);
    CPPUNIT_TEST(takesARequestInManyRecords);
    CPPUNIT_TEST(refusesToRenegotiate);
    CPPUNIT_TEST(resumesNoSession);
    CPPUNIT_TEST(endsASlowHandshakeInTime);
    CPPUNIT_TEST(survivesRubbishAndClientsThatLeave);
    CPPUNIT_TEST(answersWhileManyDawdle);
    CPPUNIT_TEST(aStreamMovesToAnotherThread);
    CPPUNIT_TEST_SUITE_END();

    const Made _authority = makeAuthority("Test CA");
    const Made _own = makeCertificate("localhost", _authority);

    ControlOptions options(const std::string& clientCa = "", GateLimits limits = {}) const
    {
        ControlOptions options;
        options.certificates = {_own.certificate, _own.key, clientCa};
        options.limits = limits;
        return options;
    }

    TlsClient client(const RunningControl& control, const Made* own = nullptr, int maxVersion = 0) const
    {
        return {control.toTcp(), {_authority.certificate, own, maxVersion}};
    }

    static std::string request(const RunningControl& control, const std::string& line = "GET / HTTP/1.1")
    {
        return line + "\r\nHost: " + control.endpoint() + "\r\n\r\n";
    }

    /// The status over TLS, 0 where there was no answer.
    int ask(const RunningControl& control, const Made* own = nullptr, int maxVersion = 0) const
    {
        TlsClient one = client(control, own, maxVersion);
        if (!one.handshake()) return 0;
        (void)one.send(request(control));
        return statusOf(one.readAll());
    }

    void answersOverTls()
    {
        const RunningControl control(options());
        TlsClient one = client(control);
        CPPUNIT_ASSERT(one.handshake());
        CPPUNIT_ASSERT_EQUAL(std::string("TLSv1.3"), std::string(SSL_get_version(one.session())));
        CPPUNIT_ASSERT(one.send(request(control)) > 0);
        const std::string answer = one.readAll();
        CPPUNIT_ASSERT_EQUAL(200, statusOf(answer));
        CPPUNIT_ASSERT_EQUAL(std::to_string(bodyOf(answer).size()), headerOf(answer, "Content-Length"));
        // The end was said, so nobody has cut the answer short.
        CPPUNIT_ASSERT((SSL_get_shutdown(one.session()) & SSL_RECEIVED_SHUTDOWN) != 0);
        CPPUNIT_ASSERT_EQUAL("https://" + control.endpoint() + "/", control.server.url());
    }

    void answersOverTls12()
    {
        const RunningControl control(options());
        CPPUNIT_ASSERT_EQUAL(200, ask(control, nullptr, TLS1_2_VERSION));
    }

    void refusesOldVersions()
    {
        const RunningControl control(options());
        CPPUNIT_ASSERT_EQUAL(0, ask(control, nullptr, TLS1_1_VERSION));
        CPPUNIT_ASSERT_EQUAL(200, ask(control));
    }

    void tellsPlainHttpToUseTls()
    {
        const RunningControl control(options());
        for (const char* line : {"GET / HTTP/1.1", "POST /children/exit HTTP/1.1", "HEAD / HTTP/1.1"})
        {
            const std::string answer = exchange(control.toTcp(), request(control, line));
            CPPUNIT_ASSERT_EQUAL(400, statusOf(answer));
            CPPUNIT_ASSERT(answer.find("speaks TLS") != std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, control.host.commandCount());
    }

    void theUnixSocketStaysInClear()
    {
        const RunningControl control(options(_authority.certificate));
        CPPUNIT_ASSERT_EQUAL(200,
                             statusOf(exchange(control.toSocket(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
    }

    void letsInWhomTheAuthoritySigned()
    {
        const Made clients = makeAuthority("Clients");
        const Made anna = makeCertificate("anna", clients);
        ControlOptions wanted = options(clients.certificate);
        std::mutex mutex;
        std::vector<std::string> lines;
        wanted.audit = [&](const AuditEntry& entry) {
            const std::lock_guard<std::mutex> lock(mutex);
            lines.push_back(entry.text());
        };
        const RunningControl control(wanted);
        for (const int version : {0, TLS1_2_VERSION}) CPPUNIT_ASSERT_EQUAL(200, ask(control, &anna, version));
        TlsClient one = client(control, &anna);
        CPPUNIT_ASSERT(one.handshake());
        (void)one.send(request(control, "POST /reload HTTP/1.1"));
        CPPUNIT_ASSERT(statusOf(one.readAll()) != 0);
        CPPUNIT_ASSERT_EQUAL(std::string("POST /reload by 127.0.0.1 certificate anna: 200"), lines.at(0));
    }

    void refusesOthersCertificates()
    {
        const Made clients = makeAuthority("Clients");
        const Made stranger = makeCertificate("anna", makeAuthority("Clients"));  // of the same name
        const Made late = makeCertificate("anna", clients, true);
        const RunningControl control(options(clients.certificate));
        for (const int version : {0, TLS1_2_VERSION})
            for (const Made* own : {static_cast<const Made*>(nullptr), &stranger, &late, &_own})
                CPPUNIT_ASSERT_EQUAL(0, ask(control, own, version));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, control.host.commandCount());
    }

    void sendsAWholeLargeAnswer()
    {
        RunningControl control(options());
        control.host.show(snapshotWith(10000));
        TlsClient one = client(control);
        CPPUNIT_ASSERT(one.handshake());
        (void)one.send(request(control));
        const std::string answer = one.readAll();
        CPPUNIT_ASSERT(answer.size() > 3000000);
        CPPUNIT_ASSERT_EQUAL(std::to_string(bodyOf(answer).size()), headerOf(answer, "Content-Length"));
    }

    void takesARequestInManyRecords()
    {
        const RunningControl control(options());
        TlsClient one = client(control);
        CPPUNIT_ASSERT(one.handshake());
        const std::string head =
            "POST /reload HTTP/1.1\r\nHost: " + control.endpoint() + "\r\nContent-Length: 9000\r\n\r\n";
        for (const char c : head) CPPUNIT_ASSERT_EQUAL(1, one.send(std::string(1, c)));
        CPPUNIT_ASSERT_EQUAL(9000, one.send(std::string(9000, ' ')));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(one.readAll()));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, control.host.commandCount());
    }

    void refusesToRenegotiate()
    {
        const RunningControl control(options());
        TlsClient one = client(control, nullptr, TLS1_2_VERSION);
        CPPUNIT_ASSERT(one.handshake());
        CPPUNIT_ASSERT_EQUAL(1, SSL_renegotiate(one.session()));
        CPPUNIT_ASSERT(SSL_do_handshake(one.session()) != 1);
        CPPUNIT_ASSERT_EQUAL(200, ask(control));
    }

    void resumesNoSession()
    {
        const RunningControl control(options());
        for (const int version : {0, TLS1_2_VERSION})
        {
            TlsClient first = client(control, nullptr, version);
            CPPUNIT_ASSERT(first.handshake());
            (void)first.send(request(control));
            CPPUNIT_ASSERT_EQUAL(200, statusOf(first.readAll()));
            SSL_SESSION* session = SSL_get1_session(first.session());
            TlsClient second = client(control, nullptr, version);
            (void)SSL_set_session(second.session(), session);
            CPPUNIT_ASSERT(second.handshake());
            CPPUNIT_ASSERT_EQUAL(0, SSL_session_reused(second.session()));
            SSL_SESSION_free(session);
        }
    }

    void endsASlowHandshakeInTime()
    {
        GateLimits limits;
        limits.requestTime = Millis(200);
        const RunningControl control(options("", limits));
        RawClient silent = control.toTcp();
        RawClient half = control.toTcp();
        CPPUNIT_ASSERT(half.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7)));
        TlsClient idle = client(control);
        CPPUNIT_ASSERT(idle.handshake());
        TlsClient cut = client(control);
        CPPUNIT_ASSERT(cut.handshake());
        (void)cut.send("POST /reload HTTP/1.1\r\nHost:");
        CPPUNIT_ASSERT_EQUAL(std::string(), silent.readAll());
        CPPUNIT_ASSERT_EQUAL(std::string(), half.readAll());
        CPPUNIT_ASSERT_EQUAL(std::string(), idle.readAll());
        CPPUNIT_ASSERT_EQUAL(408, statusOf(cut.readAll()));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, control.host.commandCount());
    }

    void survivesRubbishAndClientsThatLeave()
    {
        const RunningControl control(options());
        for (unsigned i = 0; i < 100; ++i)
        {
            RawClient rubbish = control.toTcp();
            std::string bytes = i % 2 == 0 ? std::string("\x16\x03\x01", 3) : "";
            for (unsigned k = 0; k < i * 7; ++k) bytes += static_cast<char>((k * 131 + i * 17) & 0xFFU);
            (void)rubbish.send(bytes);
            if (i % 10 != 0) continue;
            TlsClient leaves = client(control);
            CPPUNIT_ASSERT(leaves.handshake());
            (void)leaves.send("GET / HTTP/1.1\r\n");
        }
        CPPUNIT_ASSERT_EQUAL(200, ask(control));
    }

    void answersWhileManyDawdle()
    {
        const RunningControl control(options());
        std::vector<RawClient> slow;
        for (int i = 0; i < 300; ++i)
        {
            slow.push_back(control.toTcp());
            CPPUNIT_ASSERT(slow.back().send(std::string("\x16\x03\x01\x02", 4)));
        }
        for (int i = 0; i < 5; ++i) CPPUNIT_ASSERT_EQUAL(200, ask(control));
    }

    /// What is to stream events takes the connection along, with what TLS holds of it.
    void aStreamMovesToAnotherThread()
    {
        int pair[2];
        CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
        ::fcntl(pair[0], F_SETFL, O_NONBLOCK);
        const auto made = access::TlsContext::make({_own.certificate, _own.key, ""});
        auto stream =
            std::get<std::shared_ptr<const access::TlsContext>>(made)->stream(FileDescriptor(pair[0]));
        std::string came;
        std::thread other([&] {
            char buffer[16];
            while (came.size() < 4)
            {
                const ByteStream::Step step = stream->read(buffer, sizeof buffer);
                if (step.state == ByteStream::State::Moved) came.append(buffer, step.count);
                pollfd ready{stream->descriptor(), POLLIN, 0};
                if (step.state == ByteStream::State::WantsRead) (void)::poll(&ready, 1, 20000);
                if (step.state == ByteStream::State::Failed) return;
            }
        });
        TlsClient one(RawClient::over(FileDescriptor(pair[1])), {});
        CPPUNIT_ASSERT(one.handshake());
        CPPUNIT_ASSERT_EQUAL(4, one.send("ping"));
        other.join();
        CPPUNIT_ASSERT_EQUAL(std::string("ping"), came);
        CPPUNIT_ASSERT(stream->write("pong", 4).state == ByteStream::State::Moved);
        stream->finish();
        CPPUNIT_ASSERT_EQUAL(std::string("pong"), one.readAll());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TlsTest);

}  // namespace clustermanager::control::test
