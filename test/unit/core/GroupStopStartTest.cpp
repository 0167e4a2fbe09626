/// Goal: groups stop, start, come and go while the others serve.
/// Method: a real Supervisor on a made-up clock; each command in each state a group and its children can be
/// in.

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "unit/core/ReadyGroup.h"

namespace clustermanager::core {

class GroupStopStartTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GroupStopStartTest);
    CPPUNIT_TEST(stoppedGroupStaysDownUntilItIsStarted);
    CPPUNIT_TEST(startWhileChildrenStillStopBringsThemBack);
    CPPUNIT_TEST(stoppedGroupIsReloadedAndStartsWithTheNewGeneration);
    CPPUNIT_TEST(stoppedGroupKeepsTheOldGenerationWhereTheNewOneFails);
    CPPUNIT_TEST(groupThatWasNeverOpenedIsNotReloaded);
    CPPUNIT_TEST(stopOfAFailedChildHasNothingToWaitFor);
    CPPUNIT_TEST(startForgivesWhatFailedBefore);
    CPPUNIT_TEST(startOfARunningGroupChangesNothing);
    CPPUNIT_TEST(startOfARunningGroupBringsBackWhoHasGivenUpOrEnded);
    CPPUNIT_TEST(operatorsExitStartsOneChildOfAStoppedGroupOnlyWithIt);
    CPPUNIT_TEST(commandsForNobodyChangeNothing);
    CPPUNIT_TEST(addedGroupIsOpenedAndServes);
    CPPUNIT_TEST(addedGroupThatCannotBeLoadedEndsNothing);
    CPPUNIT_TEST(removedGroupIsForgottenWithItsLastProcess);
    CPPUNIT_TEST(successorOfARemovedGroupIsTheOneThatIsFound);
    CPPUNIT_TEST(removedGroupTakesNoCommands);
    CPPUNIT_TEST(removalNeverSlowsAFastStop);
    CPPUNIT_TEST_SUITE_END();

    static void end(HostedFleet& fleet, std::size_t count)
    {
        for (std::size_t i = count; i-- > 0;) fleet.exitWith(i, 0);
    }

    void stoppedGroupStaysDownUntilItIsStarted()
    {
        for (const RestartMode mode : {RestartMode::Always, RestartMode::Never})
        {
            ReadyGroup group(ReadyGroup::policyOf(2, mode));
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<AskToStop>(group.stopGroup(1)));
            end(group, 2);
            CPPUNIT_ASSERT(group.countIn(ChildState::Stopped) == 2 && group.stateOf(1) == "done");
            CPPUNIT_ASSERT(group.core.group(0).state == GroupState::Stopped && !group.core.deadline());
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<Spawn>(group.startGroup(2)));
            group.serve(0);
            group.serve(1);
            CPPUNIT_ASSERT(group.stateOf(2) == "done" && group.core.child(0).restarts == 1);
        }
    }

    void startWhileChildrenStillStopBringsThemBack()
    {
        ReadyGroup group(ReadyGroup::policyOf(1, RestartMode::Never));
        group.stopGroup(1);
        CPPUNIT_ASSERT(orders(group.startGroup(2)) == 0);
        CPPUNIT_ASSERT(only<Spawn>(group.exitWith(0, 0)));
        group.serve(0);
        CPPUNIT_ASSERT(group.stateOf(1) == "done" && group.stateOf(2) == "done");
    }

    void stoppedGroupIsReloadedAndStartsWithTheNewGeneration()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.stopGroup();
        end(group, 2);
        CPPUNIT_ASSERT(group.core.group(0).mayReload);
        CPPUNIT_ASSERT(only<OpenGeneration>(group.reload(1)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<Spawn>(group.open(2)));
        CPPUNIT_ASSERT(group.stateOf(1) == "done" && group.countIn(ChildState::Stopped) == 2);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<Spawn>(group.startGroup(2)));
        group.serve(0);
        group.serve(1);
        CPPUNIT_ASSERT(group.allServeIn(2, 2));
    }

    void stoppedGroupKeepsTheOldGenerationWhereTheNewOneFails()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.stopGroup();
        end(group, 1);
        group.reload(1);
        group.fail(2);
        CPPUNIT_ASSERT_EQUAL(std::string("failed"), group.stateOf(1));
        group.startGroup();
        group.serve(0);
        CPPUNIT_ASSERT(group.allServeIn(1, 1));
    }

    void groupThatWasNeverOpenedIsNotReloaded()
    {
        GroupPolicy waiting = ReadyGroup::policyOf(1);
        waiting.name = "second";
        waiting.after = {"hello"};
        HostedFleet fleet({ReadyGroup::policyOf(1), waiting});
        fleet.tell(StopGroupAsked{GroupId{2}, OperationId{}});
        CPPUNIT_ASSERT(!fleet.core.group(1).mayReload);
        CPPUNIT_ASSERT(fleet.tell(ReloadAsked{GroupId{2}, OperationId{1}}).empty());
        CPPUNIT_ASSERT(fleet.core.operations().empty());
    }

    void stopOfAFailedChildHasNothingToWaitFor()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.exitWith(0, 78);
        group.stopGroup(1);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), group.stateOf(1));
        CPPUNIT_ASSERT(group.operation(1).steps.at(0).state == StepState::Stopped);
    }

    void startForgivesWhatFailedBefore()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.exitWith(0, 78);
        group.stopGroup();
        CPPUNIT_ASSERT(only<Spawn>(group.startGroup()));
        group.serve(0);
        CPPUNIT_ASSERT(only<Spawn>(group.crash(0)));
    }

    void startOfARunningGroupChangesNothing()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        CPPUNIT_ASSERT(group.startGroup(1).empty() && group.stateOf(1) == "done");
    }

    void startOfARunningGroupBringsBackWhoHasGivenUpOrEnded()
    {
        for (const RestartMode mode : {RestartMode::Always, RestartMode::Never})
        {
            ReadyGroup group(ReadyGroup::policyOf(2, mode));
            group.exitWith(1, mode == RestartMode::Always ? 78 : 0);
            CPPUNIT_ASSERT(only<Spawn>(group.startGroup(1)) && group.stateOf(1) == "running");
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, group.operation(1).steps.size());
            group.serve(1);
            CPPUNIT_ASSERT_EQUAL(std::string("done"), group.stateOf(1));
            CPPUNIT_ASSERT(group.startGroup(2).empty() && group.stateOf(2) == "done");
        }
    }

    void operatorsExitStartsOneChildOfAStoppedGroupOnlyWithIt()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.stopGroup();
        end(group, 2);
        CPPUNIT_ASSERT(orders(group.exitAsked(0)) == 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<Spawn>(group.startGroup()));
    }

    void commandsForNobodyChangeNothing()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        CPPUNIT_ASSERT(group.tell(ReloadAsked{GroupId{7}, OperationId{1}}).empty());
        CPPUNIT_ASSERT(group.tell(ScaleAsked{GroupId{7}, 3, OperationId{2}}).empty());
        CPPUNIT_ASSERT(group.tell(StartGroupAsked{GroupId{7}, OperationId{3}}).empty());
        CPPUNIT_ASSERT(group.tell(StopGroupAsked{GroupId{7}, OperationId{4}}).empty());
        CPPUNIT_ASSERT(group.tell(GroupRemoved{GroupId{7}}).empty());
        CPPUNIT_ASSERT(group.core.operations().empty());
    }

    void addedGroupIsOpenedAndServes()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        CPPUNIT_ASSERT(group.core.nextGroup() == GroupId{2});
        CPPUNIT_ASSERT(only<OpenGeneration>(group.tell(GroupAdded{GroupPolicy{"other"}})));
        CPPUNIT_ASSERT(find<Spawn>(group.open(2))->child == ChildId{2});
    }

    void addedGroupThatCannotBeLoadedEndsNothing()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        GroupPolicy other{"other"};
        other.onGiveUp = GiveUpMode::Exit;
        group.tell(GroupAdded{other});
        group.fail(2);
        CPPUNIT_ASSERT(!group.core.stopping() && group.state(0) == ChildState::Ready);
        CPPUNIT_ASSERT(group.core.group(1).generationState == GenerationState::Failed);
        CPPUNIT_ASSERT(only<ReplaceSpawner>(group.exitAsked(1)));
        group.open(2);
        group.serve(1);
        group.exitWith(1, 78);  // once it has served, the host does as its policy says
        CPPUNIT_ASSERT(group.core.stopping());
    }

    void removedGroupIsForgottenWithItsLastProcess()
    {
        GroupPolicy other{"other"};
        HostedFleet fleet({ReadyGroup::policyOf(2), other});
        fleet.makeReady();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<AskToStop>(fleet.tell(GroupRemoved{GroupId{1}})));
        fleet.exitWith(1, 0);
        const Actions gone = fleet.exitWith(0, 0);
        CPPUNIT_ASSERT(std::holds_alternative<CloseGeneration>(gone.at(0)));
        CPPUNIT_ASSERT(find<ForgetGroup>(gone)->group == GroupId{1});
        CPPUNIT_ASSERT(fleet.core.groupCount() == 1 && fleet.core.childCount() == 1);
        CPPUNIT_ASSERT(!fleet.core.findGroup(GroupId{1}) && fleet.core.findGroup("other"));
        CPPUNIT_ASSERT(fleet.core.nextGroup() == GroupId{3});
    }

    void successorOfARemovedGroupIsTheOneThatIsFound()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.tell(GroupRemoved{GroupId{1}});
        group.tell(GroupAdded{ReadyGroup::policyOf(1)});
        CPPUNIT_ASSERT(group.core.groupCount() == 2 && group.core.findGroup("hello")->id == GroupId{2});
        CPPUNIT_ASSERT(!group.core.findGroup("nobody"));
    }

    void removedGroupTakesNoCommands()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.tell(GroupRemoved{GroupId{1}});
        CPPUNIT_ASSERT(orders(group.startGroup()) == 0 && orders(group.scale(9)) == 0);
        CPPUNIT_ASSERT(orders(group.reload()) == 0 && orders(group.exitAsked(0)) == 0);
        group.stopGroup();
        end(group, 2);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, group.core.groupCount());
    }

    void removalNeverSlowsAFastStop()
    {
        HostedFleet fleet({ReadyGroup::policyOf(1)});
        fleet.begin();
        fleet.open();
        fleet.tell(StopAsked{StopMode::Fast});
        fleet.tell(GroupRemoved{GroupId{1}});
        CPPUNIT_ASSERT(only<Kill>(fleet.tell(Spawned{fleet.start(0), 7})));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GroupStopStartTest);

}  // namespace clustermanager::core
