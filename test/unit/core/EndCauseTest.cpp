/// Goal: each end of a process has its cause, for who counts.
/// Method: one child and everything that ends it.
#include <cppunit/extensions/HelperMacros.h>

#include <csignal>

#include "OneChild.h"

namespace clustermanager::core {

class EndCauseTest : public OneChild
{
    CPPUNIT_TEST_SUITE(EndCauseTest);
    CPPUNIT_TEST(everyEndHasItsCause);
    CPPUNIT_TEST(theNextProcessBeginsAnew);
    CPPUNIT_TEST_SUITE_END();

    static constexpr ExitStatus kKilled{ExitStatus::Kind::Signaled, SIGKILL, false};
    static constexpr ExitStatus kDone{ExitStatus::Kind::Exited, 0, false};

    std::string causeOfEnd(const ExitStatus& status)
    {
        Turn turn(_now);
        _machine.step(Exited{last(), status}, turn);
        for (const Change& change : turn.takeChanges())
            if (const auto* ended = std::get_if<ChildEnded>(&change)) return name(ended->cause);
        return "";
    }

    std::string causeAfter(const ChildEvent& event, const ExitStatus& status = kKilled)
    {
        _machine = ChildMachine({ChildId{3}, GroupId{1}, 2}, _policy, 1);
        makeReady();
        _now += std::chrono::hours(1);
        feed(event);
        return causeOfEnd(status);
    }

    void everyEndHasItsCause()
    {
        makeReady();
        CPPUNIT_ASSERT_EQUAL(std::string("crash"), causeOfEnd(kKilled));
        CPPUNIT_ASSERT_EQUAL(std::string("exit"), causeAfter(Spawned{last(), 1}, kDone));
        CPPUNIT_ASSERT_EQUAL(std::string("asked"), causeAfter(ExitWanted{}));
        CPPUNIT_ASSERT_EQUAL(std::string("asked"), causeAfter(StopWanted{StopMode::Fast}));
        CPPUNIT_ASSERT_EQUAL(std::string("replaced"), causeAfter(ReplaceWanted{}, kDone));
        CPPUNIT_ASSERT_EQUAL(std::string("recycled"), causeAfter(RecycleAsked{last()}, kDone));
        CPPUNIT_ASSERT_EQUAL(std::string("watchdog"), causeAfter(BeatMissed{last()}));
        CPPUNIT_ASSERT_EQUAL(std::string("link_lost"), causeAfter(LinkLost{last()}));
        _machine = ChildMachine({ChildId{3}, GroupId{1}, 2}, _policy, 1);
        makeStarting();
        passDeadline();
        CPPUNIT_ASSERT_EQUAL(std::string("start_timeout"), causeOfEnd(kKilled));
    }

    void theNextProcessBeginsAnew()
    {
        (void)causeAfter(RecycleAsked{last()}, kDone);
        makeReady();
        feed(ReplaceWanted{});
        CPPUNIT_ASSERT_EQUAL(std::string("replaced"), causeOfEnd(kDone));
        makeReady();
        feed(RecycleAsked{last()});  // too early, as it has just begun
        CPPUNIT_ASSERT_EQUAL(std::string("recycled"), causeOfEnd(kDone));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EndCauseTest);

}  // namespace clustermanager::core
