/// Goal: probes are told the truth: alive while the loop answers, ready while every group has what it needs.
/// Method: the router in front of a fake host, in each state a group and a command can be in.
#include <cppunit/extensions/HelperMacros.h>

#include "control/Router.h"
#include "control/Streams.h"
#include "unit/control/FakeHost.h"

namespace clustermanager::control::test {

using Outcome = core::CommandReply::Outcome;

class HealthRoutesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HealthRoutesTest);
    CPPUNIT_TEST(isAliveWhileTheLoopAnswers);
    CPPUNIT_TEST(isReadyWithWhatIsNeeded);
    CPPUNIT_TEST(isNotReadyWithoutIt);
    CPPUNIT_TEST(isNotReadyWhileItStops);
    CPPUNIT_TEST(whatOperatorsStoppedIsNotMissed);
    CPPUNIT_TEST(tellsItsChecks);
    CPPUNIT_TEST_SUITE_END();

    FakeHost _host;
    Streams _streams{_host.journal};
    Router _router{_host, _host, _host.journal, _streams};
    WaitingRoom _room{1};
    StreamSeats _seats{{}};

    Reply get(const std::string& target) { return _router.answer("GET", target, {_room, _seats}); }

    /// A host whose one group is so.
    void show(unsigned count, unsigned ready, unsigned minReady,
              core::GroupState state = core::GroupState::Running, const std::string& reason = "")
    {
        core::Snapshot snapshot = snapshotWith(count);
        core::GroupSnapshot group = *snapshot.groups.front();
        group.ready = ready;
        group.minReady = minReady;
        group.state = state;
        group.reason = reason;
        snapshot.groups.front() = std::make_shared<const core::GroupSnapshot>(group);
        _host.show(std::move(snapshot));
    }

    void isAliveWhileTheLoopAnswers()
    {
        for (const Outcome outcome : {Outcome::Done, Outcome::Stopping, Outcome::Upgrading, Outcome::Busy})
        {
            _host.answerWith([outcome] {
                core::CommandReply reply;
                reply.outcome = outcome;
                return reply;
            });
            const Reply reply = get("/healthz");
            CPPUNIT_ASSERT_EQUAL(200, reply.status);
            CPPUNIT_ASSERT_EQUAL(std::string("ok\n"), reply.body);
        }
        _host.answerWith([] {
            core::CommandReply reply;
            reply.outcome = Outcome::TimedOut;
            return reply;
        });
        const Reply reply = get("/healthz");
        CPPUNIT_ASSERT_EQUAL(503, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("not alive\nloop: has not answered for 2000 ms\n"), reply.body);
        CPPUNIT_ASSERT(std::holds_alternative<core::PingCommand>(_host.commands().back()));
    }

    void isReadyWithWhatIsNeeded()
    {
        struct Case
        {
            unsigned count, ready, minReady;
        };
        for (const Case& one : {Case{4, 4, 1}, Case{4, 1, 1}, Case{4, 4, 9}, Case{0, 0, 1}, Case{4, 0, 0}})
        {
            show(one.count, one.ready, one.minReady);
            CPPUNIT_ASSERT_EQUAL(200, get("/readyz").status);
            CPPUNIT_ASSERT_EQUAL(std::string("ok\n"), get("/readyz").body);
        }
        _host.show({});
        CPPUNIT_ASSERT_EQUAL(200, get("/readyz").status);
    }

    void isNotReadyWithoutIt()
    {
        show(4, 2, 3, core::GroupState::Running, "why");
        const Reply reply = get("/readyz");
        CPPUNIT_ASSERT_EQUAL(503, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("not ready\ngroup web: 2 of 4 children ready, 3 needed; why\n"),
                             reply.body);
        show(4, 3, 9);
        CPPUNIT_ASSERT_EQUAL(503, get("/readyz").status);
        show(4, 4, 1, core::GroupState::Waiting);
        CPPUNIT_ASSERT_EQUAL(
            std::string("not ready\ngroup web: 4 of 4 children ready, 1 needed; waits for another group\n"),
            get("/readyz").body);
        show(4, 0, 1, core::GroupState::Waiting, "waits until it may");
        CPPUNIT_ASSERT_EQUAL(
            std::string("not ready\ngroup web: 0 of 4 children ready, 1 needed; waits until it may\n"),
            get("/readyz").body);
    }

    void isNotReadyWhileItStops()
    {
        core::Snapshot snapshot = snapshotWith(2);
        snapshot.master.stopping = true;
        _host.show(std::move(snapshot));
        CPPUNIT_ASSERT_EQUAL(std::string("not ready\nhost: stops\n"), get("/readyz").body);
    }

    void whatOperatorsStoppedIsNotMissed()
    {
        for (const core::GroupState state : {core::GroupState::Stopped, core::GroupState::Removed})
        {
            show(4, 0, 1, state);
            CPPUNIT_ASSERT_EQUAL(200, get("/readyz").status);
        }
    }

    void tellsItsChecks()
    {
        show(2, 0, 1);
        const Reply reply = get("/readyz?verbose");
        CPPUNIT_ASSERT_EQUAL(503, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"), reply.contentType);
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"status\":\"not ready\",\"checks\":[{\"name\":\"host\",\"ok\":true,"
                        "\"detail\":\"runs\"},{\"name\":\"group web\",\"ok\":false,"
                        "\"detail\":\"0 of 2 children ready, 1 needed\"}]}"),
            reply.body);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"status\":\"ok\",\"checks\":[{\"name\":\"loop\",\"ok\":true,"
                                         "\"detail\":\"answers\"}]}"),
                             get("/healthz?verbose=1").body);
        CPPUNIT_ASSERT_EQUAL(400, get("/readyz?other").status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HealthRoutesTest);

}  // namespace clustermanager::control::test
