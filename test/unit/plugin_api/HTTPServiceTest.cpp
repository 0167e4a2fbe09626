/// Goal: the service takes only what it can serve at once, and a stop loses no request it has taken.
/// Method: raw clients against a service in this process; a handler that waits for the test plays slow work.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <clustermanager/poco.hpp>
#include <memory>

#include "LoopbackListener.h"
#include "TestHandlers.h"

class HTTPServiceTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HTTPServiceTest);
    CPPUNIT_TEST(itAnswersAndKeepsTheConnection);
    CPPUNIT_TEST(aBusyThreadAcceptsNothing);
    CPPUNIT_TEST(aStopFinishesWhatRuns);
    CPPUNIT_TEST(aStopClosesIdleConnectionsAtOnce);
    CPPUNIT_TEST(aRequestOfAnAcceptedClientIsServedInADrain);
    CPPUNIT_TEST(anExceptionOfAnyTypeIsA500);
    CPPUNIT_TEST(noHandlerIsA501);
    CPPUNIT_TEST(anUnreadBodyIsNotTheNextRequest);
    CPPUNIT_TEST(aTruncatedHeadIsNotServed);
    CPPUNIT_TEST(aSlowHeadTimesOut);
    CPPUNIT_TEST(aHugeHeadIsRefused);
    CPPUNIT_TEST(keepAliveEndsAfterItsNumber);
    CPPUNIT_TEST(aBusyConnectionMakesRoomForWhoWaits);
    CPPUNIT_TEST(anIdleConnectionMakesRoomForWhoWaits);
    CPPUNIT_TEST(aMissingListenerIsNamed);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    Desk _desk;
    LoopbackListener _listener;
    Poco::Net::HTTPServerParams::Ptr _params{new Poco::Net::HTTPServerParams};
    std::unique_ptr<cm::HTTPService> _service;

    void start(unsigned threads)
    {
        _service =
            std::make_unique<cm::HTTPService>(_listener.fd(), new TestFactory(_desk), threads, _params);
        _service->start();
    }

    static bool has(const std::string& text, const std::string& part)
    {
        return text.find(part) != std::string::npos;
    }

public:
    void tearDown() override
    {
        _desk.go.set();
        _service.reset();
    }

private:
    void itAnswersAndKeepsTheConnection()
    {
        start(2);
        RawClient client(_listener);
        for (int i = 0; i < 3; ++i)
        {
            client.say(kGet);
            const std::string answer = client.answer();
            CPPUNIT_ASSERT(has(answer, "HTTP/1.1 200 OK") && has(answer, "\r\n\r\nhello"));
            CPPUNIT_ASSERT(!has(answer, "Connection: Close"));
        }
        client.say(std::string(kGet) + kGet);  // pipelined
        CPPUNIT_ASSERT(has(client.answer(), "hello") && has(client.answer(), "hello"));
    }

    void aBusyThreadAcceptsNothing()
    {
        start(1);
        RawClient slow(_listener);
        slow.say("GET /wait HTTP/1.0\r\n\r\n");
        CPPUNIT_ASSERT(eventually([this] { return _desk.waiting == 1; }));
        RawClient other(_listener);
        other.say(kGet);
        pollfd queue{_listener.fd(), POLLIN, 0};
        CPPUNIT_ASSERT_EQUAL(1, ::poll(&queue, 1, 10'000));  // it waits where another process could take it

        Desk sibling;
        cm::HTTPService second(_listener.fd(), new TestFactory(sibling), 1, _params);
        second.start();
        CPPUNIT_ASSERT(has(other.answer(), "hello"));
        CPPUNIT_ASSERT_EQUAL(1, sibling.served.load());
        _desk.go.set();
        CPPUNIT_ASSERT(has(slow.answer(), "hello"));
    }

    void aStopFinishesWhatRuns()
    {
        start(2);
        RawClient client(_listener);
        client.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
        CPPUNIT_ASSERT(eventually([this] { return _desk.waiting == 1; }));
        std::thread stopping([this] { _service->stop(); });
        _desk.go.set();
        CPPUNIT_ASSERT(has(client.answer(), "hello"));
        stopping.join();
        CPPUNIT_ASSERT_EQUAL(std::string(), client.answer());
        CPPUNIT_ASSERT_EQUAL(0u, _service->busyThreads());
    }

    void aStopClosesIdleConnectionsAtOnce()
    {
        start(1);
        RawClient client(_listener);
        client.say(kGet);
        CPPUNIT_ASSERT(has(client.answer(), "hello"));
        const auto before = std::chrono::steady_clock::now();
        _service->stop();
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - before <
                       std::chrono::seconds(5));  // keep-alive is 15 s
        CPPUNIT_ASSERT_EQUAL(std::string(), client.answer());
    }

    void aRequestOfAnAcceptedClientIsServedInADrain()
    {
        start(1);
        RawClient client(_listener);
        CPPUNIT_ASSERT(eventually([this] { return _service->busyThreads() == 1; }));
        std::thread stopping([this] { _service->stop(); });
        client.say(kGet);
        const std::string answer = client.answer();
        stopping.join();
        CPPUNIT_ASSERT(has(answer, "hello"));
    }

    void anExceptionOfAnyTypeIsA500()
    {
        start(1);
        for (const std::string path : {"/throw/poco", "/throw/std", "/throw/int"})
        {
            RawClient client(_listener);
            client.say("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
            const std::string answer = client.answer();
            CPPUNIT_ASSERT_MESSAGE(path + answer, has(answer, "HTTP/1.1 500"));
            CPPUNIT_ASSERT(has(answer, "Connection: Close"));
            CPPUNIT_ASSERT_EQUAL(std::string(), client.answer());
        }
    }

    void noHandlerIsA501()
    {
        start(1);
        RawClient client(_listener);
        client.say("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
        CPPUNIT_ASSERT(has(client.answer(), "HTTP/1.1 501"));
    }

    void anUnreadBodyIsNotTheNextRequest()
    {
        start(1);
        RawClient client(_listener);
        const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
        client.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(hidden.size()) +
                   "\r\n\r\n" + hidden);
        CPPUNIT_ASSERT(has(client.answer(), "hello"));
        CPPUNIT_ASSERT_EQUAL(std::string(), client.answer());
        CPPUNIT_ASSERT_EQUAL(1, _desk.served.load());
    }

    void aTruncatedHeadIsNotServed()
    {
        start(1);
        {
            RawClient client(_listener);
            client.say("GET / HTTP/1.1\r\nHost: x");
        }
        RawClient next(_listener);
        next.say(kGet);
        CPPUNIT_ASSERT(has(next.answer(), "hello"));
        CPPUNIT_ASSERT_EQUAL(1, _desk.served.load());
    }

    void aSlowHeadTimesOut()
    {
        _params->setTimeout(Poco::Timespan(0, 100'000));
        start(1);
        RawClient client(_listener);
        client.say("GET / HTTP/1.1\r\nHost:");
        CPPUNIT_ASSERT(has(client.answer(), "HTTP/1.1 408"));
    }

    void aHugeHeadIsRefused()
    {
        start(1);
        RawClient client(_listener);
        client.say("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x'));
        CPPUNIT_ASSERT(has(client.answer(), "HTTP/1.1 431"));
        CPPUNIT_ASSERT_EQUAL(0, _desk.served.load());
    }

    void keepAliveEndsAfterItsNumber()
    {
        _params->setMaxKeepAliveRequests(2);
        start(1);
        RawClient client(_listener);
        client.say(kGet);
        CPPUNIT_ASSERT(!has(client.answer(), "Connection: Close"));
        client.say(kGet);
        CPPUNIT_ASSERT(has(client.answer(), "Connection: Close"));
        CPPUNIT_ASSERT_EQUAL(std::string(), client.answer());
    }

    void aBusyConnectionMakesRoomForWhoWaits()
    {
        start(1);
        RawClient first(_listener);
        first.say(kGet);
        CPPUNIT_ASSERT(!has(first.answer(), "Connection: Close"));
        first.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
        CPPUNIT_ASSERT(eventually([this] { return _desk.waiting == 1; }));
        RawClient second(_listener);
        second.say(kGet);
        _desk.go.set();
        const std::string last = first.answer();
        CPPUNIT_ASSERT_MESSAGE(last, has(last, "hello") && has(last, "Connection: Close"));
        const std::string answer = second.answer();
        CPPUNIT_ASSERT_MESSAGE(answer, has(answer, "hello") && !has(answer, "Connection: Close"));
    }

    void anIdleConnectionMakesRoomForWhoWaits()
    {
        _params->setKeepAliveTimeout(Poco::Timespan(3600, 0));
        start(1);
        RawClient idle(_listener);
        idle.say(kGet);
        CPPUNIT_ASSERT(has(idle.answer(), "hello"));
        RawClient second(_listener);
        second.say(kGet);
        CPPUNIT_ASSERT(has(second.answer(), "hello"));
        CPPUNIT_ASSERT_EQUAL(std::string(), idle.answer());
    }

    void aMissingListenerIsNamed()
    {
        cm_context context{};
        context.listener = [](const cm_context*, const char*) { return -1; };
        const cm::Child child(&context);
        CPPUNIT_ASSERT_THROW(cm::serverSocket(child, "http"), Poco::NotFoundException);
        CPPUNIT_ASSERT_THROW(cm::HTTPService(child, "http", new TestFactory(_desk), 1),
                             Poco::NotFoundException);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HTTPServiceTest);
