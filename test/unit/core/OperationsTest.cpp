/// Goal: an operator can ask what became of what was asked for, child by child, and it is what really
/// happened. Method: a real Supervisor on a made-up clock; each kind of operation, its steps and outcomes,
/// and the bound.

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "unit/core/ReadyGroup.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class OperationsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OperationsTest);
    CPPUNIT_TEST(exitIsDoneWhenAFreshProcessServes);
    CPPUNIT_TEST(exitIsDoneWithRestartNeverWhenTheProcessIsGone);
    CPPUNIT_TEST(exitFailsWithTheChildAndSaysWhy);
    CPPUNIT_TEST(exitInAStoppedGroupHasNothingToWaitFor);
    CPPUNIT_TEST(stepSaysWhatHoldsItUp);
    CPPUNIT_TEST(exitOfAGroupAndOfAllHaveOneStepPerChild);
    CPPUNIT_TEST(reloadHasOneStepPerSlotInTheirOrder);
    CPPUNIT_TEST(slotThatIsRemovedMeanwhileIsStopped);
    CPPUNIT_TEST(nobodyAsksForOperationZero);
    CPPUNIT_TEST(oldestThatIsOverIsForgottenFirst);
    CPPUNIT_TEST(whatIsOverNeverChanges);
    CPPUNIT_TEST(moreThanCanBeKeptAreCarriedOutAllTheSame);
    CPPUNIT_TEST_SUITE_END();

    static Actions exitChild(HostedFleet& fleet, std::uint32_t child, std::uint64_t operation)
    {
        return fleet.tell(ExitChildAsked{ChildId{child}, OperationId{operation}});
    }

    void exitIsDoneWhenAFreshProcessServes()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        const StartNumber old = group.start(0);
        const TimePoint begun = group.now;
        exitChild(group, 1, 1);
        CPPUNIT_ASSERT(group.stateOf(1) == "running" && !group.operation(1).ended);
        CPPUNIT_ASSERT(group.operation(1).steps.at(0).before == old);
        group.exitWith(0, 0);
        group.now += 1s;
        group.serve(0);
        CPPUNIT_ASSERT(group.stateOf(1) == "done" && group.operation(1).reason.empty());
        CPPUNIT_ASSERT(group.operation(1).begun == begun && *group.operation(1).ended == begun + 1s);
        CPPUNIT_ASSERT(group.operation(1).steps.at(0).state == StepState::Ready);
        CPPUNIT_ASSERT(*group.operation(1).steps.at(0).ended == begun + 1s);
    }

    void exitIsDoneWithRestartNeverWhenTheProcessIsGone()
    {
        ReadyGroup group(ReadyGroup::policyOf(1, RestartMode::Never));
        exitChild(group, 1, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("running"), group.stateOf(1));
        group.exitWith(0, 0);
        CPPUNIT_ASSERT(group.stateOf(1) == "done");
        CPPUNIT_ASSERT(group.operation(1).steps.at(0).state == StepState::Stopped);
    }

    void exitFailsWithTheChildAndSaysWhy()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        exitChild(group, 2, 1);
        group.exitWith(1, 0);
        group.appear(1);
        group.exitWith(1, 78);
        CPPUNIT_ASSERT_EQUAL(std::string("failed"), group.stateOf(1));
        CPPUNIT_ASSERT(group.operation(1).steps.at(0).state == StepState::Failed);
        CPPUNIT_ASSERT_EQUAL("child 2: " + group.core.child(1).reason, group.operation(1).reason);
        group.exitAsked(1);
        CPPUNIT_ASSERT_EQUAL(std::string("failed"), group.stateOf(1));  // what is over stays so
    }

    void exitInAStoppedGroupHasNothingToWaitFor()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.stopGroup();
        exitChild(group, 1, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("running"), group.stateOf(1));
        group.exitWith(0, 0);
        exitChild(group, 1, 2);
        CPPUNIT_ASSERT(group.stateOf(1) == "done" && group.stateOf(2) == "done");
        CPPUNIT_ASSERT(!group.core.child(0).wanted);
    }

    void stepSaysWhatHoldsItUp()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        exitChild(group, 1, 1);
        group.exitWith(0, 0);
        group.appear(0);
        group.crash(0);
        const OperationStep& step = group.operation(1).steps.at(0);
        CPPUNIT_ASSERT(step.state == StepState::Running &&
                       step.reason.find("exit code 1") != std::string::npos);
    }

    void exitOfAGroupAndOfAllHaveOneStepPerChild()
    {
        GroupPolicy other{"other"};
        HostedFleet fleet({ReadyGroup::policyOf(2), other});
        fleet.makeReady();
        fleet.tell(ExitGroupAsked{"hello", OperationId{1}});
        fleet.tell(ExitAllAsked{OperationId{2}});
        const auto& all = fleet.core.operations();
        CPPUNIT_ASSERT(all.front()->group == "hello" && all.front()->steps.size() == 2);
        CPPUNIT_ASSERT(all.back()->group.empty() && all.back()->steps.size() == 3);
        for (std::size_t i = 0; i < 3; ++i)
        {
            fleet.exitWith(i, 0);
            fleet.becomeReady(i);
        }
        CPPUNIT_ASSERT(all.front()->state == OperationState::Done &&
                       all.back()->state == OperationState::Done);
    }

    void reloadHasOneStepPerSlotInTheirOrder()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.surge(1);
        CPPUNIT_ASSERT(group.operation(1).phase == "replacing");
        CPPUNIT_ASSERT(group.operation(1).generation == GenerationId{2});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, group.operation(1).steps.size());
        group.replace(0);
        CPPUNIT_ASSERT(group.operation(1).steps.at(0).state == StepState::Ready);
        CPPUNIT_ASSERT(group.operation(1).steps.at(1).child == ChildId{2});
        group.replace(1);
        CPPUNIT_ASSERT_EQUAL(std::string("running"), group.stateOf(1));  // somebody stands in still
        group.exitWith(2, 0);
        CPPUNIT_ASSERT(group.stateOf(1) == "done" && group.operation(1).phase == "over");
    }

    void slotThatIsRemovedMeanwhileIsStopped()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        exitChild(group, 2, 1);
        group.scale(1, 2);
        CPPUNIT_ASSERT(group.stateOf(1) == "running" && group.stateOf(2) == "running");
        group.exitWith(1, 0);
        CPPUNIT_ASSERT(group.stateOf(1) == "done" && group.stateOf(2) == "done");
        CPPUNIT_ASSERT(group.operation(1).steps.at(0).state == StepState::Stopped);

        exitChild(group, 1, 3);
        group.tell(GroupRemoved{GroupId{1}});
        group.exitWith(0, 0);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), group.stateOf(3));
    }

    void nobodyAsksForOperationZero()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.exitAsked(0);
        group.scale(2);
        CPPUNIT_ASSERT(group.core.operations().empty());
    }

    void oldestThatIsOverIsForgottenFirst()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        exitChild(group, 1, 1);  // it goes on
        for (std::uint64_t id = 2; id < 2 + Operations::kKept; ++id) group.startGroup(id);
        CPPUNIT_ASSERT_EQUAL(Operations::kKept, group.core.operations().size());
        CPPUNIT_ASSERT(group.stateOf(1) == "running");
        CPPUNIT_ASSERT(group.operation(2).id == OperationId{} && group.operation(3).id == OperationId{3});
    }

    void whatIsOverNeverChanges()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        Operations operations;
        Operation* scale = operations.begin({OperationId{5}, OperationKind::Scale, "hello"}, group.now);
        CPPUNIT_ASSERT(scale != nullptr && operations.find(OperationId{5}) == scale);
        Operations::end(scale, OperationState::Done, "", group.now);
        CPPUNIT_ASSERT(operations.find(OperationId{5}) == nullptr);
        CPPUNIT_ASSERT(operations.all().front()->state == OperationState::Done);
    }

    void moreThanCanBeKeptAreCarriedOutAllTheSame()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        for (std::uint64_t id = 1; id <= Operations::kKept; ++id) exitChild(group, 1, id);
        CPPUNIT_ASSERT(only<Spawn>(group.scale(2, 1'000)));
        CPPUNIT_ASSERT_EQUAL(Operations::kKept, group.core.operations().size());
        CPPUNIT_ASSERT(group.operation(1'000).id == OperationId{});
        group.replace(0);
        for (std::uint64_t id = 1; id <= Operations::kKept; ++id)
            CPPUNIT_ASSERT_EQUAL(std::string("done"), group.stateOf(id));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OperationsTest);

}  // namespace clustermanager::core
