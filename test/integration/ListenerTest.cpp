/// Goal: a listener is opened once, given to every child, and refuses nobody as long as its group lives.
/// Method: clients connect while children are killed; a misbehaving child spoils the shared socket.
#include "HostFixture.h"

#include <sys/socket.h>

#include <atomic>
#include <thread>

#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>

namespace {

using namespace clustermanager::integration;

class ListenerTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ListenerTest);
    CPPUNIT_TEST(servesOnTcpAndUnixSockets);
    CPPUNIT_TEST(passesSocketsAsSystemdDoes);
    CPPUNIT_TEST(givesAGroupOnlyItsOwn);
    CPPUNIT_TEST(refusesNobodyWhileChildrenAreKilled);
    CPPUNIT_TEST(keepsClientsWaitingWhileAllAreDown);
    CPPUNIT_TEST(stopsWithManyChildrenOnOneSocket);
    CPPUNIT_TEST(repairsAShutDownListener);
    CPPUNIT_TEST(survivesABlockingListener);
    CPPUNIT_TEST(refusesATakenPort);
    CPPUNIT_TEST(refusesForeignAddresses);
    CPPUNIT_TEST(refusesAFileInTheSocketsPlace);
    CPPUNIT_TEST(replacesAStaleSocket);
    CPPUNIT_TEST(isFreeAgainAlthoughAGrandchildHadIt);
    CPPUNIT_TEST_SUITE_END();

    void listeningActors(unsigned count, const std::string& address = "127.0.0.1:0")
    {
        actors(count);
        restartFast();
        set("listen.front", address);
        set("plugin.actor.serve", "front");
        allowProblem("child ");
    }

    /// What the serving child says: "ID PID"; "" where it died meanwhile. Throws where nobody listens.
    static std::string call(const Poco::Net::SocketAddress& address)
    {
        Poco::Net::StreamSocket socket;
        socket.connect(address, Poco::Timespan(10L * timeFactor(), 0));
        socket.setReceiveTimeout(Poco::Timespan(10L * timeFactor(), 0));
        std::string words;
        char part[100];
        try
        {
            for (int size = 0; (size = socket.receiveBytes(part, sizeof part)) > 0;)
                words.append(part, static_cast<std::size_t>(size));
        }
        catch (const Poco::Net::ConnectionResetException&)
        {
            // The child that had accepted was killed.
        }
        return words;
    }

    /// Clients that connect again and again until they are stopped.
    class Callers
    {
    public:
        explicit Callers(const Poco::Net::SocketAddress& address)
        {
            for (int i = 0; i < 3; ++i)
                _threads.emplace_back([this, address] {
                    while (!_done) callOnce(address);
                });
        }
        ~Callers() { stop(); }
        Callers(const Callers&) = delete;
        Callers& operator=(const Callers&) = delete;

        void stop()
        {
            _done = true;
            for (std::thread& thread : _threads) thread.join();
            _threads.clear();
        }

        std::atomic<unsigned> refused{0};
        std::atomic<unsigned> served{0};

    private:
        void callOnce(const Poco::Net::SocketAddress& address)
        {
            try
            {
                if (!call(address).empty()) ++served;
            }
            catch (const Poco::Exception&)
            {
                ++refused;
            }
        }

        std::atomic<bool> _done{false};
        std::vector<std::thread> _threads;
    };

    void expectRefusal(const std::string& address, int code, const std::string& words)
    {
        listeningActors(1, address);
        expectProblem(words);
        const int ended = startAndEnd();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), code, ended);
    }

public:
    void servesOnTcpAndUnixSockets()
    {
        actors(2);
        set("listen.front", "127.0.0.1:0");
        set("listen.back", "unix:" + path("run/back.sock"));
        set("plugin.actor.serve", "back");
        startReady();
        CPPUNIT_ASSERT(!call(Poco::Net::SocketAddress(path("run/back.sock"))).empty());
        CPPUNIT_ASSERT(probe(1).ask("listener front") != probe(1).ask("listener back"));
        CPPUNIT_ASSERT_EQUAL(std::string("-1"), probe(1).ask("listener nowhere"));
        CPPUNIT_ASSERT(listener("front").port() != 0);
    }

    void passesSocketsAsSystemdDoes()
    {
        actors(1);
        set("listen.alpha", "127.0.0.1:0");
        set("listen.beta", "127.0.0.1:0");
        const StatusView view = startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("2"), probe(1).ask("env LISTEN_FDS"));
        CPPUNIT_ASSERT_EQUAL(std::to_string(view.child(1).pid), probe(1).ask("env LISTEN_PID"));
        const std::string names = probe(1).ask("env LISTEN_FDNAMES");
        CPPUNIT_ASSERT(names == "alpha:beta" || names == "beta:alpha");
        const std::string first = names.substr(0, names.find(':'));
        CPPUNIT_ASSERT_EQUAL(std::string("3"), probe(1).ask("listener " + first));
    }

    void givesAGroupOnlyItsOwn()
    {
        actors(1);
        actors(1, "overseer");
        set("listen.front", "127.0.0.1:0");
        set("plugin.actor.listen", "front");
        const StatusView view = startReady();
        for (const ChildView& child : view.children())
        {
            const std::string fd = probe(child.id).ask("listener front");
            CPPUNIT_ASSERT_EQUAL(child.group == "overseer", fd == "-1");
        }
    }

    void refusesNobodyWhileChildrenAreKilled()
    {
        listeningActors(2);
        startReady();
        const Poco::Net::SocketAddress address = listener("front");
        Callers callers(address);
        for (unsigned round = 1; round <= 8; ++round)
            for (int id = 1; id <= 2; ++id)
            {
                signalChild(id);
                waitRestarts(id, round);
            }
        callers.stop();
        CPPUNIT_ASSERT_EQUAL(0u, callers.refused.load());
        CPPUNIT_ASSERT(callers.served.load() > 0);
    }

    void keepsClientsWaitingWhileAllAreDown()
    {
        listeningActors(1);
        set("plugin.actor.start", "late");
        set("plugin.actor.gate", path("gate"));
        start();
        waitState(1, "starting");
        const Poco::Net::SocketAddress address = listener("front");
        std::vector<Poco::Net::StreamSocket> waiting(20);
        for (Poco::Net::StreamSocket& socket : waiting) socket.connect(address, Poco::Timespan(5, 0));
        writeFile(path("gate"), "");
        for (Poco::Net::StreamSocket& socket : waiting)
        {
            char byte = 0;
            socket.setReceiveTimeout(Poco::Timespan(10L * timeFactor(), 0));
            CPPUNIT_ASSERT_EQUAL(1, socket.receiveBytes(&byte, 1));
        }
    }

    void stopsWithManyChildrenOnOneSocket()
    {
        listeningActors(8);
        startReady();
        const Poco::Net::SocketAddress address = listener("front");
        for (int i = 0; i < 200; ++i) call(address);
        const auto begin = std::chrono::steady_clock::now();
        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begin < Millis(2000) * timeFactor());
        CPPUNIT_ASSERT_THROW(call(address), Poco::Exception);
    }

    /// A port that nobody has now. (One that the kernel chooses is lost with a shutdown.)
    static std::string freeAddress()
    {
        Poco::Net::ServerSocket socket;
        socket.bind(Poco::Net::SocketAddress("127.0.0.1", 0), true, false);
        return socket.address().toString();
    }

    void repairsAShutDownListener()
    {
        listeningActors(2, freeAddress());
        expectProblem("front");
        startReady();
        const Poco::Net::SocketAddress address = listener("front");
        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(1).ask("shutdown front"));
        CPPUNIT_ASSERT_MESSAGE(output(), waitFor([&] {
                                   try
                                   {
                                       return !call(address).empty();
                                   }
                                   catch (const Poco::Exception&)
                                   {
                                       return false;
                                   }
                               }));
        CPPUNIT_ASSERT_EQUAL(address.port(), listener("front").port());
    }

    void survivesABlockingListener()
    {
        listeningActors(4);
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(1).ask("blocking front"));
        for (int i = 0; i < 100; ++i) call(listener("front"));
        stop();
    }

    void refusesATakenPort()
    {
        Poco::Net::ServerSocket taken;
        taken.bind(Poco::Net::SocketAddress("127.0.0.1", 0), true, false);
        taken.listen();
        expectRefusal(taken.address().toString(), 69, taken.address().toString());
    }

    void refusesForeignAddresses() { expectRefusal("192.0.2.1:8080", 69, "192.0.2.1:8080"); }

    void refusesAFileInTheSocketsPlace()
    {
        mayLeaveFiles();
        writeFile(path("run/front.sock"), "a file that must survive");
        expectRefusal("unix:" + path("run/front.sock"), 73, "front.sock");
        CPPUNIT_ASSERT_EQUAL(std::string("a file that must survive"), readFile(path("run/front.sock")));
    }

    void replacesAStaleSocket()
    {
        {
            Poco::Net::ServerSocket stale;
            stale.bind(Poco::Net::SocketAddress(path("run/front.sock")), false, false);
        }
        CPPUNIT_ASSERT(exists(path("run/front.sock")));
        listeningActors(1, "unix:" + path("run/front.sock"));
        startReady();
        CPPUNIT_ASSERT(!call(Poco::Net::SocketAddress(path("run/front.sock"))).empty());
    }

    /// The fixture binds the port again, and looks whether anybody is left.
    void isFreeAgainAlthoughAGrandchildHadIt()
    {
        listeningActors(2);
        startReady();
        probe(1).ask("fork-setsid");
        signalChild(1);
        waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenerTest);

}  // namespace
