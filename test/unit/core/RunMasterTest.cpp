/// Goal: a run_master with a process of its own is supervised like a child, follows the current generation,
/// takes no id, and hurts nobody by its end.
/// Method: a Supervisor with a made-up clock; the slot is read from its group's view.
#include <cppunit/extensions/HelperMacros.h>

#include "unit/core/ActionList.h"
#include "unit/core/ReadyGroup.h"

namespace clustermanager::core {

namespace {

constexpr GroupId kGroup{1};

/// One group with a run_master that runs beside its two children.
class Supervised : public ReadyGroup
{
public:
    explicit Supervised(GroupPolicy policy = policyOf(2)) : ReadyGroup(std::move(policy))
    {
        // It is open already, and opens again with another spawner.
        tell(SpawnerLost{GenerationId{1}, "killed"});
        tell(GenerationOpened{GenerationId{1}, true});
        serveMaster();
    }

    std::optional<ChildView> master() const { return core.group(0).runMaster; }
    ChildState masterState() const { return master()->state; }
    Actions serveMaster()
    {
        tell(Spawned{master()->start, 77});
        return tell(BecameReady{master()->start});
    }
    Actions endMaster(ExitStatus status) { return tell(Exited{master()->start, status}); }
    Actions exitMaster(int code) { return endMaster({ExitStatus::Kind::Exited, code, false}); }
    Actions crashMaster() { return endMaster({ExitStatus::Kind::Signaled, 11, true}); }

    /// A reload to a generation whose run_master is the same kind; everything in it serves.
    void reloadTo(std::uint32_t generation, bool isolated)
    {
        reload();
        tell(GenerationOpened{GenerationId{generation}, isolated});
        serve(2);
        replace(0);
        replace(1);
        exitWith(2, 0);
    }
};

}  // namespace

class RunMasterTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RunMasterTest);
    CPPUNIT_TEST(takesNoId);
    CPPUNIT_TEST(isNotThereWhereNoneIsIsolated);
    CPPUNIT_TEST(isStartedAgainWhenItCrashes);
    CPPUNIT_TEST(isDoneWhenItReturnsZero);
    CPPUNIT_TEST(staysAwayWhereNothingIsRestarted);
    CPPUNIT_TEST(givesUpAloneAndComesBackWithAnOperatorsExit);
    CPPUNIT_TEST(cannotBeAskedToExitAsAChild);
    CPPUNIT_TEST(cannotHaveItselfRecycled);
    CPPUNIT_TEST(aReloadStartsTheNextAfterTheOldHasEnded);
    CPPUNIT_TEST(aFailedReloadLeavesItAlone);
    CPPUNIT_TEST(aGenerationWithoutOneEndsIt);
    CPPUNIT_TEST(waitsForOneInTheHost);
    CPPUNIT_TEST(stopsAndStartsWithItsGroup);
    CPPUNIT_TEST(goesWithItsGroup);
    CPPUNIT_TEST(ofARemovedGroupIsSeenUntilItReturns);
    CPPUNIT_TEST(waitsForThatOfARemovedGroupOfItsName);
    CPPUNIT_TEST(theHostWaitsForIt);
    CPPUNIT_TEST(isKilledWhereItDoesNotStop);
    CPPUNIT_TEST_SUITE_END();

public:
    void takesNoId()
    {
        Supervised host;
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), host.core.childCount());
        CPPUNIT_ASSERT(isRunMaster(host.master()->id) && host.master()->id == runMasterOf(kGroup));
        CPPUNIT_ASSERT(host.masterState() == ChildState::Ready);
        CPPUNIT_ASSERT_EQUAL(77, host.master()->pid);
        host.scale(3);
        CPPUNIT_ASSERT_EQUAL(3U, number(host.core.child(2).id));
    }

    void isNotThereWhereNoneIsIsolated()
    {
        ReadyGroup host(ReadyGroup::policyOf(1));
        CPPUNIT_ASSERT(!host.core.group(0).runMaster);
    }

    void isStartedAgainWhenItCrashes()
    {
        Supervised host;
        const Actions actions = host.crashMaster();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countOf<Spawn>(actions));
        CPPUNIT_ASSERT_EQUAL(1U, find<Spawn>(actions)->restarts);
        CPPUNIT_ASSERT(find<Announce>(actions)->text.find("run_master (hello): ended by signal") == 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), host.readyCount());
        host.tell(Spawned{host.master()->start, 78});
        host.crashMaster();
        CPPUNIT_ASSERT(host.masterState() == ChildState::Backoff);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countOf<Spawn>(host.passDeadline()));
    }

    void isDoneWhenItReturnsZero()
    {
        Supervised host;
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), countOf<Spawn>(host.exitMaster(0)));
        CPPUNIT_ASSERT(host.masterState() == ChildState::Stopped && !host.master()->wanted);
        Supervised other;
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countOf<Spawn>(other.exitMaster(7)));
    }

    void staysAwayWhereNothingIsRestarted()
    {
        Supervised host(ReadyGroup::policyOf(2, RestartMode::Never));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), countOf<Spawn>(host.crashMaster()));
        CPPUNIT_ASSERT(host.masterState() == ChildState::Stopped);
    }

    void givesUpAloneAndComesBackWithAnOperatorsExit()
    {
        GroupPolicy policy = ReadyGroup::policyOf(2);
        policy.onGiveUp = GiveUpMode::Exit;
        Supervised host(policy);
        host.exitMaster(78);
        CPPUNIT_ASSERT(host.masterState() == ChildState::Failed);
        CPPUNIT_ASSERT(!host.core.stopping());
        host.exitAsked(0);
        CPPUNIT_ASSERT(host.masterState() == ChildState::Spawning);
    }

    void cannotBeAskedToExitAsAChild()
    {
        Supervised host;
        CPPUNIT_ASSERT_EQUAL(std::size_t(0),
                             countOf<AskToStop>(host.tell(ExitChildAsked{runMasterOf(kGroup)})));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), countOf<AskToStop>(host.tell(ExitAllAsked{})));
        CPPUNIT_ASSERT(host.masterState() == ChildState::Ready);
    }

    void cannotHaveItselfRecycled()
    {
        Supervised host;
        CPPUNIT_ASSERT(host.tell(RecycleAsked{host.master()->start}).empty());
        CPPUNIT_ASSERT(host.masterState() == ChildState::Ready && host.phase().empty());
    }

    void aReloadStartsTheNextAfterTheOldHasEnded()
    {
        Supervised host;
        host.reload();
        host.tell(GenerationOpened{GenerationId{2}, true});
        host.serve(2);
        host.replace(0);
        host.replace(1);
        CPPUNIT_ASSERT(host.masterState() == ChildState::Ready);
        CPPUNIT_ASSERT_EQUAL(1U, number(host.master()->generation));
        host.exitWith(2, 0);  // the one that stood in: the reload is done
        CPPUNIT_ASSERT(host.masterState() == ChildState::Stopping);
        const Actions actions = host.exitMaster(0);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countOf<Spawn>(actions));
        CPPUNIT_ASSERT_EQUAL(2U, number(find<Spawn>(actions)->generation));
        CPPUNIT_ASSERT_EQUAL(1U, find<Spawn>(actions)->restarts);
    }

    void aFailedReloadLeavesItAlone()
    {
        Supervised host;
        host.reload();
        host.fail(2);
        CPPUNIT_ASSERT(host.masterState() == ChildState::Ready);
        CPPUNIT_ASSERT_EQUAL(1U, host.generation());
    }

    void aGenerationWithoutOneEndsIt()
    {
        Supervised host;
        host.reloadTo(2, false);
        CPPUNIT_ASSERT(host.masterState() == ChildState::Stopping);
        host.exitMaster(0);
        CPPUNIT_ASSERT(!host.master());
        CPPUNIT_ASSERT(host.allServeIn(2, 2));
    }

    void waitsForOneInTheHost()
    {
        ReadyGroup host(ReadyGroup::policyOf(1));
        host.tell(RunMasterInside{kGroup, true});
        host.reload();
        host.tell(GenerationOpened{GenerationId{2}, true});
        host.serve(1);
        host.replace(0);
        host.exitWith(1, 0);
        CPPUNIT_ASSERT(host.core.group(0).runMaster->state == ChildState::Stopped);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countOf<Spawn>(host.tell(RunMasterInside{kGroup, false})));
    }

    void stopsAndStartsWithItsGroup()
    {
        Supervised host;
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), countOf<AskToStop>(host.stopGroup()));
        host.exitMaster(0);
        CPPUNIT_ASSERT(host.masterState() == ChildState::Stopped);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countOf<Spawn>(host.startGroup()));
        CPPUNIT_ASSERT(host.masterState() == ChildState::Spawning);
    }

    void goesWithItsGroup()
    {
        Supervised host;
        host.tell(GroupRemoved{kGroup});
        host.exitWith(1, 0);
        host.exitWith(0, 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), host.core.groupCount());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countOf<ForgetGroup>(host.exitMaster(0)));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), host.core.groupCount());
    }

    void ofARemovedGroupIsSeenUntilItReturns()
    {
        ReadyGroup host(ReadyGroup::policyOf(1));
        host.tell(RunMasterInside{kGroup, true});
        host.tell(GroupRemoved{kGroup});
        const Actions actions = host.exitWith(0, 0);
        CPPUNIT_ASSERT(countOf<ForgetGroup>(actions) == 0 && countOf<CloseGeneration>(actions) == 1);
        CPPUNIT_ASSERT(host.core.group(0).state == GroupState::Removed);
        CPPUNIT_ASSERT(host.tell(SpawnerLost{GenerationId{1}, "ended"}).empty());
        CPPUNIT_ASSERT(only<ForgetGroup>(host.tell(RunMasterInside{kGroup, false})));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), host.core.groupCount());
    }

    void waitsForThatOfARemovedGroupOfItsName()
    {
        ReadyGroup host(ReadyGroup::policyOf(1));
        host.tell(RunMasterInside{kGroup, true});
        host.tell(GroupRemoved{kGroup});
        host.exitWith(0, 0);
        host.tell(GroupAdded{ReadyGroup::policyOf(1)});
        CPPUNIT_ASSERT_EQUAL(std::size_t(1),
                             countOf<Spawn>(host.tell(GenerationOpened{GenerationId{2}, true})));
        host.serve(0);
        CPPUNIT_ASSERT(host.core.group(1).runMaster->state == ChildState::Stopped);
        const Actions actions = host.tell(RunMasterInside{kGroup, false});
        CPPUNIT_ASSERT(countOf<ForgetGroup>(actions) == 1 && countOf<Spawn>(actions) == 1);
        CPPUNIT_ASSERT(isRunMaster(find<Spawn>(actions)->child));
    }

    void theHostWaitsForIt()
    {
        Supervised host;
        host.tell(StopAsked{StopMode::Graceful});
        host.exitWith(0, 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), countOf<Finish>(host.exitWith(1, 0)));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countOf<Finish>(host.exitMaster(0)));
    }

    void isKilledWhereItDoesNotStop()
    {
        Supervised host;
        host.stopGroup();
        host.exitWith(0, 0);
        host.exitWith(1, 0);
        const Actions actions = host.passDeadline();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countOf<Kill>(actions));
        CPPUNIT_ASSERT(find<Kill>(actions)->start == host.master()->start);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RunMasterTest);

}  // namespace clustermanager::core
