/// Goal: a request that waits is answered with what really happened, as soon as it is known, and never keeps
///       others from being answered or the host from stopping.
/// Method: the router and a whole control port in front of a fake host that shows one picture after the other
///       while requests wait.
#include <cppunit/extensions/HelperMacros.h>

#include <future>

#include "control/Router.h"
#include "control/Streams.h"
#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

namespace {

using core::OperationState;
using Outcome = core::CommandReply::Outcome;

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

/// Every command begins these.
void begin(FakeHost& host, std::vector<OperationId> ids, Outcome outcome = Outcome::Done)
{
    host.answerWith([ids = std::move(ids), outcome] {
        return core::CommandReply{outcome, {ChildId{1}}, 0, ids};
    });
}

}  // namespace

class OperationWaitTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OperationWaitTest);
    CPPUNIT_TEST(answersWhenAllIsDone);
    CPPUNIT_TEST(waitsForAPictureThatShowsTheOperation);
    CPPUNIT_TEST(answersAtOnceWhereNothingWasBegun);
    CPPUNIT_TEST(tellsWhyOneFailed);
    CPPUNIT_TEST(tellsWhatReplacedOne);
    CPPUNIT_TEST(tellsWhatStandsWhenTheTimeIsUp);
    CPPUNIT_TEST(doesNotWaitForWhatIsForgotten);
    CPPUNIT_TEST(endsWhenTheHostStops);
    CPPUNIT_TEST(waitsForConfirmedLogLevels);
    CPPUNIT_TEST(doesNothingWhereTheRoomIsFull);
    CPPUNIT_TEST(answersOthersWhileHalfOfTheThreadsWait);
    CPPUNIT_TEST(stopsWhileRequestsWait);
    CPPUNIT_TEST_SUITE_END();

    FakeHost _host;
    Streams _streams{_host.journal};
    Router _router{_host, _host, _host.journal, _streams};
    WaitingRoom _room{1};
    StreamSeats _seats{{}};

    Reply post(const std::string& target) { return _router.answer("POST", target, {_room, _seats}); }
    std::future<Reply> postLater(const std::string& target)
    {
        return std::async(std::launch::async, [this, target] { return post(target); });
    }
    void show(std::vector<core::Operation> operations) { _host.show(snapshotWith(std::move(operations))); }

    void answersWhenAllIsDone()
    {
        begin(_host, {OperationId{5}, OperationId{6}});
        show({reloadOfWeb(5, OperationState::Running), reloadOfWeb(6, OperationState::Waiting)});
        auto reply = postLater("/reload?wait=10m");
        CPPUNIT_ASSERT(_host.waitForWaiting(1));
        show({reloadOfWeb(5, OperationState::Done), reloadOfWeb(6, OperationState::Running)});
        CPPUNIT_ASSERT(_host.waitForWaiting(1));
        show({reloadOfWeb(5, OperationState::Done), reloadOfWeb(6, OperationState::Done)});
        const Reply done = reply.get();
        CPPUNIT_ASSERT_EQUAL(200, done.status);
        CPPUNIT_ASSERT(contains(done.body, "\"outcome\":\"done\""));
        CPPUNIT_ASSERT(contains(done.body, "\"id\":6,\"href\":\"/operations/6\",\"kind\":\"reload\""));
        CPPUNIT_ASSERT(contains(done.body, "\"children\":[{\"id\":1,\"state\":\"ready\",\"reason\":\"\""));
    }

    void waitsForAPictureThatShowsTheOperation()
    {
        begin(_host, {OperationId{5}});
        show({reloadOfWeb(4, OperationState::Done)});
        auto reply = postLater("/children/exit?wait=10m");
        CPPUNIT_ASSERT(_host.waitForWaiting(1));
        show({reloadOfWeb(4, OperationState::Done), reloadOfWeb(5, OperationState::Done)});
        CPPUNIT_ASSERT_EQUAL(200, reply.get().status);
    }

    void answersAtOnceWhereNothingWasBegun()
    {
        begin(_host, {});
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/web/scale/2?wait=10m").status);
    }

    void tellsWhyOneFailed()
    {
        begin(_host, {OperationId{5}});
        core::Operation failed = reloadOfWeb(5, OperationState::Failed);
        failed.reason = "child 1: not ready";
        show({failed});
        const Reply reply = post("/groups/web/reload?wait=10m");
        CPPUNIT_ASSERT_EQUAL(409, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), reply.contentType);
        CPPUNIT_ASSERT(contains(reply.body, "\"detail\":\"Operation 5, reload of group 'web', failed: "
                                            "child 1: not ready\",\"operations\":[{\"id\":5,"));
    }

    void tellsWhatReplacedOne()
    {
        begin(_host, {OperationId{5}});
        core::Operation replaced = reloadOfWeb(5, OperationState::Replaced);
        replaced.group.clear();
        replaced.reason = "operation 6";
        show({replaced});
        const Reply reply = post("/reload?wait=10m");
        CPPUNIT_ASSERT_EQUAL(409, reply.status);
        CPPUNIT_ASSERT(contains(reply.body, "\"Operation 5, reload, was replaced: operation 6\""));
    }

    void tellsWhatStandsWhenTheTimeIsUp()
    {
        begin(_host, {OperationId{5}, OperationId{6}});
        show({reloadOfWeb(5, OperationState::Running)});
        const Reply reply = post("/reload?wait=60ms");
        CPPUNIT_ASSERT_EQUAL(202, reply.status);
        CPPUNIT_ASSERT(contains(reply.body, "\"outcome\":\"accepted\""));
        CPPUNIT_ASSERT(contains(reply.body, "\"id\":5,\"href\":\"/operations/5\",\"kind\":\"reload\""));
        CPPUNIT_ASSERT(contains(reply.body, "{\"id\":6,\"href\":\"/operations/6\"}]"));
    }

    void doesNotWaitForWhatIsForgotten()
    {
        begin(_host, {OperationId{5}});
        show({reloadOfWeb(6, OperationState::Running)});
        CPPUNIT_ASSERT_EQUAL(202, post("/reload?wait=10m").status);
    }

    void endsWhenTheHostStops()
    {
        begin(_host, {OperationId{5}});
        auto reply = postLater("/reload?wait=10m");
        CPPUNIT_ASSERT(_host.waitForWaiting(1));
        core::Snapshot stopping = snapshotWith({reloadOfWeb(5, OperationState::Running)});
        stopping.master.stopping = true;
        _host.show(stopping);
        CPPUNIT_ASSERT_EQUAL(202, reply.get().status);
    }

    void waitsForConfirmedLogLevels()
    {
        CPPUNIT_ASSERT_EQUAL(200, post("/logLevel/debug?wait=90s&group=web").status);
        CPPUNIT_ASSERT(_host.lastPatience() == std::chrono::seconds(90));
        begin(_host, {}, Outcome::TimedOut);
        CPPUNIT_ASSERT_EQUAL(202, post("/logLevel/debug?wait=1ms").status);
    }

    void doesNothingWhereTheRoomIsFull()
    {
        {
            const WaitingRoom::Seat seat(_room);
            CPPUNIT_ASSERT(static_cast<bool>(seat));
            const Reply reply = post("/reload?wait=1s");
            CPPUNIT_ASSERT_EQUAL(503, reply.status);
            CPPUNIT_ASSERT_EQUAL(std::string("Retry-After"), reply.headers.at(0).first);
            CPPUNIT_ASSERT_EQUAL(std::size_t(0), _host.commandCount());
            CPPUNIT_ASSERT_EQUAL(200, post("/reload").status);
        }
        CPPUNIT_ASSERT_EQUAL(200, post("/reload?wait=1s").status);
    }

    static std::future<std::string> askLater(const RunningControl& control)
    {
        return std::async(std::launch::async, [&] { return control.ask("POST", "/reload?wait=10m"); });
    }

    void answersOthersWhileHalfOfTheThreadsWait()
    {
        RunningControl control;
        begin(control.host, {OperationId{5}});
        std::vector<std::future<std::string>> waiting;
        for (int i = 0; i < ControlOptions().tcpThreads / 2; ++i) waiting.push_back(askLater(control));
        CPPUNIT_ASSERT(waiting.size() > 1 && control.host.waitForWaiting(waiting.size()));
        const std::string another = control.ask("POST", "/reload?wait=10m");
        CPPUNIT_ASSERT_EQUAL(503, statusOf(another));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), headerOf(another, "Retry-After"));
        CPPUNIT_ASSERT_EQUAL(202, statusOf(control.ask("POST", "/reload")));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/")));
        control.host.show(snapshotWith({reloadOfWeb(5, OperationState::Done)}));
        for (std::future<std::string>& answer : waiting) CPPUNIT_ASSERT_EQUAL(200, statusOf(answer.get()));
    }

    void stopsWhileRequestsWait()
    {
        RunningControl control;
        begin(control.host, {OperationId{5}});
        auto waiting = askLater(control);
        CPPUNIT_ASSERT(control.host.waitForWaiting(1));
        const TimePoint before = Clock::now();
        control.server.stop();
        CPPUNIT_ASSERT(Clock::now() - before < std::chrono::seconds(10));
        CPPUNIT_ASSERT_EQUAL(202, statusOf(waiting.get()));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OperationWaitTest);

}  // namespace clustermanager::control::test
