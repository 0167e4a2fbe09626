/// Goal: a reload replaces a group without missing anybody, in one order, and one that fails changes nothing.
/// Method: a real Supervisor on a made-up clock; a reload led through each of its phases, and broken in each.

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "unit/core/ReadyGroup.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class RollTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RollTest);
    CPPUNIT_TEST(reloadGoesThroughItsPhasesInOrder);
    CPPUNIT_TEST(readyChildrenAreNeverFewerThanCountWithOneStandIn);
    CPPUNIT_TEST(slotKeepsItsIdAndIndexAndCountsARestart);
    CPPUNIT_TEST(moreStandInsReplaceMoreSlotsAtOnce);
    CPPUNIT_TEST(withoutStandInsAsManyAreMissedAsMayBe);
    CPPUNIT_TEST(groupOfNobodyIsReloaded);
    CPPUNIT_TEST(stoppedChildrenStayStoppedAndTakeUpTheNewGenerationLater);
    CPPUNIT_TEST(childThatDoesNotServeIsReplacedFirst);
    CPPUNIT_TEST(crashOfTheOldGenerationDuringARollIsNoFailureOfTheNew);
    CPPUNIT_TEST(oldProcessThatWasNeverReadyIsNoFailureOfTheNew);
    CPPUNIT_TEST(oldSpawnThatFailsIsNoFailureOfTheNew);
    CPPUNIT_TEST(standInThatHasServedMayCrashOnce);
    CPPUNIT_TEST(lostSpawnerOfTheNewGenerationIsWaitedFor);
    CPPUNIT_TEST(secondReloadWaitsAndAThirdTakesItsPlace);
    CPPUNIT_TEST(countThatWasRaisedMeanwhileIsReachedWhenTheRollIsOver);
    CPPUNIT_TEST(policyThatWantsStandInsTooLateHoldsUpNothing);
    CPPUNIT_TEST(reloadHealsAGroupWhosePluginCouldNotBeLoaded);
    CPPUNIT_TEST(strangerHoldsUpTheEndOfTheOldGenerationOnlyWhileItLives);
    CPPUNIT_TEST_SUITE_END();

    void reloadGoesThroughItsPhasesInOrder()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        CPPUNIT_ASSERT(only<OpenGeneration>(group.reload()));
        CPPUNIT_ASSERT_EQUAL(std::string("loading"), group.phase());

        const Actions opened = group.open(2);
        CPPUNIT_ASSERT(only<Spawn>(opened));
        CPPUNIT_ASSERT(find<Spawn>(opened)->child == ChildId{3} && find<Spawn>(opened)->index == 2);
        CPPUNIT_ASSERT(find<Spawn>(opened)->generation == GenerationId{2});
        CPPUNIT_ASSERT(group.core.child(2).standsIn && group.phase() == "surging");

        const Actions first = group.serve(2);
        CPPUNIT_ASSERT(only<AskToStop>(first) && find<AskToStop>(first)->start == group.start(0));
        CPPUNIT_ASSERT_EQUAL(std::string("replacing"), group.phase());
        const Actions fresh = group.exitWith(0, 0);
        CPPUNIT_ASSERT(only<Spawn>(fresh) && find<Spawn>(fresh)->child == ChildId{1});
        CPPUNIT_ASSERT(find<Spawn>(fresh)->generation == GenerationId{2});
        const Actions second = group.serve(0);
        CPPUNIT_ASSERT(only<AskToStop>(second) && find<AskToStop>(second)->start == group.start(1));

        const Actions leave = group.replace(1);
        CPPUNIT_ASSERT(only<AskToStop>(leave) && find<AskToStop>(leave)->start == group.start(2));
        CPPUNIT_ASSERT(group.phase() == "leaving" && group.generation() == 1);
        const Actions over = group.exitWith(2, 0);
        CPPUNIT_ASSERT(only<CloseGeneration>(over));
        CPPUNIT_ASSERT(find<CloseGeneration>(over)->generation == GenerationId{1});
        CPPUNIT_ASSERT(group.phase().empty() && group.generation() == 2 && group.allServeIn(2, 2));
        CPPUNIT_ASSERT(!group.core.deadline());
    }

    void readyChildrenAreNeverFewerThanCountWithOneStandIn()
    {
        GroupPolicy policy = ReadyGroup::policyOf(5);
        policy.maxSurge = 1;
        ReadyGroup group(policy);
        group.surge();
        for (std::size_t i = 0; i < 5; ++i)
        {
            CPPUNIT_ASSERT(group.readyCount() == 5 && group.state(i) == ChildState::Stopping);
            group.exitWith(i, 0);
            CPPUNIT_ASSERT_EQUAL(std::size_t{5}, group.readyCount());
            group.appear(i);
            CPPUNIT_ASSERT_EQUAL(std::size_t{5}, group.readyCount());
            group.tell(BecameReady{group.start(i)});
        }
        group.exitWith(5, 0);
        CPPUNIT_ASSERT(group.allServeIn(2, 5));
    }

    void slotKeepsItsIdAndIndexAndCountsARestart()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        CPPUNIT_ASSERT_EQUAL(0U, find<Spawn>((group.reload(), group.open(2)))->restarts);
        group.serve(1);
        const Actions fresh = group.exitWith(0, 1);
        CPPUNIT_ASSERT(find<Spawn>(fresh)->child == ChildId{1} && find<Spawn>(fresh)->index == 0);
        CPPUNIT_ASSERT_EQUAL(1U, find<Spawn>(fresh)->restarts);
    }

    void moreStandInsReplaceMoreSlotsAtOnce()
    {
        GroupPolicy policy = ReadyGroup::policyOf(4);
        policy.maxSurge = 8;
        policy.maxUnavailable = 0;
        ReadyGroup group(policy);
        group.reload();
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, countOf<Spawn>(group.open(2)));
        for (std::size_t i = 4; i < 7; ++i) CPPUNIT_ASSERT(orders(group.serve(i)) == 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, countOf<AskToStop>(group.serve(7)));
        for (std::size_t i = 0; i < 4; ++i) group.replace(i);
        for (std::size_t i = 8; i-- > 4;) group.exitWith(i, 0);
        CPPUNIT_ASSERT(group.allServeIn(2, 4) && group.phase().empty());
    }

    void withoutStandInsAsManyAreMissedAsMayBe()
    {
        GroupPolicy policy = ReadyGroup::policyOf(3);
        policy.maxSurge = 0;
        policy.maxUnavailable = 1;
        ReadyGroup group(policy);
        group.reload();
        CPPUNIT_ASSERT(only<AskToStop>(group.open(2)));
        CPPUNIT_ASSERT(only<AskToStop>(group.replace(0)));
        group.replace(1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, group.readyCount());
        CPPUNIT_ASSERT(only<CloseGeneration>(group.replace(2)) && group.allServeIn(2, 3));
    }

    void groupOfNobodyIsReloaded()
    {
        ReadyGroup group(ReadyGroup::policyOf(0));
        group.reload(1);
        CPPUNIT_ASSERT(only<CloseGeneration>(group.open(2)));
        CPPUNIT_ASSERT(group.generation() == 2 && group.stateOf(1) == "done");
    }

    void stoppedChildrenStayStoppedAndTakeUpTheNewGenerationLater()
    {
        ReadyGroup group(ReadyGroup::policyOf(2, RestartMode::OnFailure));
        group.exitWith(0, 0);
        group.exitWith(1, 0);
        group.reload(1);
        CPPUNIT_ASSERT(only<CloseGeneration>(group.open(2)));
        CPPUNIT_ASSERT(group.stateOf(1) == "done" && group.countIn(ChildState::Stopped) == 2);
        CPPUNIT_ASSERT(find<Spawn>(group.exitAsked(0))->generation == GenerationId{2});
    }

    void childThatDoesNotServeIsReplacedFirst()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.exitWith(2, 78);
        CPPUNIT_ASSERT(group.state(2) == ChildState::Failed);
        const Actions first = group.surge();
        CPPUNIT_ASSERT(find<Spawn>(first)->child == ChildId{3} && countOf<AskToStop>(first) == 0);
        CPPUNIT_ASSERT(only<AskToStop>(group.serve(2)));
        group.replace(0);
        group.replace(1);
        group.exitWith(3, 0);
        CPPUNIT_ASSERT(group.allServeIn(2, 3));
    }

    void crashOfTheOldGenerationDuringARollIsNoFailureOfTheNew()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.surge();
        const Actions again = group.crash(2);  // while the first slot is being replaced
        CPPUNIT_ASSERT(only<Spawn>(again) && find<Spawn>(again)->generation == GenerationId{1});
        CPPUNIT_ASSERT_EQUAL(std::string("replacing"), group.phase());
        group.exitWith(0, 1);
        const Actions next = group.serve(0);
        CPPUNIT_ASSERT(orders(next) == 0);  // its process may exist, so it is asked when it appears
        group.appear(2);
        group.replace(2);
        group.replace(1);
        group.exitWith(3, 0);
        CPPUNIT_ASSERT(group.allServeIn(2, 3));
    }

    void oldProcessThatWasNeverReadyIsNoFailureOfTheNew()
    {
        for (const RestartMode mode : {RestartMode::Always, RestartMode::Never})
        {
            ReadyGroup group(ReadyGroup::policyOf(0, mode));
            group.scale(1);
            group.appear(0);
            group.passDeadline();
            CPPUNIT_ASSERT(group.state(0) == ChildState::Killing);
            group.surge();
            CPPUNIT_ASSERT_EQUAL(std::string("replacing"), group.phase());
            const Actions fresh = group.end(0, {ExitStatus::Kind::Signaled, 9, false});
            CPPUNIT_ASSERT(find<Spawn>(fresh)->generation == GenerationId{2});
            CPPUNIT_ASSERT_EQUAL(std::string("replacing"), group.phase());
        }
    }

    void oldSpawnThatFailsIsNoFailureOfTheNew()
    {
        ReadyGroup group(ReadyGroup::policyOf(0));
        group.scale(1);
        group.surge();
        const Actions fresh = group.tell(SpawnFailed{group.start(0), "its spawner died"});
        CPPUNIT_ASSERT(find<Spawn>(fresh)->generation == GenerationId{2});
        CPPUNIT_ASSERT_EQUAL(std::string("replacing"), group.phase());
    }

    void standInThatHasServedMayCrashOnce()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.surge();
        CPPUNIT_ASSERT(only<Spawn>(group.crash(2)));
        CPPUNIT_ASSERT(orders(group.replace(0)) == 0);  // nobody makes up for the next one
        CPPUNIT_ASSERT(only<AskToStop>(group.serve(2)));
        group.replace(1);
        group.exitWith(2, 0);
        CPPUNIT_ASSERT(group.allServeIn(2, 2));
    }

    void lostSpawnerOfTheNewGenerationIsWaitedFor()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.surge();
        CPPUNIT_ASSERT(only<ReplaceSpawner>(group.tell(SpawnerLost{GenerationId{2}, "signal SIGKILL"})));
        CPPUNIT_ASSERT(orders(group.exitWith(0, 0)) == 0 && group.readyCount() == 2);
        CPPUNIT_ASSERT(only<Spawn>(group.open(2)));
        group.serve(0);
        group.replace(1);
        group.exitWith(2, 0);
        CPPUNIT_ASSERT(group.allServeIn(2, 2));
    }

    void secondReloadWaitsAndAThirdTakesItsPlace()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.reload(1);
        CPPUNIT_ASSERT(group.reload(2).empty() && group.stateOf(2) == "waiting");
        CPPUNIT_ASSERT(group.reload(3).empty() && group.stateOf(2) == "replaced");
        CPPUNIT_ASSERT(!group.operation(2).reason.empty() && group.stateOf(3) == "waiting");
        group.open(2);
        group.serve(1);
        group.replace(0);
        const Actions next = group.exitWith(1, 0);
        CPPUNIT_ASSERT(group.stateOf(1) == "done" && group.stateOf(3) == "running");
        CPPUNIT_ASSERT(find<OpenGeneration>(next)->generation == GenerationId{3});
        group.open(3);
        group.serve(1);
        group.replace(0);
        group.exitWith(1, 0);
        CPPUNIT_ASSERT(group.allServeIn(3, 1) && group.stateOf(3) == "done");
    }

    void countThatWasRaisedMeanwhileIsReachedWhenTheRollIsOver()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.surge();
        CPPUNIT_ASSERT(orders(group.tell(PolicyChanged{GroupId{1}, ReadyGroup::policyOf(3)})) == 0);
        CPPUNIT_ASSERT(only<AskToStop>(group.replace(0)));
        const Actions over = group.exitWith(1, 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<Spawn>(over));
        CPPUNIT_ASSERT(find<Spawn>(over)->generation == GenerationId{2} && group.core.child(2).index == 2);
    }

    void policyThatWantsStandInsTooLateHoldsUpNothing()
    {
        GroupPolicy policy = ReadyGroup::policyOf(2);
        policy.maxSurge = 0;
        policy.maxUnavailable = 1;
        ReadyGroup group(policy);
        group.reload();
        group.open(2);
        group.tell(PolicyChanged{GroupId{1}, ReadyGroup::policyOf(2)});
        CPPUNIT_ASSERT(only<AskToStop>(group.replace(0)));
        group.replace(1);
        CPPUNIT_ASSERT(group.allServeIn(2, 2) && group.phase().empty());
    }

    void reloadHealsAGroupWhosePluginCouldNotBeLoaded()
    {
        HostedFleet fleet({});
        fleet.begin();
        fleet.tell(GroupAdded{ReadyGroup::policyOf(2)});
        fleet.tell(GenerationFailed{GenerationId{1}, "it is torn"});
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Failed);
        fleet.tell(ReloadAsked{GroupId{1}});
        fleet.open(2);
        fleet.becomeReady(2);
        fleet.becomeReady(0);
        fleet.becomeReady(1);
        fleet.exitWith(2, 0);
        CPPUNIT_ASSERT(fleet.core.group(0).generation == GenerationId{2} &&
                       fleet.core.group(0).phase.empty());
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Ready && fleet.state(1) == ChildState::Ready);
    }

    void strangerHoldsUpTheEndOfTheOldGenerationOnlyWhileItLives()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.surge();
        group.replace(0);
        group.tell(Spawned{StartNumber{99}, 7});
        CPPUNIT_ASSERT(orders(group.exitWith(1, 0)) == 0 && group.generation() == 2);
        CPPUNIT_ASSERT(only<CloseGeneration>(group.tell(Exited{StartNumber{99}, {}})));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RollTest);

}  // namespace clustermanager::core
