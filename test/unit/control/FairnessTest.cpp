/// Goal: one client, known by its address or uid, cannot take all that the gate has, and pushes out nobody
/// but itself. Method: a running control port with low limits; clients from 127.0.0.1 and 127.0.0.2.
#include <cppunit/extensions/HelperMacros.h>

#include <condition_variable>
#include <mutex>

#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

class FairnessTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FairnessTest);
    CPPUNIT_TEST(aFloodPushesOutItsOwnConnections);
    CPPUNIT_TEST(oneClientHasNotAllRequests);
    CPPUNIT_TEST(theSocketAnswersWhileTcpIsFlooded);
    CPPUNIT_TEST_SUITE_END();

    static ControlOptions withLimits(GateLimits limits)
    {
        limits.requestTime = std::chrono::seconds(60);
        ControlOptions options;
        options.limits = limits;
        return options;
    }

    static std::string request(const RunningControl& control, const std::string& line)
    {
        return line + " HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n\r\n";
    }

    /// The honest client has come first, so without a share of its own it would be the first to go.
    void aFloodPushesOutItsOwnConnections()
    {
        GateLimits limits;
        limits.connections = 10;
        const RunningControl control(withLimits(limits));
        RawClient honest = RawClient::toTcpFrom("127.0.0.2", control.endpoint());
        const std::string whole = request(control, "GET /");
        CPPUNIT_ASSERT(honest.send(whole.substr(0, 10)));
        std::vector<RawClient> flood;
        for (int i = 0; i < 100; ++i) flood.push_back(control.toTcp());
        CPPUNIT_ASSERT_EQUAL(503, statusOf(flood.front().readAll()));
        CPPUNIT_ASSERT_EQUAL(503, statusOf(flood[80].readAll()));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/")));
        CPPUNIT_ASSERT(honest.send(whole.substr(10)));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(honest.readAll()));
    }

    void oneClientHasNotAllRequests()
    {
        GateLimits limits;
        limits.requests = 10;
        limits.requestsOfOne = 6;
        RunningControl control(withLimits(limits));
        std::mutex mutex;
        std::condition_variable changed;
        bool open = false;
        control.host.answerWith([&] {
            std::unique_lock<std::mutex> lock(mutex);
            changed.wait(lock, [&] { return open; });
            return core::CommandReply{core::CommandReply::Outcome::Done, {ChildId{1}}, 1};
        });
        std::vector<RawClient> greedy;
        for (int i = 0; i < 9; ++i)
        {
            greedy.push_back(control.toTcp());
            CPPUNIT_ASSERT(greedy.back().send(request(control, "POST /children/exit")));
        }
        // The gate takes them in any order; three of the nine are one too many.
        RawClient other = RawClient::toTcpFrom("127.0.0.2", control.endpoint());
        CPPUNIT_ASSERT(other.send(request(control, "POST /children/exit")));
        CPPUNIT_ASSERT_EQUAL(503,
                             statusOf(exchange(control.toTcp(), request(control, "POST /children/exit"))));
        {
            const std::lock_guard<std::mutex> lock(mutex);
            open = true;
            changed.notify_all();
        }
        CPPUNIT_ASSERT_EQUAL(200, statusOf(other.readAll()));
        int answered = 0;
        for (RawClient& client : greedy) answered += statusOf(client.readAll()) == 200 ? 1 : 0;
        CPPUNIT_ASSERT_EQUAL(6, answered);
        // What was held is given back.
        for (int i = 0; i < 20; ++i) CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/")));
    }

    void theSocketAnswersWhileTcpIsFlooded()
    {
        const RunningControl control(withLimits({}));
        std::vector<RawClient> flood;
        for (int i = 0; i < 400; ++i)
        {
            flood.push_back(control.toTcp());
            (void)flood.back().send("GET / HTTP/1.1\r\nX: ");
        }
        for (int i = 0; i < 20; ++i)
            CPPUNIT_ASSERT_EQUAL(200,
                                 statusOf(exchange(control.toSocket(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FairnessTest);

}  // namespace clustermanager::control::test
