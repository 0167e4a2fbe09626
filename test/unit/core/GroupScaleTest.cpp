/// Goal: a group has as many children as was asked for last, whatever was asked before.
/// Method: a real Supervisor on a made-up clock; scaling up, down and up again, also while children are
/// replaced.

#include <cppunit/extensions/HelperMacros.h>

#include <set>
#include <string>

#include "unit/core/ReadyGroup.h"

namespace clustermanager::core {

class GroupScaleTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GroupScaleTest);
    CPPUNIT_TEST(scalingUpStartsTheNextIndexes);
    CPPUNIT_TEST(scalingTriesThoseAgainThatHaveGivenUp);
    CPPUNIT_TEST(scalingDownEndsTheHighestIndexes);
    CPPUNIT_TEST(lowestFreeIdsAreGivenOut);
    CPPUNIT_TEST(scalingDownAndUpQuicklyDoublesNoIndex);
    CPPUNIT_TEST(childThatIsWantedAgainStartsWhateverItsRestartMode);
    CPPUNIT_TEST(scalingDuringARollIsDoneWhenItIsOver);
    CPPUNIT_TEST(laterScalingDuringARollTakesThePlaceOfTheFirst);
    CPPUNIT_TEST(scalingThatWaitsEndsWhenTheGroupIsStopped);
    CPPUNIT_TEST(reloadWhileChildrenLeaveKeepsThemLeaving);
    CPPUNIT_TEST(childThatLeavesIsNotBroughtBackByAnExit);
    CPPUNIT_TEST(stoppedGroupIsScaledAndStartsSo);
    CPPUNIT_TEST(scalingToNobodyAndBack);
    CPPUNIT_TEST(changedPolicyScalesAndKeepsTheName);
    CPPUNIT_TEST_SUITE_END();

    static void assertIndexesAreUnique(const ReadyGroup& group)
    {
        std::set<std::uint32_t> indexes;
        for (std::size_t i = 0; i < group.core.childCount(); ++i) indexes.insert(group.core.child(i).index);
        CPPUNIT_ASSERT_EQUAL(group.core.childCount(), indexes.size());
    }

    void scalingUpStartsTheNextIndexes()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        const Actions actions = group.scale(3, 1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<Spawn>(actions));
        CPPUNIT_ASSERT_EQUAL(1U, find<Spawn>(actions)->index);
        group.serve(1);
        CPPUNIT_ASSERT_EQUAL(std::string("running"), group.stateOf(1));
        group.serve(2);
        CPPUNIT_ASSERT(group.stateOf(1) == "done" && group.operation(1).steps.size() == 2);
    }

    void scalingTriesThoseAgainThatHaveGivenUp()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.exitWith(0, 78);
        group.exitWith(2, 78);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, countOf<Spawn>(group.scale(2, 1)));  // who goes stays down
        CPPUNIT_ASSERT_EQUAL(std::string("running"), group.stateOf(1));
        group.exitWith(0, 78);
        CPPUNIT_ASSERT_EQUAL(std::string("failed"), group.stateOf(1));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, countOf<Spawn>(group.scale(2, 2)));
        group.serve(0);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), group.stateOf(2));
    }

    void scalingDownEndsTheHighestIndexes()
    {
        ReadyGroup group(ReadyGroup::policyOf(4));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<AskToStop>(group.scale(2, 1)));
        CPPUNIT_ASSERT(group.state(2) == ChildState::Stopping && group.state(3) == ChildState::Stopping);
        group.exitWith(2, 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, group.core.childCount());  // indexes have no gap
        group.exitWith(3, 0);
        CPPUNIT_ASSERT(group.allServeIn(1, 2) && group.stateOf(1) == "done");
        CPPUNIT_ASSERT(group.operation(1).steps.at(1).state == StepState::Stopped);
    }

    void childThatLeavesIsNotBroughtBackByAnExit()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.scale(1);
        group.exitWith(1, 0);  // its slot stays as long as the one after it
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<Spawn>(group.tell(ExitAllAsked{})));
        CPPUNIT_ASSERT(group.state(1) == ChildState::Stopped);
    }

    void lowestFreeIdsAreGivenOut()
    {
        GroupPolicy other = ReadyGroup::policyOf(1);
        other.name = "other";
        HostedFleet fleet({ReadyGroup::policyOf(2), other});
        fleet.makeReady();
        fleet.tell(ScaleAsked{GroupId{1}, 1});
        fleet.exitWith(1, 0);
        const Actions grown = fleet.tell(ScaleAsked{GroupId{2}, 3});
        CPPUNIT_ASSERT(std::get<Spawn>(grown.at(0)).child == ChildId{2});
        CPPUNIT_ASSERT(std::get<Spawn>(grown.at(1)).child == ChildId{4});
        CPPUNIT_ASSERT(std::get<Spawn>(grown.at(1)).index == 2);
    }

    void scalingDownAndUpQuicklyDoublesNoIndex()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.scale(1, 1);
        CPPUNIT_ASSERT(orders(group.scale(4, 2)) == 1 && group.core.childCount() == 4);
        assertIndexesAreUnique(group);
        group.scale(2, 3);
        group.scale(3, 4);
        assertIndexesAreUnique(group);
        for (const std::size_t position : {1U, 2U})
        {
            const Actions again = group.exitWith(position, 0);
            CPPUNIT_ASSERT_EQUAL(position, std::size_t{find<Spawn>(again)->index});
            group.serve(position);
        }
        group.exitWith(3, 0);
        CPPUNIT_ASSERT(group.allServeIn(1, 3));
        for (std::uint64_t id = 1; id < 5; ++id) CPPUNIT_ASSERT_EQUAL(std::string("done"), group.stateOf(id));
    }

    void childThatIsWantedAgainStartsWhateverItsRestartMode()
    {
        for (const RestartMode mode : {RestartMode::Always, RestartMode::OnFailure, RestartMode::Never})
        {
            for (const bool appeared : {true, false})
            {
                ReadyGroup group(ReadyGroup::policyOf(1, mode));
                group.scale(2);
                if (appeared) group.appear(1);
                group.scale(1);
                group.scale(2);
                if (!appeared) group.appear(1);
                CPPUNIT_ASSERT(group.state(1) == ChildState::Stopping);
                CPPUNIT_ASSERT(only<Spawn>(group.exitWith(1, 0)));
            }
        }
    }

    void scalingDuringARollIsDoneWhenItIsOver()
    {
        for (const unsigned count : {1U, 4U})
        {
            ReadyGroup group(ReadyGroup::policyOf(2));
            group.surge();
            CPPUNIT_ASSERT(orders(group.scale(count, 1)) == 0 && group.stateOf(1) == "waiting");
            group.replace(0);
            group.replace(1);
            const Actions over = group.exitWith(2, 0);
            CPPUNIT_ASSERT_EQUAL(std::string("running"), group.stateOf(1));
            CPPUNIT_ASSERT_EQUAL(std::size_t{count == 4 ? 2U : 0U}, countOf<Spawn>(over));
            CPPUNIT_ASSERT_EQUAL(std::size_t{count == 4 ? 0U : 1U}, countOf<AskToStop>(over));
            if (count == 1) group.exitWith(1, 0);
            for (std::size_t i = 2; i < count; ++i) group.serve(i);
            CPPUNIT_ASSERT(group.allServeIn(2, count) && group.stateOf(1) == "done");
        }
    }

    void laterScalingDuringARollTakesThePlaceOfTheFirst()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.surge();
        group.scale(7, 1);
        group.scale(2, 2);
        CPPUNIT_ASSERT(group.stateOf(1) == "replaced" && group.stateOf(2) == "waiting");
        group.replace(0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, countOf<Spawn>(group.exitWith(1, 0)));
        group.serve(1);
        CPPUNIT_ASSERT(group.stateOf(2) == "done" && group.allServeIn(2, 2));
    }

    void scalingThatWaitsEndsWhenTheGroupIsStopped()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.surge();
        group.scale(1, 1);
        group.stopGroup();
        for (const std::size_t position : {3U, 2U, 1U, 0U}) group.exitWith(position, 0);
        CPPUNIT_ASSERT(group.stateOf(1) == "done" && group.core.childCount() == 1);
    }

    void reloadWhileChildrenLeaveKeepsThemLeaving()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.scale(2);
        group.reload();
        group.open(2);
        CPPUNIT_ASSERT_EQUAL(3U, group.core.child(3).index);
        group.serve(3);
        group.exitWith(2, 0);
        group.replace(0);
        group.replace(1);
        CPPUNIT_ASSERT(countOf<CloseGeneration>(group.exitWith(3, 0)) == 1);
        CPPUNIT_ASSERT(group.allServeIn(2, 2));
    }

    void stoppedGroupIsScaledAndStartsSo()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.stopGroup();
        group.exitWith(0, 0);
        group.exitWith(1, 0);
        CPPUNIT_ASSERT(orders(group.scale(3, 1)) == 0 && group.stateOf(1) == "done");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, countOf<Spawn>(group.startGroup(2)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, group.operation(2).steps.size());
        for (std::size_t i = 0; i < 3; ++i)
        {
            CPPUNIT_ASSERT_EQUAL(std::string("running"), group.stateOf(2));
            group.serve(i);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("done"), group.stateOf(2));
    }

    void scalingToNobodyAndBack()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.scale(0);
        group.exitWith(1, 0);
        group.exitWith(0, 0);
        CPPUNIT_ASSERT(group.core.childCount() == 0 && !group.core.deadline());
        const Actions back = group.scale(1);
        CPPUNIT_ASSERT(find<Spawn>(back)->child == ChildId{1} && find<Spawn>(back)->restarts == 0);
    }

    void changedPolicyScalesAndKeepsTheName()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        GroupPolicy changed = ReadyGroup::policyOf(2);
        changed.name = "other";
        CPPUNIT_ASSERT(only<Spawn>(group.tell(PolicyChanged{GroupId{1}, changed})));
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), group.core.group(0).policy->name);
        CPPUNIT_ASSERT(group.tell(PolicyChanged{GroupId{9}, changed}).empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GroupScaleTest);

}  // namespace clustermanager::core
