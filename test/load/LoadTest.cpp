/// Goal: the load tells a lost request from an answered one, each kind by its name, and loses none itself.
/// Method: a server that does to its connections exactly what a script says.
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <thread>

#include "load/Load.h"

namespace {

using namespace clustermanager;
using namespace clustermanager::load;

/// Serves one connection after the other, each by `serve`, on a port of 127.0.0.1 that the kernel chose.
class Server
{
public:
    explicit Server(std::function<void(int)> serve)
        : _serve(std::move(serve)), _listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address = {};
        socklen_t size = sizeof address;
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CPPUNIT_ASSERT(::bind(_listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        CPPUNIT_ASSERT(::listen(_listener.get(), 64) == 0);
        (void)::getsockname(_listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port = ntohs(address.sin_port);
        _thread = std::thread([this] { run(); });
    }
    ~Server()
    {
        _done = true;
        _thread.join();
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Reads one request; false: the client has hung up.
    static bool readRequest(int socket)
    {
        std::string bytes;
        char byte = 0;
        while (bytes.find("\r\n\r\n") == std::string::npos)
        {
            if (::recv(socket, &byte, 1, 0) != 1) return false;
            bytes += byte;
        }
        return true;
    }

    static void say(int socket, const std::string& text)
    {
        (void)!::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    }

    std::uint16_t port = 0;

private:
    void run()
    {
        while (!_done)
        {
            pollfd event{_listener.get(), POLLIN, 0};
            if (::poll(&event, 1, 10) != 1) continue;
            const FileDescriptor socket(::accept4(_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (socket) _serve(socket.get());
        }
    }

    std::function<void(int)> _serve;
    FileDescriptor _listener;
    std::atomic<bool> _done{false};
    std::thread _thread;
};

const std::string kGood = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Child: 1\r\n\r\nHello\n";
const std::string kLast = "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 6\r\n\r\nHello\n";

class LoadTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LoadTest);
    CPPUNIT_TEST(itCountsWhatIsAnswered);
    CPPUNIT_TEST(itKeepsToItsPlan);
    CPPUNIT_TEST(aNoticeIsNoLoss);
    CPPUNIT_TEST(anEndBeforeTheRequestIsNoLoss);
    CPPUNIT_TEST(aRefusalIsALoss);
    CPPUNIT_TEST(anEndInPlaceOfTheAnswerIsALoss);
    CPPUNIT_TEST(aResetIsALoss);
    CPPUNIT_TEST(anAnswerThatIsCutOffIsALoss);
    CPPUNIT_TEST(anotherAnswerIsALoss);
    CPPUNIT_TEST(bytesBehindTheAnswerAreALoss);
    CPPUNIT_TEST(silenceIsALoss);
    CPPUNIT_TEST(aConnectionThatStaysOpenAfterItsLastAnswerIsALoss);
    CPPUNIT_TEST(quantilesAreWithinOnePercent);
    CPPUNIT_TEST_SUITE_END();

    static Load::Plan plan(std::uint16_t port, bool keepsAlive)
    {
        Load::Plan plan;
        plan.request.port = port;
        plan.request.patience = std::chrono::milliseconds(200);
        plan.closing = keepsAlive ? 0 : 1;
        plan.keeping = keepsAlive ? 1 : 0;
        return plan;
    }

    /// Until `count` requests have come to some end, or a deadline.
    static Tally run(const Load::Plan& plan, std::uint64_t count = 3)
    {
        Load load(plan);
        const Clock::time_point deadline = Clock::now() + std::chrono::seconds(20);
        while (load.answered() + load.lost() < count && Clock::now() < deadline) (void)::poll(nullptr, 0, 1);
        return load.stop();
    }

    static void expectOnly(Loss loss, const std::function<void(int)>& serve, bool keepsAlive = true)
    {
        Server server(serve);
        const Tally tally = run(plan(server.port, keepsAlive));
        CPPUNIT_ASSERT_MESSAGE(tally.text(), tally.of(loss) >= 3);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tally.text(), tally.lost(), tally.of(loss));
        CPPUNIT_ASSERT(!tally.stories.empty());
    }

public:
    void itCountsWhatIsAnswered()
    {
        std::atomic<unsigned> served{0};
        const auto serve = [&](int socket) {
            while (Server::readRequest(socket))
            {
                ++served;
                Server::say(socket, kGood);
            }
        };
        Server server(serve);
        const Tally tally = run(plan(server.port, true), 50);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tally.text(), std::uint64_t{0}, tally.lost());
        CPPUNIT_ASSERT(tally.answered >= 50);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{served}, tally.answered);
        CPPUNIT_ASSERT_EQUAL(tally.answered, tally.latencies.count());
    }

    void itKeepsToItsPlan()
    {
        const auto serve = [](int socket) {
            while (Server::readRequest(socket)) Server::say(socket, kGood);
        };
        Server server(serve);
        Load::Plan steady = plan(server.port, true);
        steady.perSecond = 100;
        const Clock::time_point begin = Clock::now();
        const Tally tally = run(steady, 11);
        // The first is due at once, each other one a hundredth of a second later: no sooner can there be 11.
        CPPUNIT_ASSERT(Clock::now() - begin >= std::chrono::milliseconds(100));
        CPPUNIT_ASSERT(tally.answered >= 11);
    }

    void aNoticeIsNoLoss()
    {
        const auto serve = [](int socket) {
            if (!Server::readRequest(socket)) return;
            Server::say(socket, kGood);
            if (Server::readRequest(socket)) Server::say(socket, kLast);
        };
        Server server(serve);
        const Tally tally = run(plan(server.port, true), 10);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tally.text(), std::uint64_t{0}, tally.lost());
        CPPUNIT_ASSERT(tally.closedByNotice >= 4);
    }

    void anEndBeforeTheRequestIsNoLoss()
    {
        const auto serve = [](int socket) {
            if (Server::readRequest(socket)) Server::say(socket, kGood);
        };
        Server server(serve);
        Load::Plan slow = plan(server.port, true);
        slow.perSecond = 20;  // so that the end is there when the next request is due
        const Tally tally = run(slow, 5);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tally.text(), std::uint64_t{0}, tally.lost());
        CPPUNIT_ASSERT(tally.closedIdle >= 3);
    }

    void aRefusalIsALoss()
    {
        std::uint16_t port = 0;
        {
            Server server([](int) {});
            port = server.port;
        }
        const Tally tally = run(plan(port, false));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tally.text(), tally.lost(), tally.of(Loss::Refused));
        CPPUNIT_ASSERT(tally.lost() >= 3);
    }

    void anEndInPlaceOfTheAnswerIsALoss()
    {
        expectOnly(Loss::Closed, [](int socket) { (void)Server::readRequest(socket); });
    }

    void aResetIsALoss()
    {
        expectOnly(Loss::Reset, [](int socket) {
            (void)Server::readRequest(socket);
            const linger atOnce{1, 0};
            (void)::setsockopt(socket, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
        });
    }

    void anAnswerThatIsCutOffIsALoss()
    {
        for (const std::size_t size : {std::size_t{1}, kGood.size() - 1})
            expectOnly(Loss::Truncated, [&](int socket) {
                (void)Server::readRequest(socket);
                Server::say(socket, kGood.substr(0, size));
            });
    }

    void anotherAnswerIsALoss()
    {
        for (const char* answer : {"HTTP/1.1 503 Busy\r\nContent-Length: 6\r\n\r\nHello\n",
                                   "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nHullo\n",
                                   "HTTP/1.1 200 OK\r\n\r\nHello\n", "\r\n\r\n", "SSH-2.0\r\n\r\n"})
            expectOnly(Loss::Wrong, [&](int socket) {
                (void)Server::readRequest(socket);
                Server::say(socket, answer);
            });
    }

    void bytesBehindTheAnswerAreALoss()
    {
        expectOnly(Loss::Wrong, [](int socket) {
            (void)Server::readRequest(socket);
            Server::say(socket, kLast + "x");
        });
    }

    void silenceIsALoss()
    {
        expectOnly(Loss::TimedOut, [](int socket) {
            while (Server::readRequest(socket))
            {}
        });
    }

    void aConnectionThatStaysOpenAfterItsLastAnswerIsALoss()
    {
        Server server([](int socket) {
            while (Server::readRequest(socket)) Server::say(socket, kLast);
        });
        const Tally tally = run(plan(server.port, false), 2);
        CPPUNIT_ASSERT_MESSAGE(tally.text(), tally.of(Loss::Wrong) > 0);
    }

    void quantilesAreWithinOnePercent()
    {
        Latencies latencies;
        for (int i = 1; i <= 1000; ++i) latencies.add(std::chrono::microseconds(10 * i));
        CPPUNIT_ASSERT_DOUBLES_EQUAL(5.0, latencies.quantileMs(0.5), 0.05);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(9.9, latencies.quantileMs(0.99), 0.1);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(10.0, latencies.maxMs(), 0.001);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.0, Latencies().quantileMs(0.5), 0.0);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LoadTest);

}  // namespace
