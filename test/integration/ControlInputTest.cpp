/// Goal: whatever arrives at the control port of a real host, only whole and honest requests change anything,
/// and nobody is kept waiting.
/// Method: raw bytes over TCP and the Unix socket; the restart count of a child tells what was done.
#include "HostFixture.h"

#include <sys/stat.h>

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <future>

namespace {

using namespace clustermanager::integration;

class ControlInputTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ControlInputTest);
    CPPUNIT_TEST(neverActsOnATruncatedRequest);
    CPPUNIT_TEST(doesNotRunARequestInABody);
    CPPUNIT_TEST(refusesOtherSites);
    CPPUNIT_TEST(refusesMalformedRequests);
    CPPUNIT_TEST(wantsTheTokenOnTcp);
    CPPUNIT_TEST(slowClientsStarveNobody);
    CPPUNIT_TEST(clientsMayHangUp);
    CPPUNIT_TEST(aFloodOfConnectionsLeavesNothing);
    CPPUNIT_TEST(aSecondHostRefuses);
    CPPUNIT_TEST(keepsTheSocketPrivate);
    CPPUNIT_TEST_SUITE_END();

    Poco::Net::SocketAddress _tcp;

    void startWithTcp()
    {
        actors(1);
        set("cluster.webServerPort", "0");
        startReady();
        waitOutput("http://127.0.0.1:");
        const std::string text = output();
        const std::size_t begin = text.find("http://127.0.0.1:") + 7;
        const std::size_t end = text.find_first_not_of("0123456789", text.find(':', begin) + 1);
        _tcp = Poco::Net::SocketAddress(text.substr(begin, end - begin));
    }

    void assertNothingHappened() const
    {
        const ChildView child = status().child(1);
        CPPUNIT_ASSERT_EQUAL(0u, child.restarts);
        CPPUNIT_ASSERT_EQUAL(std::string("ready"), child.state);
    }

    std::string hostHeader() const { return "Host: " + _tcp.toString() + "\r\n"; }

public:
    void neverActsOnATruncatedRequest()
    {
        startWithTcp();
        const std::string whole =
            "POST /children/exit HTTP/1.1\r\n" + hostHeader() + "Content-Length: 0\r\n\r\n";
        for (std::size_t size = 1; size < whole.size(); ++size)
        {
            Poco::Net::StreamSocket socket(_tcp);
            socket.sendBytes(whole.data(), static_cast<int>(size));
            socket.shutdownSend();
            char answer[4096];
            socket.setReceiveTimeout(Poco::Timespan(10L * timeFactor(), 0));
            try
            {
                while (socket.receiveBytes(answer, sizeof answer) > 0)
                {}
            }
            catch (const Poco::Exception&)
            {
                // Hung up with our bytes unread.
            }
        }
        assertNothingHappened();
    }

    void doesNotRunARequestInABody()
    {
        startWithTcp();
        const std::string inner =
            "POST /children/exit HTTP/1.1\r\n" + hostHeader() + "Content-Length: 0\r\n\r\n";
        for (const std::string& target : std::vector<std::string>{"/nowhere", "/", "/logLevel/info"})
        {
            const std::string answer =
                exchangeBytes(_tcp, "POST " + target + " HTTP/1.1\r\n" + hostHeader() + "Content-Length: " +
                                        std::to_string(inner.size()) + "\r\n\r\n" + inner);
            CPPUNIT_ASSERT_MESSAGE(answer, answer.find("HTTP/1.1", 8) == std::string::npos);
        }
        exchangeBytes(_tcp, "GET / HTTP/1.1\r\n" + hostHeader() + "\r\n" + inner);
        assertNothingHappened();
    }

    void refusesOtherSites()
    {
        startWithTcp();
        const std::vector<std::vector<std::string>> headers{
            {"Origin: http://evil.example"},
            {"Origin: null"},
            {"Sec-Fetch-Site: cross-site"},
            {"Sec-Fetch-Site: same-site"},
        };
        for (const char* method : {"GET", "POST"})
            for (const auto& header : headers)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(header.front(), 403,
                                             request(_tcp, method, "/children/exit", header).status);
        for (const char* name : {"evil.example", "localhost.evil.example:80", "127.0.0.1:1"})
        {
            const HttpAnswer answer = parseAnswer(exchangeBytes(
                _tcp, std::string("POST /children/exit HTTP/1.1\r\nContent-Length: 0\r\nHost: ") + name +
                          "\r\n\r\n"));
            CPPUNIT_ASSERT_MESSAGE(name,
                                   answer.status == 400 || answer.status == 403 || answer.status == 421);
        }
        assertNothingHappened();
    }

    void refusesMalformedRequests()
    {
        startWithTcp();
        const std::vector<std::string> requests{
            "POST /children/exit HTTP/1.1\r\n\r\n",
            "POST /children/exit HTTP/1.1\r\n" + hostHeader() + hostHeader() + "Content-Length: 0\r\n\r\n",
            "POST /children/exit HTTP/1.1\r\n" + hostHeader() + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /children/exit HTTP/1.1\r\n" + hostHeader() + "Content-Length: -1\r\n\r\n",
            "POST /children/exit HTTP/1.1\r\n" + hostHeader() +
                "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
            "POST /children/exit FOO/9.9\r\n" + hostHeader() + "Content-Length: 0\r\n\r\n",
            "post /children/exit HTTP/1.1\r\n" + hostHeader() + "Content-Length: 0\r\n\r\n",
            "POST /children/exit HTTP/1.1\n" + hostHeader() + "Content-Length: 0\r\n\r\n",
            "POST /children/exit HTTP/1.1\r\n" + hostHeader() + "X\n\r\n",
            "POST /children/exit HTTP/1.1\r\n" + hostHeader() + "X: " + std::string(20'000, 'x') + "\r\n\r\n",
            std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
            "SSH-2.0-OpenSSH_9.2\r\n\r\n",
            std::string("POST /children/exit HTTP/1.1\r\nA: \0\r\n", 36) + hostHeader() + "\r\n",
        };
        for (const std::string& bytes : requests)
        {
            const HttpAnswer answer = parseAnswer(exchangeBytes(_tcp, bytes));
            CPPUNIT_ASSERT_MESSAGE(bytes.substr(0, 200), answer.status == 0 || answer.status >= 400);
        }
        assertNothingHappened();
    }

    void wantsTheTokenOnTcp()
    {
        set("cluster.webServerToken", "a-token-that-nobody-knows");
        startWithTcp();
        CPPUNIT_ASSERT_EQUAL(401, request(_tcp, "POST", "/children/exit").status);
        CPPUNIT_ASSERT_EQUAL(
            401,
            request(_tcp, "POST", "/children/exit", {"Authorization: Bearer a-token-that-nobody"}).status);
        assertNothingHappened();
        CPPUNIT_ASSERT_EQUAL(
            200, request(_tcp, "POST", "/children/exit", {"Authorization: Bearer a-token-that-nobody-knows"})
                     .status);
        waitRestarts(1, 1);
    }

    void slowClientsStarveNobody()
    {
        startWithTcp();
        std::vector<Poco::Net::StreamSocket> clients;
        for (int i = 0; i < 500; ++i)
        {
            clients.emplace_back();
            clients.back().connect(_tcp, Poco::Timespan(5L * timeFactor(), 0));
        }
        const std::string bytes = "GET / HTTP/1.1\r\nHost: x\r\n";
        Millis slowest{0};
        for (std::size_t round = 0; round < 20; ++round)
        {
            for (Poco::Net::StreamSocket& client : clients)
                ::send(client.impl()->sockfd(), &bytes[round], 1, MSG_NOSIGNAL | MSG_DONTWAIT);
            const auto begin = std::chrono::steady_clock::now();
            assertNothingHappened();
            slowest = std::max(slowest,
                               std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin));
            ::poll(nullptr, 0, 50);
        }
        CPPUNIT_ASSERT_MESSAGE(std::to_string(slowest.count()), slowest < Millis(1000) * timeFactor());
        signalChild(1);
        allowProblem("child 1");
        waitRestarts(1, 1);
    }

    void clientsMayHangUp()
    {
        startWithTcp();
        for (int i = 0; i < 100; ++i)
        {
            Poco::Net::StreamSocket socket(i % 2 == 0 ? _tcp : controlSocket());
            const std::string bytes =
                "GET / HTTP/1.1\r\nHost: " + (i % 2 == 0 ? _tcp.toString() : "localhost") + "\r\n\r\n";
            socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
        }
        assertNothingHappened();
    }

    /// As fast as four clients can, none of which says a word.
    void aFloodOfConnectionsLeavesNothing()
    {
        startWithTcp();
        const std::size_t descriptors = openDescriptors(host().pid());
        std::atomic<int> left{10'000};
        std::vector<std::future<void>> clients;
        for (int i = 0; i < 4; ++i)
            clients.push_back(std::async(std::launch::async, [&] {
                while (left-- > 0)
                {
                    Poco::Net::StreamSocket socket(_tcp);
                    socket.setLinger(true, 0);  // leaves no port behind that other tests would lack
                }
            }));
        for (std::future<void>& client : clients)
        {
            while (client.wait_for(Millis(0)) != std::future_status::ready) assertNothingHappened();
            client.get();
        }
        CPPUNIT_ASSERT(waitFor([&] { return openDescriptors(host().pid()) <= descriptors; }));
        CPPUNIT_ASSERT_EQUAL(200, request(_tcp, "GET", "/").status);
    }

    void aSecondHostRefuses()
    {
        actors(1);
        expectProblem("control.sock");
        startReady();
        struct stat before = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(path("run/control.sock").c_str(), &before));
        {
            Launch launch;
            launch.program = CM_HOST_BINARY;
            launch.arguments = {"--config-file=" + path("host.properties"), path("files/actor.so")};
            launch.workingFolder = path("");
            launch.output = path("output");
            HostProcess second(launch);
            const auto end = second.waitForEnd();
            CPPUNIT_ASSERT_MESSAGE(output(), end.has_value());
            CPPUNIT_ASSERT_EQUAL(69, exitCode(*end));
        }
        struct stat after = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(path("run/control.sock").c_str(), &after));
        CPPUNIT_ASSERT_EQUAL(before.st_ino, after.st_ino);
        assertNothingHappened();
    }

    void keepsTheSocketPrivate()
    {
        actors(1);
        argument("--umask=000");
        startReady();
        struct stat facts = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(path("run/control.sock").c_str(), &facts));
        CPPUNIT_ASSERT_EQUAL(static_cast<mode_t>(0600), static_cast<mode_t>(facts.st_mode & 0777));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ControlInputTest);

}  // namespace
