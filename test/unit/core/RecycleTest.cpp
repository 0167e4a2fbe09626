/// Goal: a child that asks to be replaced is, without being missed, without a storm, and nobody else in its
/// place. Method: a real Supervisor on a made-up clock; children that ask alone, together, too early and too
/// late.

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "unit/core/ReadyGroup.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class RecycleTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RecycleTest);
    CPPUNIT_TEST(childIsReplacedOnceAnotherStandsIn);
    CPPUNIT_TEST(manyAreReplacedOneAtATimeWithOneStandIn);
    CPPUNIT_TEST(childThatAsksDuringARollWaitsAndIsServedAtItsEnd);
    CPPUNIT_TEST(childThatWasReplacedMeanwhileIsNotReplacedAgain);
    CPPUNIT_TEST(childThatCrashedMeanwhileIsNotReplacedAgain);
    CPPUNIT_TEST(childThatAsksTooEarlyServesForMinUptimeFirst);
    CPPUNIT_TEST(childThatIsGoneBeforeItsTimeIsNotWaitedFor);
    CPPUNIT_TEST(stopOfTheHostDoesNotWaitForIt);
    CPPUNIT_TEST(childThatIsNotReadyIsNobodysLoss);
    CPPUNIT_TEST(standInThatAsksItselfIsNotHeard);
    CPPUNIT_TEST(standInThatFailsLeavesTheOldProcessInPlace);
    CPPUNIT_TEST(childThatHasFailedHoldsUpNobody);
    CPPUNIT_TEST(reloadWaitsForARecycle);
    CPPUNIT_TEST(staleRequestChangesNothing);
    CPPUNIT_TEST(stopOfTheGroupForgetsRequests);
    CPPUNIT_TEST(stopOfTheHostDoesNotRecycle);
    CPPUNIT_TEST_SUITE_END();

    void childIsReplacedOnceAnotherStandsIn()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.now += 1min;
        const Actions asked = group.recycle(1);
        CPPUNIT_ASSERT(only<Spawn>(asked) && find<Spawn>(asked)->generation == GenerationId{1});
        CPPUNIT_ASSERT(group.core.child(2).standsIn && group.state(1) == ChildState::Ready);
        const Actions granted = group.serve(2);
        CPPUNIT_ASSERT(only<AskToStop>(granted) && find<AskToStop>(granted)->start == group.start(1));
        CPPUNIT_ASSERT(only<Spawn>(group.exitWith(1, 0)) && group.readyCount() == 2);
        CPPUNIT_ASSERT(only<AskToStop>(group.serve(1)));
        CPPUNIT_ASSERT(orders(group.exitWith(2, 0)) == 0);
        CPPUNIT_ASSERT(group.allServeIn(1, 2) && group.phase().empty() && group.core.operations().empty());
    }

    void manyAreReplacedOneAtATimeWithOneStandIn()
    {
        GroupPolicy policy = ReadyGroup::policyOf(4);
        policy.maxSurge = 1;
        ReadyGroup group(policy);
        group.now += 1min;
        for (std::size_t i = 0; i < 4; ++i) group.recycle(i);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, group.core.childCount());
        std::size_t spawns = 0;
        group.serve(4);
        while (!group.phase().empty())
        {
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, group.countIn(ChildState::Stopping));
            CPPUNIT_ASSERT(group.readyCount() >= 4);
            for (std::size_t i = group.core.childCount(); i-- > 0;)
            {
                if (group.state(i) != ChildState::Stopping) continue;
                spawns += countOf<Spawn>(group.exitWith(i, 0));
                if (i < group.core.childCount() && group.state(i) == ChildState::Spawning) group.serve(i);
                break;
            }
        }
        for (std::size_t i = 0; i < 4; ++i) CPPUNIT_ASSERT_EQUAL(1U, group.core.child(i).restarts);
        CPPUNIT_ASSERT(group.allServeIn(1, 4) && spawns >= 4);
    }

    void childThatAsksDuringARollWaitsAndIsServedAtItsEnd()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.now += 1min;
        group.recycle(0);
        group.serve(2);
        CPPUNIT_ASSERT(orders(group.recycle(1)) == 0);
        group.replace(0);
        const Actions over = group.exitWith(2, 0);
        CPPUNIT_ASSERT(only<Spawn>(over) && group.core.child(2).standsIn);
        CPPUNIT_ASSERT(find<AskToStop>(group.serve(2))->start == group.start(1));
    }

    void childThatWasReplacedMeanwhileIsNotReplacedAgain()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.now += 1min;
        group.reload();
        group.recycle(0);
        group.open(2);
        group.serve(1);
        group.replace(0);
        CPPUNIT_ASSERT(countOf<Spawn>(group.exitWith(1, 0)) == 0);
        CPPUNIT_ASSERT(group.allServeIn(2, 1) && group.tell(TimePassed{}).empty() && group.phase().empty());
    }

    void childThatCrashedMeanwhileIsNotReplacedAgain()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.now += 1min;
        group.recycle(0);
        group.recycle(1);
        group.crash(1);  // while the one that stands in starts
        group.serve(1);
        CPPUNIT_ASSERT(find<AskToStop>(group.serve(2))->start == group.start(0));
        const Actions leaves = group.replace(0);
        CPPUNIT_ASSERT(only<AskToStop>(leaves) && group.state(1) == ChildState::Ready);
        group.exitWith(2, 0);
        CPPUNIT_ASSERT(group.allServeIn(1, 2) && group.phase().empty());
    }

    void childThatAsksTooEarlyServesForMinUptimeFirst()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        for (unsigned round = 1; round <= 100; ++round)
        {
            const TimePoint asked = group.now;
            CPPUNIT_ASSERT(orders(group.recycle(0)) == 0);
            CPPUNIT_ASSERT(only<Spawn>(group.passDeadline()) && group.state(0) == ChildState::Ready);
            CPPUNIT_ASSERT(group.now == asked + ReadyGroup::policyOf(1).minUptime);
            CPPUNIT_ASSERT(only<AskToStop>(group.serve(1)));
            group.replace(0);
            group.exitWith(1, 0);
            CPPUNIT_ASSERT(group.allServeIn(1, 1) && group.core.child(0).restarts == round);
        }
    }

    void childThatIsGoneBeforeItsTimeIsNotWaitedFor()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.recycle(0);
        group.crash(0);
        CPPUNIT_ASSERT(!group.core.deadline() || *group.core.deadline() > group.now);
        group.serve(0);
        group.now += 1min;
        CPPUNIT_ASSERT(orders(group.tell(TimePassed{})) == 0);
        CPPUNIT_ASSERT(group.phase().empty());
    }

    void stopOfTheHostDoesNotWaitForIt()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.recycle(0);
        group.tell(StopAsked{StopMode::Graceful});
        group.now += 1s;
        CPPUNIT_ASSERT(orders(group.tell(TimePassed{})) == 0);
        CPPUNIT_ASSERT(!group.core.deadline() || *group.core.deadline() > group.now);
    }

    void childThatIsNotReadyIsNobodysLoss()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.crash(0);
        group.appear(0);
        CPPUNIT_ASSERT(only<AskToStop>(group.recycle(0)) && group.core.childCount() == 1);
    }

    void standInThatAsksItselfIsNotHeard()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.now += 1min;
        group.recycle(0);
        group.serve(1);
        CPPUNIT_ASSERT(orders(group.recycle(1)) == 0);
        group.reload();
        group.replace(0);
        group.exitWith(1, 0);
        CPPUNIT_ASSERT_EQUAL(std::string("loading"), group.phase());
        group.tell(GroupAdded{GroupPolicy{"other"}});  // it gets the id that the stand-in had
        group.open(3);
        group.serve(1);
        group.fail(2);
        CPPUNIT_ASSERT(group.phase().empty() && group.tell(TimePassed{}).empty() && group.phase().empty());
        CPPUNIT_ASSERT(group.state(1) == ChildState::Ready);
    }

    void standInThatFailsLeavesTheOldProcessInPlace()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.now += 1min;
        const StartNumber old = group.start(0);
        group.recycle(0);
        group.appear(1);
        const Actions failed = group.crash(1);
        CPPUNIT_ASSERT(orders(failed) == 0 && group.core.childCount() == 1 && group.phase().empty());
        CPPUNIT_ASSERT(group.start(0) == old && group.state(0) == ChildState::Ready);
        CPPUNIT_ASSERT(only<Spawn>(group.recycle(0)));  // it may ask again
    }

    void childThatHasFailedHoldsUpNobody()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.now += 1min;
        group.exitWith(1, 78);
        group.recycle(0);
        CPPUNIT_ASSERT(only<AskToStop>(group.serve(2)));
        group.replace(0);
        group.exitWith(2, 0);
        CPPUNIT_ASSERT(group.phase().empty() && group.state(1) == ChildState::Failed);
    }

    void reloadWaitsForARecycle()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.now += 1min;
        group.recycle(0);
        CPPUNIT_ASSERT(group.reload(1).empty() && group.stateOf(1) == "waiting");
        group.serve(1);
        group.replace(0);
        CPPUNIT_ASSERT(countOf<OpenGeneration>(group.exitWith(1, 0)) == 1);
        CPPUNIT_ASSERT_EQUAL(std::string("running"), group.stateOf(1));
    }

    void staleRequestChangesNothing()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        const StartNumber old = group.start(0);
        group.crash(0);
        group.serve(0);
        CPPUNIT_ASSERT(group.tell(RecycleAsked{old}).empty() && group.phase().empty());
    }

    void stopOfTheGroupForgetsRequests()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.now += 1min;
        group.recycle(0);
        group.recycle(1);
        group.stopGroup();
        for (const std::size_t position : {2U, 1U, 0U}) group.exitWith(position, 0);
        group.startGroup();
        group.serve(0);
        group.serve(1);
        CPPUNIT_ASSERT(group.allServeIn(1, 2) && group.phase().empty());
    }

    void stopOfTheHostDoesNotRecycle()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.now += 1min;
        group.tell(StopAsked{StopMode::Graceful});
        CPPUNIT_ASSERT(group.recycle(0).empty());
        group.exitWith(0, 0);
        CPPUNIT_ASSERT(group.core.finished());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RecycleTest);

}  // namespace clustermanager::core
