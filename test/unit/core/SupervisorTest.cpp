/// Goal: the rules of the fleet: who is started when, what each end leads to, what operators can do.
/// Method: a real Supervisor on a made-up clock; the restart rules as a table of ends, modes and moments.

#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <set>
#include <string>

#include "unit/core/HostedFleet.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

namespace {

GroupPolicy group(unsigned count, RestartMode mode = RestartMode::Always)
{
    GroupPolicy policy{"hello"};
    policy.count = count;
    policy.restart = mode;
    return policy;
}

constexpr ExitStatus exited(int code)
{
    return {ExitStatus::Kind::Exited, code, false};
}

constexpr ExitStatus signaled(int number)
{
    return {ExitStatus::Kind::Signaled, number, false};
}

}  // namespace

class SupervisorTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SupervisorTest);
    CPPUNIT_TEST(idsRunOverAllGroupsAndIndexesWithinEach);
    CPPUNIT_TEST(nothingIsSpawnedBeforeTheGenerationIsOpen);
    CPPUNIT_TEST(endOfAChildIsAnsweredByASpawnBeforeAnyWord);
    CPPUNIT_TEST(everyEndLeadsWhereThePolicySays);
    CPPUNIT_TEST(everyExitCodeAndSignalIsRestarted);
    CPPUNIT_TEST(crashLoopEndsFailedAndOthersAreNotTouched);
    CPPUNIT_TEST(childThatReturnsAtOnceDoesNotStorm);
    CPPUNIT_TEST(atMostOneLineIsAnnouncedPerAttempt);
    CPPUNIT_TEST(restartsAreCountedAndNothingElse);
    CPPUNIT_TEST(operatorsExitIsARestartAndNoFailure);
    CPPUNIT_TEST(operatorsExitReachesGroupsAndAll);
    CPPUNIT_TEST(operatorsExitWithRestartNeverLeavesItStopped);
    CPPUNIT_TEST(operatorRestartsAFailedChild);
    CPPUNIT_TEST(operatorStartsAFinishedOnFailureChildAgain);
    CPPUNIT_TEST(staleReportsChangeNothing);
    CPPUNIT_TEST(processThatNobodyAwaitsIsKilled);
    CPPUNIT_TEST(silentSpawnerIsReplacedOncePerGeneration);
    CPPUNIT_TEST(lostSpawnerHoldsUpStartsAndLeavesChildrenAlone);
    CPPUNIT_TEST(spawnThatWasOpenWhenTheSpawnerDiedIsAnsweredLater);
    CPPUNIT_TEST(sigkillWithoutEffectReplacesTheSpawnerOnce);
    CPPUNIT_TEST(generationThatFailsLaterFailsWaitingChildrenOnly);
    CPPUNIT_TEST(absenceOfTheMasterMovesAllDeadlines);
    CPPUNIT_TEST(thousandChildrenStartTogether);
    CPPUNIT_TEST_SUITE_END();

    void idsRunOverAllGroupsAndIndexesWithinEach()
    {
        HostedFleet fleet({group(2), group(0), group(3)});
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, countOf<OpenGeneration>(fleet.begin()));
        const std::uint32_t groups[] = {1, 1, 3, 3, 3};
        const std::uint32_t indexes[] = {0, 1, 0, 1, 2};
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, fleet.core.childCount());
        for (std::size_t i = 0; i < 5; ++i)
        {
            const ChildView child = fleet.core.child(i);
            CPPUNIT_ASSERT(number(child.id) == i + 1 && number(child.group) == groups[i]);
            CPPUNIT_ASSERT(child.index == indexes[i] && child.wanted);
        }
        CPPUNIT_ASSERT(number(fleet.core.group(2).generation) == 3);
    }

    void nothingIsSpawnedBeforeTheGenerationIsOpen()
    {
        HostedFleet fleet({group(2), group(1)});
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<Spawn>(fleet.begin()));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<Spawn>(fleet.open(1)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<Spawn>(fleet.open(1)));
        CPPUNIT_ASSERT(fleet.state(2) == ChildState::Stopped);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, countOf<Spawn>(fleet.open(2)));
    }

    void endOfAChildIsAnsweredByASpawnBeforeAnyWord()
    {
        HostedFleet fleet({group(3)});
        fleet.makeReady();
        const Actions actions = fleet.end(1, signaled(SIGKILL));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, actions.size());
        CPPUNIT_ASSERT(std::get<Spawn>(actions[0]).child == ChildId{2});
        CPPUNIT_ASSERT(std::holds_alternative<Announce>(actions[1]));
    }

    /// What one end leads to, the first time it happens.
    struct Row
    {
        ExitStatus status;
        ChildState always, onFailure, never;
    };

    void everyEndLeadsWhereThePolicySays()
    {
        using S = ChildState;
        const Row rows[] = {
            {exited(0), S::Spawning, S::Stopped, S::Stopped},
            {exited(1), S::Spawning, S::Spawning, S::Stopped},
            {exited(255), S::Spawning, S::Spawning, S::Stopped},
            {exited(78), S::Failed, S::Failed, S::Failed},
            {signaled(SIGSEGV), S::Spawning, S::Spawning, S::Stopped},
            {signaled(SIGKILL), S::Spawning, S::Spawning, S::Stopped},
            {signaled(SIGTERM), S::Spawning, S::Spawning, S::Stopped},
            {ExitStatus{}, S::Spawning, S::Spawning, S::Stopped},
        };
        for (const Row& row : rows)
        {
            for (const bool ready : {false, true})
            {
                CPPUNIT_ASSERT_EQUAL(int(row.always), int(afterEnd(RestartMode::Always, ready, row.status)));
                CPPUNIT_ASSERT_EQUAL(int(row.onFailure),
                                     int(afterEnd(RestartMode::OnFailure, ready, row.status)));
                CPPUNIT_ASSERT_EQUAL(int(row.never), int(afterEnd(RestartMode::Never, ready, row.status)));
            }
        }
    }

    ChildState afterEnd(RestartMode mode, bool ready, ExitStatus status)
    {
        HostedFleet fleet({group(1, mode)});
        fleet.begin();
        fleet.open();
        fleet.appear(0);
        if (ready) fleet.tell(BecameReady{fleet.start(0)});
        fleet.end(0, status);
        CPPUNIT_ASSERT(fleet.core.child(0).wanted == (fleet.state(0) != ChildState::Stopped));
        return fleet.state(0);
    }

    void everyExitCodeAndSignalIsRestarted()
    {
        HostedFleet fleet({group(1)});
        fleet.makeReady();
        for (int number = 0; number < 256 + 65; ++number)
        {
            if (number == 78) continue;
            fleet.now += 1min;
            const ExitStatus status = number < 256 ? exited(number) : signaled(number - 255);
            const Actions actions = fleet.end(0, status);
            CPPUNIT_ASSERT(std::holds_alternative<Spawn>(actions.at(0)));
            CPPUNIT_ASSERT(words(actions).find(status.text() + " after") != std::string::npos);
            fleet.becomeReady(0);
        }
    }

    void crashLoopEndsFailedAndOthersAreNotTouched()
    {
        GroupPolicy policy = group(2);
        policy.maxRestarts = 4;
        HostedFleet fleet({policy});
        fleet.makeReady();
        unsigned starts = 0;
        while (fleet.state(0) != ChildState::Failed && starts < 100)
        {
            fleet.exitWith(0, 1);
            if (fleet.state(0) == ChildState::Backoff) fleet.passDeadline();
            if (fleet.state(0) == ChildState::Failed) break;
            ++starts;
            fleet.appear(0);
        }
        CPPUNIT_ASSERT_EQUAL(4U, starts);
        CPPUNIT_ASSERT(fleet.core.child(0).reason.find("gave up after 4 restarts within 60.0 s: ") == 0);
        CPPUNIT_ASSERT(fleet.state(1) == ChildState::Ready);
        CPPUNIT_ASSERT(!fleet.core.deadline() && !fleet.core.stopping());
    }

    void childThatReturnsAtOnceDoesNotStorm()
    {
        HostedFleet fleet({group(1)});
        fleet.makeReady();
        fleet.exitWith(0, 0);
        fleet.becomeReady(0);
        fleet.exitWith(0, 0);
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Backoff);
    }

    void atMostOneLineIsAnnouncedPerAttempt()
    {
        GroupPolicy policy = group(1);
        policy.maxRestarts = 0;
        HostedFleet fleet({policy});
        fleet.makeReady();
        for (int i = 0; i < 20; ++i)
        {
            std::size_t lines = countOf<Announce>(fleet.exitWith(0, 1));
            if (fleet.state(0) == ChildState::Backoff) lines += countOf<Announce>(fleet.passDeadline());
            lines += countOf<Announce>(fleet.tell(Spawned{fleet.start(0), 7}));
            lines += countOf<Announce>(fleet.tell(BecameReady{fleet.start(0)}));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lines);
        }
    }

    void restartsAreCountedAndNothingElse()
    {
        HostedFleet fleet({group(1)});
        fleet.begin();
        fleet.open();
        fleet.tell(SpawnFailed{fleet.start(0), "EAGAIN"});
        CPPUNIT_ASSERT_EQUAL(0U, fleet.core.child(0).restarts);
        for (std::uint32_t restarts = 1; restarts < 5; ++restarts)
        {
            fleet.becomeReady(0);
            fleet.now += 1min;
            const Actions actions = fleet.exitWith(0, 1);
            CPPUNIT_ASSERT_EQUAL(restarts, find<Spawn>(actions)->restarts);
            CPPUNIT_ASSERT_EQUAL(restarts, fleet.core.child(0).restarts);
        }
    }

    void operatorsExitIsARestartAndNoFailure()
    {
        GroupPolicy policy = group(1);
        policy.maxRestarts = 1;
        HostedFleet fleet({policy});
        fleet.makeReady();
        for (std::uint32_t i = 1; i < 30; ++i)
        {
            CPPUNIT_ASSERT(only<AskToStop>(fleet.exitAsked(0)));
            CPPUNIT_ASSERT(fleet.exitAsked(0).empty());
            const Actions actions = fleet.exitWith(0, 1);
            CPPUNIT_ASSERT(only<Spawn>(actions) && find<Spawn>(actions)->restarts == i);
            fleet.becomeReady(0);
        }
    }

    void operatorsExitReachesGroupsAndAll()
    {
        GroupPolicy other = group(2);
        other.name = "other";
        HostedFleet fleet({group(2), other});
        fleet.makeReady();
        CPPUNIT_ASSERT(fleet.tell(ExitGroupAsked{"nobody"}).empty());
        CPPUNIT_ASSERT(fleet.tell(ExitChildAsked{ChildId{0}}).empty());
        CPPUNIT_ASSERT(fleet.tell(ExitChildAsked{ChildId{5}}).empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<AskToStop>(fleet.tell(ExitGroupAsked{"other"})));
        CPPUNIT_ASSERT(fleet.state(1) == ChildState::Ready && fleet.state(2) == ChildState::Stopping);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<AskToStop>(fleet.tell(ExitAllAsked{})));
    }

    void operatorsExitWithRestartNeverLeavesItStopped()
    {
        HostedFleet fleet({group(1, RestartMode::Never)});
        fleet.makeReady();
        fleet.exitAsked(0);
        CPPUNIT_ASSERT(!fleet.core.child(0).wanted);
        fleet.exitWith(0, 0);
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Stopped);
        CPPUNIT_ASSERT(fleet.exitAsked(0).empty());
    }

    void operatorRestartsAFailedChild()
    {
        HostedFleet fleet({group(1)});
        fleet.makeReady();
        fleet.exitWith(0, 78);
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Failed);
        const Actions actions = fleet.exitAsked(0);
        CPPUNIT_ASSERT(only<Spawn>(actions) && find<Spawn>(actions)->restarts == 1);
        CPPUNIT_ASSERT(fleet.core.child(0).reason.empty());
        fleet.becomeReady(0);
        fleet.exitWith(0, 1);
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Spawning);  // its record is clean again
    }

    void operatorStartsAFinishedOnFailureChildAgain()
    {
        HostedFleet fleet({group(1, RestartMode::OnFailure)});
        fleet.makeReady();
        fleet.exitWith(0, 0);
        CPPUNIT_ASSERT(only<Spawn>(fleet.exitAsked(0)));
    }

    void staleReportsChangeNothing()
    {
        HostedFleet fleet({group(1)});
        fleet.makeReady();
        const StartNumber old = fleet.start(0);
        fleet.exitWith(0, 1);
        fleet.becomeReady(0);
        CPPUNIT_ASSERT(fleet.tell(Exited{old, exited(1)}).empty());
        CPPUNIT_ASSERT(fleet.tell(SpawnFailed{old, "late"}).empty());
        CPPUNIT_ASSERT(fleet.tell(RecycleAsked{old}).empty());
        CPPUNIT_ASSERT(fleet.tell(BecameReady{StartNumber{99}}).empty());
        CPPUNIT_ASSERT(fleet.tell(Spawned{fleet.start(0), 77}).empty());  // told twice
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Ready && fleet.core.child(0).pid != 77);
    }

    void processThatNobodyAwaitsIsKilled()
    {
        HostedFleet fleet({group(1)});
        fleet.makeReady();
        const Actions actions = fleet.tell(Spawned{StartNumber{99}, 5});
        CPPUNIT_ASSERT(only<Kill>(actions) && find<Kill>(actions)->start == StartNumber{99});
        CPPUNIT_ASSERT(fleet.tell(Exited{StartNumber{99}, signaled(SIGKILL)}).empty());
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Ready);
    }

    void silentSpawnerIsReplacedOncePerGeneration()
    {
        HostedFleet fleet({group(5)});
        fleet.begin();
        fleet.open();
        CPPUNIT_ASSERT(only<ReplaceSpawner>(fleet.passDeadline()));
        for (std::size_t i = 0; i < 5; ++i) CPPUNIT_ASSERT(fleet.state(i) == ChildState::Spawning);
        for (std::size_t i = 0; i < 5; ++i) fleet.tell(SpawnFailed{fleet.start(i), "spawner replaced"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, countOf<Spawn>(fleet.open()));
    }

    void lostSpawnerHoldsUpStartsAndLeavesChildrenAlone()
    {
        HostedFleet fleet({group(2)});
        fleet.makeReady();
        CPPUNIT_ASSERT(only<ReplaceSpawner>(fleet.tell(SpawnerLost{GenerationId{1}, "signal SIGKILL"})));
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Ready && fleet.state(1) == ChildState::Ready);
        CPPUNIT_ASSERT(orders(fleet.exitWith(0, 1)) == 0);
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Stopped && fleet.core.child(0).wanted);
        CPPUNIT_ASSERT(only<Spawn>(fleet.open()));
    }

    void spawnThatWasOpenWhenTheSpawnerDiedIsAnsweredLater()
    {
        HostedFleet fleet({group(2)});
        fleet.begin();
        fleet.open();
        fleet.tell(SpawnerLost{GenerationId{1}, "signal SIGKILL"});
        fleet.open();
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Spawning);
        fleet.becomeReady(0);
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Ready);
        CPPUNIT_ASSERT(only<Spawn>(fleet.tell(SpawnFailed{fleet.start(1), "its spawner died"})));
    }

    void sigkillWithoutEffectReplacesTheSpawnerOnce()
    {
        HostedFleet fleet({group(1)});
        fleet.makeReady();
        fleet.exitAsked(0);
        fleet.passDeadline();
        const Actions second = fleet.passDeadline();
        CPPUNIT_ASSERT(std::holds_alternative<ReplaceSpawner>(second.at(0)));
        CPPUNIT_ASSERT(std::holds_alternative<Kill>(second.at(1)));
        fleet.open();
        CPPUNIT_ASSERT(only<Kill>(fleet.passDeadline()));
    }

    void generationThatFailsLaterFailsWaitingChildrenOnly()
    {
        HostedFleet fleet({group(2)});
        fleet.makeReady();
        fleet.tell(SpawnerLost{GenerationId{1}, "signal SIGKILL"});
        fleet.exitWith(0, 1);
        fleet.tell(GenerationFailed{GenerationId{1}, "libfoo.so is gone"});
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Failed && fleet.state(1) == ChildState::Ready);
        CPPUNIT_ASSERT_EQUAL(std::string("libfoo.so is gone"), fleet.core.child(0).reason);
        CPPUNIT_ASSERT(fleet.core.group(0).generationState == GenerationState::Failed);
        fleet.exitWith(1, 1);
        CPPUNIT_ASSERT(fleet.state(1) == ChildState::Failed && !fleet.core.stopping());

        CPPUNIT_ASSERT(only<ReplaceSpawner>(fleet.tell(ExitAllAsked{})));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<Spawn>(fleet.open()));
    }

    void absenceOfTheMasterMovesAllDeadlines()
    {
        HostedFleet fleet({group(2), group(1)});
        fleet.begin();
        fleet.open(1);
        fleet.appear(0);
        const TimePoint before = *fleet.core.deadline();
        CPPUNIT_ASSERT(fleet.tell(MasterStalled{1h}).empty());
        CPPUNIT_ASSERT(*fleet.core.deadline() == before + 1h);
        fleet.now = before + 30min;
        CPPUNIT_ASSERT(fleet.tell(TimePassed{}).empty());
    }

    void thousandChildrenStartTogether()
    {
        HostedFleet fleet({group(1'000)});
        fleet.begin();
        const Actions actions = fleet.open();
        std::set<StartNumber> starts;
        for (const Action& action : actions)
            if (const Spawn* spawn = std::get_if<Spawn>(&action)) starts.insert(spawn->start);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1'000}, starts.size());
        for (std::size_t i = 0; i < 1'000; ++i) fleet.becomeReady(i);
        CPPUNIT_ASSERT(!fleet.core.deadline());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SupervisorTest);

}  // namespace clustermanager::core
