/// Goal: a group starts after those it names are ready, and stops before them; one that comes back starts
/// after the one that was removed has ended. Method: a real Supervisor on a made-up clock; a chain of groups
/// brought up and down.

#include <cppunit/extensions/HelperMacros.h>

#include "unit/core/ReadyGroup.h"

namespace clustermanager::core {

class GroupOrderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GroupOrderTest);
    CPPUNIT_TEST(groupIsOpenedInTheTurnInWhichTheOneBeforeItIsReady);
    CPPUNIT_TEST(groupOfNobodyIsReadyOnceItsPluginIsLoaded);
    CPPUNIT_TEST(groupThatOnceWasReadyHoldsNobodyUp);
    CPPUNIT_TEST(groupThatWaitsForOneThatIsRemovedIsOpened);
    CPPUNIT_TEST(groupThatWaitsCanBeStoppedAndStarted);
    CPPUNIT_TEST(groupThatWaitsCanBeScaledAndRemoved);
    CPPUNIT_TEST(groupThatIsOpenedHasTheCountThatWasAskedForMeanwhile);
    CPPUNIT_TEST(groupsStopInTheOtherOrder);
    CPPUNIT_TEST(fastStopWaitsForNobody);
    CPPUNIT_TEST(stopWhileGroupsWaitFinishes);
    CPPUNIT_TEST(groupThatComesBackWaitsForTheOneThatGoes);
    CPPUNIT_TEST(groupThatComesBackMayGoAgainAndComeAgain);
    CPPUNIT_TEST(groupThatComesBackHoldsUpThoseThatComeAfterIt);
    CPPUNIT_TEST(groupThatComesBackDoesNotWaitForARunMasterInTheHost);
    CPPUNIT_TEST(stopWhileAGroupWaitsForItsNameFinishes);
    CPPUNIT_TEST(groupThatWaitsForItsNameDoesSoInAnotherImage);
    CPPUNIT_TEST_SUITE_END();

    static GroupPolicy named(const std::string& name, std::vector<std::string> after, unsigned count = 1)
    {
        GroupPolicy policy = ReadyGroup::policyOf(count);
        policy.name = name;
        policy.after = std::move(after);
        return policy;
    }

    /// The last is listed first, so that the order of the list does not help.
    static std::vector<GroupPolicy> chain()
    {
        return {named("web", {"cache"}), named("cache", {"store"}), named("store", {})};
    }

    static Actions ready(HostedFleet& fleet, std::uint32_t group)
    {
        fleet.open(group);
        fleet.appear(group - 1);
        return fleet.tell(BecameReady{fleet.start(group - 1)});
    }

    static bool opens(const Actions& actions, std::uint32_t group)
    {
        return only<OpenGeneration>(actions) && find<OpenGeneration>(actions)->group == GroupId{group};
    }

    void groupIsOpenedInTheTurnInWhichTheOneBeforeItIsReady()
    {
        HostedFleet fleet(chain());
        CPPUNIT_ASSERT(opens(fleet.begin(), 3));
        CPPUNIT_ASSERT(fleet.core.group(0).state == GroupState::Waiting);
        CPPUNIT_ASSERT(opens(ready(fleet, 3), 2));
        CPPUNIT_ASSERT(opens(ready(fleet, 2), 1));
        CPPUNIT_ASSERT(orders(ready(fleet, 1)) == 0 && fleet.state(0) == ChildState::Ready);
    }

    void groupOfNobodyIsReadyOnceItsPluginIsLoaded()
    {
        HostedFleet fleet({named("store", {}, 0), named("web", {"store"})});
        fleet.begin();
        CPPUNIT_ASSERT(opens(fleet.open(1), 2));
    }

    void groupThatOnceWasReadyHoldsNobodyUp()
    {
        HostedFleet fleet({named("store", {})});
        fleet.makeReady();
        fleet.exitWith(0, 78);
        CPPUNIT_ASSERT(opens(fleet.tell(GroupAdded{named("web", {"store", "unknown"})}), 2));
    }

    void groupThatWaitsForOneThatIsRemovedIsOpened()
    {
        HostedFleet fleet({named("store", {}), named("web", {"store"})});
        fleet.begin();
        const Actions actions = fleet.tell(GroupRemoved{GroupId{1}});
        CPPUNIT_ASSERT(countOf<ForgetGroup>(actions) == 1);
        CPPUNIT_ASSERT(find<OpenGeneration>(actions)->group == GroupId{2});
    }

    void groupThatWaitsCanBeStoppedAndStarted()
    {
        HostedFleet fleet({named("store", {}), named("web", {"store"})});
        fleet.begin();
        fleet.tell(StopGroupAsked{GroupId{2}});
        CPPUNIT_ASSERT(orders(ready(fleet, 1)) == 0);
        CPPUNIT_ASSERT(opens(fleet.tell(StartGroupAsked{GroupId{2}, OperationId{1}}), 2));
        ready(fleet, 2);
        CPPUNIT_ASSERT(fleet.state(1) == ChildState::Ready);

        HostedFleet other({named("store", {}), named("web", {"store"})});
        other.begin();
        other.tell(StopGroupAsked{GroupId{2}});
        CPPUNIT_ASSERT(orders(other.tell(StartGroupAsked{GroupId{2}})) == 0);
        CPPUNIT_ASSERT(other.core.group(1).state == GroupState::Waiting);
        CPPUNIT_ASSERT(opens(ready(other, 1), 2));
    }

    void groupThatWaitsCanBeScaledAndRemoved()
    {
        HostedFleet fleet({named("store", {}), named("web", {"store"})});
        fleet.begin();
        fleet.tell(ScaleAsked{GroupId{2}, 3});
        ready(fleet, 1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, countOf<Spawn>(fleet.open(2)));

        fleet.tell(GroupAdded{named("late", {"web"})});
        const Actions gone = fleet.tell(GroupRemoved{GroupId{3}});
        CPPUNIT_ASSERT(only<ForgetGroup>(gone));  // nothing of it was ever opened
    }

    void groupThatIsOpenedHasTheCountThatWasAskedForMeanwhile()
    {
        HostedFleet fleet({named("store", {}), named("web", {"store"})});
        fleet.begin();
        fleet.tell(ScaleAsked{GroupId{2}, 3, OperationId{}});
        CPPUNIT_ASSERT(opens(ready(fleet, 1), 2));
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, fleet.core.childCount());
    }

    void groupsStopInTheOtherOrder()
    {
        HostedFleet fleet(chain());
        fleet.begin();
        for (const std::uint32_t group : {3U, 2U, 1U}) ready(fleet, group);
        Actions actions = fleet.tell(StopAsked{StopMode::Graceful});
        CPPUNIT_ASSERT(only<AskToStop>(actions) && fleet.state(0) == ChildState::Stopping);
        CPPUNIT_ASSERT(fleet.state(1) == ChildState::Ready && fleet.state(2) == ChildState::Ready);
        CPPUNIT_ASSERT(fleet.exitAsked(2).empty());
        CPPUNIT_ASSERT(find<AskToStop>(fleet.exitWith(0, 0))->start == fleet.start(1));
        actions = fleet.exitWith(2, 1);  // it crashes, and nobody starts it again
        CPPUNIT_ASSERT(orders(actions) == 0 && !fleet.core.finished());
        CPPUNIT_ASSERT(countOf<Finish>(fleet.exitWith(1, 0)) == 1);
    }

    void fastStopWaitsForNobody()
    {
        HostedFleet fleet(chain());
        fleet.begin();
        for (const std::uint32_t group : {3U, 2U, 1U}) ready(fleet, group);
        fleet.tell(StopAsked{StopMode::Graceful});
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, countOf<Kill>(fleet.tell(StopAsked{StopMode::Fast})));
    }

    void stopWhileGroupsWaitFinishes()
    {
        HostedFleet fleet(chain());
        fleet.begin();
        fleet.open(3);
        fleet.appear(2);
        CPPUNIT_ASSERT(countOf<AskToStop>(fleet.tell(StopAsked{StopMode::Graceful})) == 1);
        const Actions down = fleet.exitWith(2, 0);
        CPPUNIT_ASSERT(countOf<Finish>(down) == 1 && countOf<CloseGeneration>(down) == 1);
    }

    /// `store` serves, is removed, and is there again before its child has ended.
    static void comeBack(HostedFleet& fleet)
    {
        fleet.makeReady();
        fleet.tell(GroupRemoved{GroupId{1}});
        CPPUNIT_ASSERT(orders(fleet.tell(GroupAdded{named("store", {})})) == 0);
    }

    void groupThatComesBackWaitsForTheOneThatGoes()
    {
        HostedFleet fleet({named("store", {})});
        comeBack(fleet);
        const GroupView waits = *fleet.core.findGroup("store");
        CPPUNIT_ASSERT(waits.id == GroupId{2} && waits.state == GroupState::Waiting && !waits.mayReload);
        CPPUNIT_ASSERT_EQUAL(std::string("waits until the removed group of that name has ended"),
                             waits.reason);
        const Actions actions = fleet.exitWith(0, 0);
        CPPUNIT_ASSERT(find<ForgetGroup>(actions)->group == GroupId{1});
        CPPUNIT_ASSERT(find<OpenGeneration>(actions)->group == GroupId{2});
        CPPUNIT_ASSERT_EQUAL(std::string(), fleet.core.findGroup("store")->reason);
    }

    void groupThatComesBackMayGoAgainAndComeAgain()
    {
        HostedFleet fleet({named("store", {})});
        comeBack(fleet);
        CPPUNIT_ASSERT(only<ForgetGroup>(fleet.tell(GroupRemoved{GroupId{2}})));
        CPPUNIT_ASSERT(orders(fleet.tell(GroupAdded{named("store", {})})) == 0);
        fleet.tell(StopGroupAsked{GroupId{3}});
        CPPUNIT_ASSERT(countOf<OpenGeneration>(fleet.exitWith(0, 0)) == 0);
        CPPUNIT_ASSERT(opens(fleet.tell(StartGroupAsked{GroupId{3}}), 3));
    }

    void groupThatComesBackHoldsUpThoseThatComeAfterIt()
    {
        HostedFleet fleet({named("store", {})});
        comeBack(fleet);
        CPPUNIT_ASSERT(orders(fleet.tell(GroupAdded{named("web", {"store"})})) == 0);
        CPPUNIT_ASSERT_EQUAL(std::string(), fleet.core.findGroup("web")->reason);
        fleet.exitWith(0, 0);
        fleet.open(2);
        fleet.appear(0);
        CPPUNIT_ASSERT(opens(fleet.tell(BecameReady{fleet.start(0)}), 3));
    }

    /// Nothing can make that end, so its children are not kept waiting for it.
    void groupThatComesBackDoesNotWaitForARunMasterInTheHost()
    {
        HostedFleet fleet({named("store", {})});
        fleet.begin();
        fleet.open(1);
        fleet.tell(RunMasterInside{GroupId{1}, true});
        fleet.tell(GroupAdded{named("web", {"store"})});
        fleet.tell(GroupRemoved{GroupId{1}});
        const Actions gone = fleet.tell(SpawnFailed{fleet.start(0), "no memory"});
        CPPUNIT_ASSERT(countOf<ForgetGroup>(gone) == 0 && countOf<CloseGeneration>(gone) == 1);
        CPPUNIT_ASSERT(find<OpenGeneration>(gone)->group == GroupId{2});
        CPPUNIT_ASSERT(opens(fleet.tell(GroupAdded{named("store", {})}), 3));
        CPPUNIT_ASSERT(only<ForgetGroup>(fleet.tell(RunMasterInside{GroupId{1}, false})));
    }

    void stopWhileAGroupWaitsForItsNameFinishes()
    {
        HostedFleet fleet({named("store", {})});
        comeBack(fleet);
        CPPUNIT_ASSERT(orders(fleet.tell(StopAsked{StopMode::Graceful})) == 0);
        CPPUNIT_ASSERT(countOf<Finish>(fleet.exitWith(0, 0)) == 1);
    }

    void groupThatWaitsForItsNameDoesSoInAnotherImage()
    {
        HostedFleet fleet({named("store", {})});
        comeBack(fleet);
        FieldWriter out;
        fleet.core.save(out);
        const Bytes saved = out.take();
        FieldReader in(saved.data(), saved.size());
        Supervisor other(in);
        CPPUNIT_ASSERT_EQUAL(std::string(), in.finish());
        CPPUNIT_ASSERT(other.findGroup("store")->state == GroupState::Waiting);
        const Actions actions =
            other.handle(Exited{fleet.start(0), {ExitStatus::Kind::Exited, 0, false}}, fleet.now);
        CPPUNIT_ASSERT(find<OpenGeneration>(actions)->group == GroupId{2});
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GroupOrderTest);

}  // namespace clustermanager::core
