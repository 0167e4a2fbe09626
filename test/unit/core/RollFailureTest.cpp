/// Goal: a bad plugin never replaces a good one, whenever it turns out to be bad; and stop wins over
/// everything. Method: a real Supervisor on a made-up clock; each failure and each stop in each phase of a
/// reload.

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "unit/core/ReadyGroup.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class RollFailureTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RollFailureTest);
    CPPUNIT_TEST(pluginThatDoesNotLoadTouchesNothing);
    CPPUNIT_TEST(pluginThatDoesNotLoadInTimeTouchesNothing);
    CPPUNIT_TEST(standInThatFailsTouchesNothing);
    CPPUNIT_TEST(slotThatFailsLaterTakesAllBack);
    CPPUNIT_TEST(slotThatFailsIsTakenBackWhateverTheRestartMode);
    CPPUNIT_TEST(standInThatEndsForGoodEndsTheRoll);
    CPPUNIT_TEST(oldGenerationThatFailsDuringTheWayBackIsLeftToItsRestartPolicy);
    CPPUNIT_TEST(wayBackGoesOnPastASlotThatFails);
    CPPUNIT_TEST(wayBackToAGenerationThatHasFailedEnds);
    CPPUNIT_TEST(wayBackNeedsNoStandIn);
    CPPUNIT_TEST(newGenerationThatFailsNeverEndsTheHost);
    CPPUNIT_TEST(reloadThatWaitsBeginsAfterOneThatFailed);
    CPPUNIT_TEST(stopOfTheGroupBeforeAnythingIsReplacedEndsTheReload);
    CPPUNIT_TEST(stopOfTheGroupWhileSlotsAreReplacedKeepsTheNewGeneration);
    CPPUNIT_TEST(stopOfTheGroupAfterAFailureKeepsTheOldGeneration);
    CPPUNIT_TEST(hostStopsInEveryPhase);
    CPPUNIT_TEST(groupThatWaitsForOthersToStopIsNotReplacedMeanwhile);
    CPPUNIT_TEST(removedGroupIsForgottenInEveryPhase);
    CPPUNIT_TEST_SUITE_END();

    static void assertUntouched(ReadyGroup& group)
    {
        CPPUNIT_ASSERT(group.allServeIn(1, 2) && group.generation() == 1 && group.phase().empty());
        CPPUNIT_ASSERT(group.stateOf(1) == "failed" && !group.operation(1).reason.empty());
        CPPUNIT_ASSERT(group.core.group(0).failedGeneration == GenerationId{2});
        CPPUNIT_ASSERT_EQUAL(group.operation(1).reason, group.core.group(0).failedReason);
        // Nothing is waited for but that a child has run long enough for a successor.
        while (const auto deadline = group.core.deadline())
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, orders(group.core.handle(TimePassed{}, *deadline)));
    }

    void pluginThatDoesNotLoadTouchesNothing()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.reload(1);
        const Actions failed = group.fail(2);
        CPPUNIT_ASSERT(only<CloseGeneration>(failed));
        CPPUNIT_ASSERT(find<CloseGeneration>(failed)->generation == GenerationId{2});
        CPPUNIT_ASSERT_EQUAL(std::string("it is torn"), group.operation(1).reason);
        assertUntouched(group);
    }

    void pluginThatDoesNotLoadInTimeTouchesNothing()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.reload(1);
        CPPUNIT_ASSERT(only<CloseGeneration>(group.passDeadline()));
        assertUntouched(group);
        CPPUNIT_ASSERT(group.open(2).empty());  // it comes too late
    }

    /// How the child that stands in fails.
    void standInThatFailsTouchesNothing()
    {
        for (const RestartMode mode : {RestartMode::Always, RestartMode::OnFailure, RestartMode::Never})
        {
            for (const int code : {0, 1, 78, -1, -2})
            {
                ReadyGroup group(ReadyGroup::policyOf(2, mode));
                group.reload(1);
                group.open(2);
                const Actions failed = failToStandIn(group, code);
                CPPUNIT_ASSERT(countOf<CloseGeneration>(failed) == 1);
                for (const Action& action : failed)
                    if (const auto* told = std::get_if<Announce>(&action))
                        CPPUNIT_ASSERT_MESSAGE(told->text,
                                               told->text.find("next start") == std::string::npos);
                assertUntouched(group);
                CPPUNIT_ASSERT(group.operation(1).reason.size() > std::string("child 3: ").size());
            }
        }
    }

    static Actions failToStandIn(ReadyGroup& group, int code)
    {
        if (code == -2) return group.tell(SpawnFailed{group.start(2), "EAGAIN"});
        group.appear(2);
        if (code >= 0) return group.exitWith(2, code);
        CPPUNIT_ASSERT(only<Kill>(group.passDeadline()));
        return group.end(2, {ExitStatus::Kind::Signaled, 9, false});
    }

    void slotThatFailsLaterTakesAllBack()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.surge(1);
        group.replace(0);
        group.exitWith(1, 0);
        group.appear(1);
        const Actions back = group.crash(1);
        CPPUNIT_ASSERT_EQUAL(std::string("reverting"), group.phase());
        CPPUNIT_ASSERT(find<Spawn>(back)->child == ChildId{2});
        CPPUNIT_ASSERT(find<Spawn>(back)->generation == GenerationId{1} && countOf<AskToStop>(back) == 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, group.readyCount());

        const Actions other = group.serve(1);
        CPPUNIT_ASSERT(only<AskToStop>(other) && find<AskToStop>(other)->start == group.start(0));
        const Actions leave = group.replace(0);
        CPPUNIT_ASSERT(only<AskToStop>(leave) && find<AskToStop>(leave)->start == group.start(3));
        CPPUNIT_ASSERT(only<CloseGeneration>(group.exitWith(3, 0)));
        CPPUNIT_ASSERT(group.allServeIn(1, 3) && group.stateOf(1) == "failed");
        CPPUNIT_ASSERT(group.operation(1).reason.find("child 2: ") == 0);
    }

    void slotThatFailsIsTakenBackWhateverTheRestartMode()
    {
        for (const RestartMode mode : {RestartMode::Always, RestartMode::OnFailure, RestartMode::Never})
        {
            for (const int code : {0, 1, 78})
            {
                ReadyGroup group(ReadyGroup::policyOf(2, mode));
                group.surge(1);
                group.exitWith(0, 0);
                group.appear(0);
                const Actions back = group.exitWith(0, code);
                CPPUNIT_ASSERT(countOf<Spawn>(back) == 1);
                CPPUNIT_ASSERT(find<Spawn>(back)->generation == GenerationId{1});
                group.serve(0);
                group.exitWith(2, 0);
                assertUntouched(group);
            }
        }
    }

    void standInThatEndsForGoodEndsTheRoll()
    {
        ReadyGroup group(ReadyGroup::policyOf(2, RestartMode::OnFailure));
        group.surge(1);
        group.exitWith(2, 0);
        CPPUNIT_ASSERT_EQUAL(std::string("reverting"), group.phase());
        group.replace(0);
        assertUntouched(group);

        ReadyGroup other(ReadyGroup::policyOf(2, RestartMode::Never));
        other.surge(1);
        other.exitAsked(2);
        other.replace(0);
        other.exitWith(2, 0);
        CPPUNIT_ASSERT_EQUAL(std::string("child 3: asked to exit"), other.operation(1).reason);
        assertUntouched(other);
    }

    void oldGenerationThatFailsDuringTheWayBackIsLeftToItsRestartPolicy()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.surge(1);
        group.exitWith(0, 0);
        group.appear(0);
        group.crash(0);
        group.appear(0);
        group.exitWith(0, 78);  // now of the old generation
        CPPUNIT_ASSERT(group.state(0) == ChildState::Failed);
        CPPUNIT_ASSERT_EQUAL(std::string("leaving"), group.phase());
        group.exitWith(2, 0);
        CPPUNIT_ASSERT(group.phase().empty() && group.generation() == 1 && group.stateOf(1) == "failed");
        CPPUNIT_ASSERT(!group.core.stopping() && group.state(1) == ChildState::Ready);
    }

    void wayBackGoesOnPastASlotThatFails()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.surge(1);
        group.replace(0);
        group.exitWith(1, 0);
        group.appear(1);
        group.crash(1);
        group.appear(1);
        CPPUNIT_ASSERT(only<AskToStop>(group.exitWith(1, 78)));  // of the old generation as well
        CPPUNIT_ASSERT(group.state(0) == ChildState::Stopping);
        group.replace(0);
        CPPUNIT_ASSERT(countOf<CloseGeneration>(group.exitWith(3, 0)) == 1 && group.stateOf(1) == "failed");
        CPPUNIT_ASSERT(group.generationOf(0) == 1 && group.readyCount() == 2);
    }

    void wayBackToAGenerationThatHasFailedEnds()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.surge(1);
        group.exitWith(0, 0);
        group.appear(0);
        group.fail(1);
        group.crash(0);
        CPPUNIT_ASSERT(group.state(0) == ChildState::Failed);
        CPPUNIT_ASSERT(group.core.child(0).reason == "it is torn" && group.phase() == "leaving");
        group.exitWith(1, 0);
        CPPUNIT_ASSERT(group.phase().empty() && group.stateOf(1) == "failed" && !group.core.stopping());
    }

    void wayBackNeedsNoStandIn()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.surge(1);
        group.replace(0);
        const Actions back = group.exitWith(3, 78);
        CPPUNIT_ASSERT_EQUAL(std::string("reverting"), group.phase());
        CPPUNIT_ASSERT(countOf<AskToStop>(back) == 0);  // the second slot is on its way already
        CPPUNIT_ASSERT(find<Spawn>(group.exitWith(1, 0))->generation == GenerationId{1});
        CPPUNIT_ASSERT(only<AskToStop>(group.serve(1)));
        CPPUNIT_ASSERT(only<CloseGeneration>(group.replace(0)) && group.allServeIn(1, 3));
    }

    void newGenerationThatFailsNeverEndsTheHost()
    {
        GroupPolicy policy = ReadyGroup::policyOf(4);
        policy.onGiveUp = GiveUpMode::Exit;
        policy.maxSurge = 2;
        ReadyGroup group(policy);
        group.reload(1);
        group.open(2);
        group.serve(4);
        group.serve(5);  // two slots are replaced at once
        group.exitWith(0, 0);
        group.exitWith(1, 0);
        group.exitWith(4, 78);
        group.exitWith(5, 78);
        for (const std::size_t position : {0U, 1U})
        {
            if (group.generationOf(position) != 2) continue;
            group.appear(position);
            group.exitWith(position, 78);
        }
        CPPUNIT_ASSERT(!group.core.stopping());
        for (const std::size_t position : {0U, 1U})
            if (group.state(position) == ChildState::Spawning) group.serve(position);
        CPPUNIT_ASSERT(group.allServeIn(1, 4) && group.stateOf(1) == "failed");
        group.exitWith(3, 78);
        CPPUNIT_ASSERT(group.core.stopping());
    }

    void reloadThatWaitsBeginsAfterOneThatFailed()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.reload(1);
        group.reload(2);
        const Actions next = group.fail(2);
        CPPUNIT_ASSERT(find<OpenGeneration>(next)->generation == GenerationId{3});
        CPPUNIT_ASSERT(group.stateOf(1) == "failed" && group.stateOf(2) == "running");
        CPPUNIT_ASSERT(group.operation(2).generation == GenerationId{3});
    }

    void stopOfTheGroupBeforeAnythingIsReplacedEndsTheReload()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.reload(1);
        group.reload(2);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<AskToStop>(group.stopGroup(3)));
        CPPUNIT_ASSERT(group.stateOf(1) == "failed" && group.stateOf(2) == "replaced");
        group.exitWith(0, 0);
        group.exitWith(1, 0);
        CPPUNIT_ASSERT(group.stateOf(3) == "done" && group.generation() == 1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<Spawn>(group.startGroup()));
    }

    void stopOfTheGroupWhileSlotsAreReplacedKeepsTheNewGeneration()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.surge(1);
        group.replace(0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, countOf<AskToStop>(group.stopGroup()));
        for (const std::size_t position : {3U, 2U, 1U, 0U}) group.exitWith(position, 0);
        CPPUNIT_ASSERT(group.generation() == 2 && group.phase().empty() && group.core.childCount() == 3);
        const Actions started = group.startGroup();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, countOf<Spawn>(started));
        CPPUNIT_ASSERT(find<Spawn>(started)->generation == GenerationId{2});
    }

    void stopOfTheGroupAfterAFailureKeepsTheOldGeneration()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.surge(1);
        group.replace(0);
        group.exitWith(1, 0);
        group.appear(1);
        group.crash(1);
        CPPUNIT_ASSERT_EQUAL(std::string("reverting"), group.phase());
        group.stopGroup();
        group.startGroup();  // at once: the group runs while the one that stands in leaves
        group.tell(SpawnFailed{group.start(1), "EAGAIN"});
        for (const std::size_t position : {3U, 2U, 0U}) group.exitWith(position, 0);
        for (std::size_t i = 0; i < 3; ++i) group.serve(i);
        CPPUNIT_ASSERT(group.allServeIn(1, 3) && group.stateOf(1) == "failed");
    }

    /// Brings a reload of three children this far: 0 loading, 1 surging, 2 replacing, 3 reverting, 4 leaving.
    static void advance(ReadyGroup& group, int phase)
    {
        group.reload(1);
        if (phase == 0) return;
        group.open(2);
        if (phase == 1) return;
        group.serve(3);
        if (phase == 2) return;
        group.exitWith(0, 0);
        group.appear(0);
        group.crash(0);
        if (phase == 4) group.serve(0);
    }

    /// Every process that there may be comes to its end.
    static void endAll(HostedFleet& fleet)
    {
        for (std::size_t i = fleet.core.childCount(); i-- > 0;)
            if (traits(fleet.state(i)).mayHaveProcess) fleet.exitWith(i, 0);
    }

    void hostStopsInEveryPhase()
    {
        for (const StopMode mode : {StopMode::Graceful, StopMode::Fast})
        {
            for (int phase = 0; phase < 5; ++phase)
            {
                ReadyGroup group(ReadyGroup::policyOf(3));
                advance(group, phase);
                group.reload(2);
                CPPUNIT_ASSERT(countOf<Spawn>(group.tell(StopAsked{mode})) == 0);
                CPPUNIT_ASSERT(group.operation(1).over() || group.phase() == "leaving");
                CPPUNIT_ASSERT_EQUAL(std::string("replaced"), group.stateOf(2));
                endAll(group);
                CPPUNIT_ASSERT(group.core.finished() && !group.core.deadline());
            }
        }
    }

    void groupThatWaitsForOthersToStopIsNotReplacedMeanwhile()
    {
        GroupPolicy other = ReadyGroup::policyOf(1);
        other.name = "other";
        other.after = {"hello"};
        HostedFleet fleet({ReadyGroup::policyOf(2), other});
        fleet.begin();
        fleet.open(1);
        fleet.becomeReady(0);
        fleet.becomeReady(1);
        fleet.open(2);
        fleet.becomeReady(2);
        fleet.tell(ReloadAsked{GroupId{1}, OperationId{1}});
        fleet.open(3);
        fleet.appear(3);
        fleet.tell(StopAsked{StopMode::Graceful});
        CPPUNIT_ASSERT(countOf<AskToStop>(fleet.tell(BecameReady{fleet.start(3)})) == 0);
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Ready && fleet.state(1) == ChildState::Ready);
        endAll(fleet);
        CPPUNIT_ASSERT(fleet.core.finished());
    }

    void removedGroupIsForgottenInEveryPhase()
    {
        for (int phase = 0; phase < 5; ++phase)
        {
            ReadyGroup group(ReadyGroup::policyOf(3));
            advance(group, phase);
            group.tell(GroupRemoved{GroupId{1}});
            CPPUNIT_ASSERT_EQUAL(std::string("removed"), std::string(name(group.core.group(0).state)));
            while (group.core.childCount() > 0) group.exitWith(group.core.childCount() - 1, 0);
            CPPUNIT_ASSERT(group.core.groupCount() == 0 && !group.core.finished());
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RollFailureTest);

}  // namespace clustermanager::core
