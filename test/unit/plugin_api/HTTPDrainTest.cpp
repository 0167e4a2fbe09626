/// Goal: a stop of the service loses nothing that was begun, waits for no client without end, and the host
/// knows. Method: raw clients against a service in this process; a handler that waits for the test plays slow
/// work.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <unistd.h>

#include <clustermanager/poco.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "FakeHost.h"
#include "LoopbackListener.h"
#include "TestHandlers.h"

class HTTPDrainTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HTTPDrainTest);
    CPPUNIT_TEST(theAnswerThatIsRunningSaysClose);
    CPPUNIT_TEST(theNextRequestOfABusyClientIsTheLast);
    CPPUNIT_TEST(aHalfSentHeadIsCut);
    CPPUNIT_TEST(aHalfSentBodyIsCut);
    CPPUNIT_TEST(whoIsNotAcceptedIsForASibling);
    CPPUNIT_TEST(whoLeavesTakesNoWakeUpAlong);
    CPPUNIT_TEST(theHostIsToldOfRequestsAndConnections);
    CPPUNIT_TEST(anIdleServiceBeats);
    CPPUNIT_TEST(aServiceThatIsStuckDoesNotBeat);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    static constexpr const char* kWait = "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n";
    static constexpr std::chrono::milliseconds kCut{200};
    Desk _desk;
    FakeHost _host;
    LoopbackListener _listener;
    std::unique_ptr<cm::HTTPService> _service;

    void start(unsigned threads)
    {
        _host.listener = _listener.fd();
        _service = std::make_unique<cm::HTTPService>(cm::Child(&_host.context), "http",
                                                     new TestFactory(_desk), threads);
        _service->start();
    }

    static bool has(const std::string& text, const std::string& part)
    {
        return text.find(part) != std::string::npos;
    }

    /// Other threads of this process that sleep.
    static int sleepers()
    {
        int count = -1;  // us
        for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
        {
            std::string line;
            std::getline(std::ifstream(task.path() / "stat"), line);
            const bool sleeps = line.find(") S ") != std::string::npos;
            if (sleeps || task.path().filename() == std::to_string(::getpid())) ++count;
        }
        return count;
    }

    /// Stops the service, which must not take Poco's 60 s.
    void stopSoon()
    {
        const auto before = std::chrono::steady_clock::now();
        _service->stop(kCut);
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - before < std::chrono::seconds(20));
        CPPUNIT_ASSERT_EQUAL(0, _host.held.load());
    }

public:
    void tearDown() override
    {
        _desk.go.set();
        _service.reset();
    }

private:
    void theAnswerThatIsRunningSaysClose()
    {
        start(2);
        RawClient running(_listener);
        running.say(kWait);
        CPPUNIT_ASSERT(eventually([this] { return _desk.waiting == 1; }));
        RawClient idle(_listener);
        idle.say(kGet);
        CPPUNIT_ASSERT(has(idle.answer(), "hello"));
        std::thread stopping([this] { _service->stop(); });
        CPPUNIT_ASSERT_EQUAL(std::string(), idle.answer());  // so the stop has begun
        _desk.go.set();
        const std::string answer = running.answer();
        stopping.join();
        CPPUNIT_ASSERT(has(answer, "hello") && has(answer, "Connection: Close"));
    }

    void theNextRequestOfABusyClientIsTheLast()
    {
        start(1);
        RawClient client(_listener);
        client.say(kGet);
        CPPUNIT_ASSERT(has(client.answer(), "hello"));
        std::thread stopping([this] { _service->stop(); });
        std::string answer;
        do
        {
            client.say(kGet);
            answer = client.answer();
        } while (has(answer, "hello") && !has(answer, "Connection: Close"));
        stopping.join();
        CPPUNIT_ASSERT(has(answer, "hello"));
        CPPUNIT_ASSERT_EQUAL(std::string(), client.answer());
    }

    void aHalfSentHeadIsCut()
    {
        start(1);
        RawClient client(_listener);
        client.say("GET / HTTP/1.1\r\nHost:");
        CPPUNIT_ASSERT(eventually([this] { return _service->busyThreads() == 1; }));
        stopSoon();
        CPPUNIT_ASSERT(has(client.answer(), "HTTP/1.1 408"));
        CPPUNIT_ASSERT_EQUAL(0, _desk.served.load());
    }

    void aHalfSentBodyIsCut()
    {
        start(1);
        RawClient client(_listener);
        client.say("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
        CPPUNIT_ASSERT(eventually([this] { return _desk.waiting == 1; }));
        stopSoon();
    }

    void whoIsNotAcceptedIsForASibling()
    {
        start(1);
        RawClient running(_listener);
        running.say(kWait);
        CPPUNIT_ASSERT(eventually([this] { return _desk.waiting == 1; }));
        RawClient queued(_listener);
        queued.say(kGet);
        std::thread stopping([this] { _service->stop(); });
        _desk.go.set();
        CPPUNIT_ASSERT(has(running.answer(), "hello"));
        stopping.join();

        Desk sibling;
        cm::HTTPService other(_listener.fd(), new TestFactory(sibling), 1);
        other.start();
        // The first one may have taken it in the moment before its stop.
        CPPUNIT_ASSERT(has(queued.answer(), "hello"));
        CPPUNIT_ASSERT_EQUAL(2, sibling.served + _desk.served);
    }

    /// The kernel wakes one sleeping thread for a new connection. Where that one is about to leave, and does
    /// not take it, nobody else is woken: the client would wait until the next one comes. So clients come at
    /// the moment at which a service stops that was there before its sibling, and which the kernel therefore
    /// wakes.
    void whoLeavesTakesNoWakeUpAlong()
    {
        constexpr int kRounds = 150;
        for (int i = 0; i < kRounds; ++i)
        {
            cm::HTTPService leaving(_listener.fd(), new TestFactory(_desk), 1);
            leaving.start();
            CPPUNIT_ASSERT(eventually([this] { return sleepers() == 1; }));
            cm::HTTPService sibling(_listener.fd(), new TestFactory(_desk), 1);
            sibling.start();
            CPPUNIT_ASSERT(eventually([this] { return sleepers() == 2; }));
            std::thread stopping([&] { leaving.stop(); });
            RawClient client(_listener);
            client.say(kGet);
            stopping.join();
            const std::string answer = client.answer();
            CPPUNIT_ASSERT_MESSAGE("round " + std::to_string(i), has(answer, "hello"));
        }
    }

    void theHostIsToldOfRequestsAndConnections()
    {
        start(2);
        RawClient client(_listener);
        for (int i = 0; i < 3; ++i)
        {
            client.say(kGet);
            CPPUNIT_ASSERT(has(client.answer(), "hello"));
        }
        CPPUNIT_ASSERT_EQUAL(1, _host.held.load());
        CPPUNIT_ASSERT(eventually([this] { return _host.requests == 3; }));
        stopSoon();
        CPPUNIT_ASSERT_EQUAL(0, _host.beats.load());  // nobody waits for them
    }

    void anIdleServiceBeats()
    {
        _host.context.watchdog_ms = 100;
        start(1);
        CPPUNIT_ASSERT(eventually([this] { return _host.beats > 5; }));
        RawClient client(_listener);
        client.say(kGet);
        CPPUNIT_ASSERT(has(client.answer(), "hello"));
        const int before = _host.beats;  // its only thread waits for the next request now
        CPPUNIT_ASSERT(eventually([&] { return _host.beats > before + 5; }));
        RawClient slow(_listener);
        stopSoon();
    }

    void aServiceThatIsStuckDoesNotBeat()
    {
        _host.context.watchdog_ms = 40;
        start(1);
        RawClient client(_listener);
        client.say(kWait);
        CPPUNIT_ASSERT(eventually([this] { return _desk.waiting == 1; }));
        const int before = _host.beats;
        Poco::Event never;
        CPPUNIT_ASSERT(!never.tryWait(200));
        CPPUNIT_ASSERT_EQUAL(before, _host.beats.load());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HTTPDrainTest);
