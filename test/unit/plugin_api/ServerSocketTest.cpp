/// Goal: plain Poco servers work on a listener that processes share: no stop hangs, none drops what it
/// accepted. Method: eight forked processes share one listener; in this process slow handlers fill a server's
/// queue.

#include <Poco/AutoPtr.h>
#include <Poco/ErrorHandler.h>
#include <Poco/Event.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/ThreadPool.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <clustermanager/poco.hpp>
#include <vector>

#include "FakeHost.h"
#include "LoopbackListener.h"
#include "TestHandlers.h"
#include "fakes/Forbid.h"
#include "unit/base/InForkedProcess.h"

namespace {

class Greeter : public Poco::Net::TCPServerConnection
{
public:
    using TCPServerConnection::TCPServerConnection;
    void run() override { socket().sendBytes("x", 1); }
};

/// Counts what Poco's threads complain about.
class ComplaintCounter : public Poco::ErrorHandler
{
public:
    void exception(const Poco::Exception&) override { ++complaints; }
    void exception(const std::exception&) override { ++complaints; }
    void exception() override { ++complaints; }
    std::atomic<int> complaints{0};
};

/// A process with a plain TCPServer on the shared listener, until it is told to stop.
[[noreturn]] void serveUntilTold(int listener, int order)
{
    static ComplaintCounter counter;
    (void)::alarm(60);
    Poco::ErrorHandler::set(&counter);
    Poco::ThreadPool pool(2, 8);
    Poco::Net::TCPServer server(new Poco::Net::TCPServerConnectionFactoryImpl<Greeter>, pool,
                                cm::serverSocket(listener));
    server.start();
    char told = 0;
    (void)!::read(order, &told, 1);
    server.stop();
    ::_exit(counter.complaints == 0 ? 0 : 1);
}

}  // namespace

class ServerSocketTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ServerSocketTest);
    CPPUNIT_TEST(aStopNeverHangsAmongEightProcesses);
    CPPUNIT_TEST(connectionsAreBlockingAndCloseOnExec);
    CPPUNIT_TEST(closingItLeavesTheListenerOpen);
    CPPUNIT_TEST(tryAcceptNeverWaits);
    CPPUNIT_TEST(whoIsGoneBeforeHeIsTakenIsNoError);
    CPPUNIT_TEST(aDrainServesWhatWasAccepted);
    CPPUNIT_TEST(aDrainWaitsForWhoIsBetweenAcceptAndTheQueue);
    CPPUNIT_TEST(aDrainClosesIdleConnections);
    CPPUNIT_TEST(aDrainIsBounded);
    CPPUNIT_TEST(aDrainCutsAHalfSentRequest);
    CPPUNIT_TEST(aDrainClosesWithTheNextAnswer);
    CPPUNIT_TEST_SUITE_END();

    Desk _desk;
    LoopbackListener _listener;

    void aStopNeverHangsAmongEightProcesses()
    {
        constexpr int kProcesses = 8;
        constexpr int kConnections = 500;
        int order[2];
        CPPUNIT_ASSERT_EQUAL(0, ::pipe2(order, O_CLOEXEC));
        std::vector<pid_t> servers;
        for (int i = 0; i < kProcesses; ++i)
        {
            servers.push_back(::fork());
            if (servers.back() == 0) serveUntilTold(_listener.fd(), order[0]);
        }
        for (int i = 0; i < kConnections; ++i)
        {
            RawClient client(_listener);
            CPPUNIT_ASSERT_EQUAL(std::string("x"), client.answer());
        }
        CPPUNIT_ASSERT_EQUAL(ssize_t{kProcesses}, ::write(order[1], "stopstop", kProcesses));
        for (const pid_t server : servers)
        {
            int status = 0;
            pid_t ended = 0;
            CPPUNIT_ASSERT(eventually([&] { return (ended = ::waitpid(server, &status, WNOHANG)) != 0; }));
            CPPUNIT_ASSERT_EQUAL(server, ended);
            CPPUNIT_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        }
        (void)::close(order[0]);
        (void)::close(order[1]);
    }

    void connectionsAreBlockingAndCloseOnExec()
    {
        Poco::Net::ServerSocket socket = cm::serverSocket(_listener.fd());
        RawClient client(_listener);
        CPPUNIT_ASSERT(socket.poll(Poco::Timespan(10, 0), Poco::Net::Socket::SELECT_READ));
        Poco::Net::StreamSocket connection = socket.acceptConnection();
        const int fd = connection.impl()->sockfd();
        CPPUNIT_ASSERT((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        CPPUNIT_ASSERT((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
        CPPUNIT_ASSERT(connection.getBlocking());
    }

    void closingItLeavesTheListenerOpen()
    {
        {
            Poco::Net::ServerSocket socket = cm::serverSocket(_listener.fd());
            socket.impl()->shutdown();
            socket.setBlocking(true);
            socket.close();
        }
        CPPUNIT_ASSERT((::fcntl(_listener.fd(), F_GETFL) & O_NONBLOCK) != 0);
        const RawClient client(_listener);  // it still listens
        Poco::Net::ServerSocket again = cm::serverSocket(_listener.fd());
        CPPUNIT_ASSERT(again.poll(Poco::Timespan(10, 0), Poco::Net::Socket::SELECT_READ));
    }

    void tryAcceptNeverWaits()
    {
        Poco::Net::ServerSocket socket = cm::serverSocket(_listener.fd());
        CPPUNIT_ASSERT(!cm::tryAccept(socket));
        CPPUNIT_ASSERT_THROW(socket.acceptConnection(), Poco::TimeoutException);
        RawClient client(_listener);
        CPPUNIT_ASSERT(eventually([&] { return cm::tryAccept(socket).has_value(); }));
        CPPUNIT_ASSERT(!cm::tryAccept(socket));
    }

    /// What comes of a connection where the kernel answers so: 0: none, 255: one, else the code of what was
    /// thrown.
    int tryAcceptWith(int answer)
    {
        const RawClient client(_listener);
        return clustermanager::test::inForkedProcess([&] {
            Poco::Net::ServerSocket socket = cm::serverSocket(_listener.fd());
            clustermanager::test::forbid(SYS_accept4, static_cast<unsigned>(answer));
            try
            {
                return cm::tryAccept(socket) ? 255 : 0;
            }
            catch (const Poco::Net::NetException& problem)
            {
                return problem.code();
            }
        });
    }

    void whoIsGoneBeforeHeIsTakenIsNoError()
    {
        for (const int answer : {ECONNABORTED, EPROTO, EAGAIN, EINTR})
            CPPUNIT_ASSERT_EQUAL(0, tryAcceptWith(answer));
        CPPUNIT_ASSERT_EQUAL(EMFILE, tryAcceptWith(EMFILE));
    }

    static bool has(const std::string& text, const std::string& part)
    {
        return text.find(part) != std::string::npos;
    }

    void aDrainServesWhatWasAccepted()
    {
        Poco::ThreadPool pool(1, 1);
        Poco::Net::HTTPServerParams::Ptr params(new Poco::Net::HTTPServerParams);
        params->setMaxThreads(1);
        Poco::Net::HTTPServer server(new TestFactory(_desk), pool, cm::serverSocket(_listener.fd()), params);
        server.start();
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 10; ++i)
        {
            clients.push_back(std::make_unique<RawClient>(_listener));
            clients.back()->say("GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        }
        CPPUNIT_ASSERT(eventually([&] { return server.queuedConnections() == 9 && _desk.waiting == 1; }));
        bool finished = false;
        std::thread draining([&] { finished = cm::drain(server); });
        _desk.go.set();
        for (const auto& client : clients) CPPUNIT_ASSERT(has(client->answer(), "hello"));
        draining.join();
        CPPUNIT_ASSERT(finished);
    }

    /// Holds the thread that accepts between accept and the server's queue, as a busy machine may do.
    class SlowFilter : public Poco::Net::TCPServerConnectionFilter
    {
    public:
        bool accept(const Poco::Net::StreamSocket&) override
        {
            asked.set();
            go.wait();
            return true;
        }
        Poco::Event asked;
        Poco::Event go;
    };

    void aDrainWaitsForWhoIsBetweenAcceptAndTheQueue()
    {
        Poco::ThreadPool pool(1, 2);
        Poco::Net::HTTPServer server(new TestFactory(_desk), pool, cm::serverSocket(_listener.fd()),
                                     new Poco::Net::HTTPServerParams);
        Poco::AutoPtr<SlowFilter> filter(new SlowFilter);
        server.setConnectionFilter(filter);
        server.start();
        RawClient client(_listener);
        client.say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        filter->asked.wait();
        bool finished = false;
        std::thread draining([&] { finished = cm::drain(server); });
        // Long enough for a drain that does not wait for it to have stopped the server. One that does cannot
        // fail here, however long it takes.
        Poco::Event never;
        CPPUNIT_ASSERT(!never.tryWait(100));
        filter->go.set();
        const std::string answer = client.answer();
        draining.join();
        CPPUNIT_ASSERT(finished);
        CPPUNIT_ASSERT_MESSAGE(answer, has(answer, "hello"));
    }

    void aDrainClosesIdleConnections()
    {
        Poco::ThreadPool pool(1, 2);
        Poco::Net::HTTPServer server(new TestFactory(_desk), pool, cm::serverSocket(_listener.fd()),
                                     new Poco::Net::HTTPServerParams);
        server.start();
        RawClient client(_listener);
        client.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        CPPUNIT_ASSERT(has(client.answer(), "hello"));
        const auto before = std::chrono::steady_clock::now();
        CPPUNIT_ASSERT(cm::drain(server));
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
    }

    void aDrainIsBounded()
    {
        Poco::ThreadPool pool(1, 2);
        Poco::Net::HTTPServer server(new TestFactory(_desk), pool, cm::serverSocket(_listener.fd()),
                                     new Poco::Net::HTTPServerParams);
        server.start();
        RawClient halfSent(_listener);
        halfSent.say("GET / HTTP/1.1\r\nHo");
        CPPUNIT_ASSERT(eventually([&] { return server.currentConnections() == 1; }));
        const auto before = std::chrono::steady_clock::now();
        CPPUNIT_ASSERT(!cm::drain(server, std::chrono::milliseconds(100)));
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - before < std::chrono::seconds(10));  // Poco: 60 s
    }

    void aDrainCutsAHalfSentRequest()
    {
        Poco::ThreadPool pool(1, 2);
        Poco::Net::HTTPServer server(new TestFactory(_desk), pool, cm::serverSocket(_listener.fd()),
                                     new Poco::Net::HTTPServerParams);
        server.start();
        RawClient halfSent(_listener);
        halfSent.say("GET / HTTP/1.1\r\nHo");
        CPPUNIT_ASSERT(eventually([&] { return server.currentConnections() == 1; }));
        CPPUNIT_ASSERT(cm::drain(server, std::chrono::seconds(30), std::chrono::milliseconds(200)));
        CPPUNIT_ASSERT_EQUAL(0, _desk.served.load());
    }

    void aDrainClosesWithTheNextAnswer()
    {
        FakeHost host;
        host.listener = _listener.fd();
        const cm::Child child(&host.context);
        Poco::ThreadPool pool(1, 2);
        Poco::Net::HTTPServer server(new cm::CountedRequests(child, new TestFactory(_desk)), pool,
                                     cm::serverSocket(child, "http"), new Poco::Net::HTTPServerParams);
        server.start();
        RawClient client(_listener);
        client.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        CPPUNIT_ASSERT(!has(client.answer(), "Connection: Close"));
        CPPUNIT_ASSERT_EQUAL(1, host.held.load());
        host.stopAsked = true;
        client.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        CPPUNIT_ASSERT(has(client.answer(), "Connection: Close"));
        CPPUNIT_ASSERT(cm::drain(server));
        CPPUNIT_ASSERT_EQUAL(2u, host.requests.load());
        CPPUNIT_ASSERT(eventually([&] { return host.held == 0; }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServerSocketTest);
