/// Goal: the host ends in order, whoever ends it and whatever is going on: nothing is spawned, nothing is
/// left, and Finish comes once, last, with the right verdict.
/// Method: a real Supervisor on a made-up clock.

#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <string>

#include "unit/core/HostedFleet.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class SupervisorStopTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SupervisorStopTest);
    CPPUNIT_TEST(gracefulStopAsksAllAndFinishesWithTheLast);
    CPPUNIT_TEST(gracefulStopEscalates);
    CPPUNIT_TEST(secondGracefulStopChangesNothingAndAFastOneKills);
    CPPUNIT_TEST(fastStopKillsEverything);
    CPPUNIT_TEST(stopBeforeAnythingIsLoadedFinishesAtOnce);
    CPPUNIT_TEST(stopWaitsForASpawnInFlight);
    CPPUNIT_TEST(stopReplacesASilentSpawnerToGetItsAnswer);
    CPPUNIT_TEST(stopEndsBackoffAtOnce);
    CPPUNIT_TEST(stopDoesNotReplaceALostSpawner);
    CPPUNIT_TEST(stopWaitsForAStranger);
    CPPUNIT_TEST(operatorsCommandsAreVoidWhileStopping);
    CPPUNIT_TEST(nothingFollowsFinish);
    CPPUNIT_TEST(eachGenerationIsClosedWhenItsLastProcessIsGone);
    CPPUNIT_TEST(pluginThatCannotBeLoadedAtTheStartEndsTheHost);
    CPPUNIT_TEST(pluginThatDoesNotLoadInTimeEndsTheHost);
    CPPUNIT_TEST(failedChildEndsTheHostWithOnGiveUpExit);
    CPPUNIT_TEST(failedChildDoesNotEndTheHostWithOnGiveUpKeep);
    CPPUNIT_TEST(nothingIsSpawnedInTheTurnThatStopsTheHost);
    CPPUNIT_TEST(hostWithoutChildrenRunsUntilItIsStopped);
    CPPUNIT_TEST_SUITE_END();

    static GroupPolicy group(unsigned count)
    {
        GroupPolicy policy{"hello"};
        policy.count = count;
        return policy;
    }
    static Actions stop(HostedFleet& fleet, StopMode mode = StopMode::Graceful)
    {
        return fleet.tell(StopAsked{mode});
    }
    static bool finishes(const Actions& actions, Finish::Verdict verdict)
    {
        return countOf<Finish>(actions) == 1 && std::holds_alternative<Finish>(actions.back()) &&
               find<Finish>(actions)->verdict == verdict;
    }

    void gracefulStopAsksAllAndFinishesWithTheLast()
    {
        HostedFleet fleet({group(3)});
        fleet.makeReady();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, countOf<AskToStop>(stop(fleet)));
        CPPUNIT_ASSERT(fleet.core.stopping());
        CPPUNIT_ASSERT(orders(fleet.exitWith(0, 0)) == 0);
        CPPUNIT_ASSERT(orders(fleet.exitWith(1, 1)) == 0);
        const Actions last = fleet.exitWith(2, 0);
        CPPUNIT_ASSERT(countOf<CloseGeneration>(last) == 1);
        CPPUNIT_ASSERT(finishes(last, Finish::Verdict::StoppedByOperator));
        CPPUNIT_ASSERT(fleet.core.finished() && !fleet.core.deadline());
    }

    void gracefulStopEscalates()
    {
        HostedFleet fleet({group(2)});
        fleet.makeReady();
        stop(fleet);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<Kill>(fleet.passDeadline()));
        fleet.end(0, {ExitStatus::Kind::Signaled, SIGKILL, false});
        CPPUNIT_ASSERT(finishes(fleet.end(1, {ExitStatus::Kind::Signaled, SIGKILL, false}),
                                Finish::Verdict::StoppedByOperator));
    }

    void secondGracefulStopChangesNothingAndAFastOneKills()
    {
        HostedFleet fleet({group(2)});
        fleet.makeReady();
        stop(fleet);
        CPPUNIT_ASSERT(stop(fleet).empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<Kill>(stop(fleet, StopMode::Fast)));
        CPPUNIT_ASSERT(stop(fleet, StopMode::Fast).empty());
        CPPUNIT_ASSERT(stop(fleet).empty());
    }

    void fastStopKillsEverything()
    {
        HostedFleet fleet({group(3)});
        fleet.makeReady();
        fleet.exitAsked(0);
        fleet.exitWith(1, 1);
        fleet.appear(1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, countOf<Kill>(stop(fleet, StopMode::Fast)));
    }

    void stopBeforeAnythingIsLoadedFinishesAtOnce()
    {
        HostedFleet fleet({group(1), group(2)});
        fleet.begin();
        const Actions actions = stop(fleet);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<CloseGeneration>(actions));
        CPPUNIT_ASSERT(finishes(actions, Finish::Verdict::StoppedByOperator));
    }

    void stopWaitsForASpawnInFlight()
    {
        HostedFleet fleet({group(2)});
        fleet.begin();
        fleet.open();
        CPPUNIT_ASSERT(orders(stop(fleet)) == 0);
        CPPUNIT_ASSERT(only<AskToStop>(fleet.tell(Spawned{fleet.start(0), 5})));
        fleet.exitWith(0, 0);
        CPPUNIT_ASSERT(
            finishes(fleet.tell(SpawnFailed{fleet.start(1), "EAGAIN"}), Finish::Verdict::StoppedByOperator));
    }

    void stopReplacesASilentSpawnerToGetItsAnswer()
    {
        HostedFleet fleet({group(1)});
        fleet.begin();
        fleet.open();
        stop(fleet, StopMode::Fast);
        CPPUNIT_ASSERT(*fleet.core.deadline() <= fleet.now + 1s);
        CPPUNIT_ASSERT(only<ReplaceSpawner>(fleet.passDeadline()));
        const Actions actions = fleet.tell(SpawnFailed{fleet.start(0), "its spawner was replaced"});
        CPPUNIT_ASSERT(finishes(actions, Finish::Verdict::StoppedByOperator));
    }

    void stopEndsBackoffAtOnce()
    {
        HostedFleet fleet({group(1)});
        fleet.makeReady();
        fleet.exitWith(0, 1);
        fleet.appear(0);
        fleet.exitWith(0, 1);
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Backoff);
        CPPUNIT_ASSERT(finishes(stop(fleet), Finish::Verdict::StoppedByOperator));
    }

    void stopDoesNotReplaceALostSpawner()
    {
        HostedFleet fleet({group(1)});
        fleet.makeReady();
        stop(fleet);
        CPPUNIT_ASSERT(fleet.tell(SpawnerLost{GenerationId{1}, "signal SIGKILL"}).empty());
        CPPUNIT_ASSERT(finishes(fleet.exitWith(0, 0), Finish::Verdict::StoppedByOperator));
    }

    void stopWaitsForAStranger()
    {
        HostedFleet fleet({group(1)});
        fleet.makeReady();
        fleet.tell(Spawned{StartNumber{99}, 5});
        stop(fleet);
        CPPUNIT_ASSERT(orders(fleet.exitWith(0, 0)) == 0);
        CPPUNIT_ASSERT(finishes(fleet.tell(Exited{StartNumber{99}, {}}), Finish::Verdict::StoppedByOperator));
    }

    void operatorsCommandsAreVoidWhileStopping()
    {
        HostedFleet fleet({group(2)});
        fleet.makeReady();
        fleet.exitWith(0, 78);
        stop(fleet);
        CPPUNIT_ASSERT(fleet.tell(ExitAllAsked{}).empty());
        CPPUNIT_ASSERT(fleet.exitAsked(0).empty());
        CPPUNIT_ASSERT(fleet.tell(RecycleAsked{fleet.start(1)}).empty());
        CPPUNIT_ASSERT(finishes(fleet.exitWith(1, 3), Finish::Verdict::StoppedByOperator));
    }

    void nothingFollowsFinish()
    {
        HostedFleet fleet({group(1)});
        fleet.begin();
        stop(fleet);
        CPPUNIT_ASSERT(fleet.core.finished());
        CPPUNIT_ASSERT(stop(fleet).empty() && fleet.open().empty() && fleet.tell(TimePassed{}).empty());
        CPPUNIT_ASSERT(fleet.tell(Spawned{StartNumber{99}, 5}).empty());
    }

    void eachGenerationIsClosedWhenItsLastProcessIsGone()
    {
        HostedFleet fleet({group(1), group(1)});
        fleet.makeReady();
        stop(fleet);
        const Actions first = fleet.exitWith(1, 0);
        CPPUNIT_ASSERT(only<CloseGeneration>(first));
        CPPUNIT_ASSERT(find<CloseGeneration>(first)->generation == GenerationId{2});
        CPPUNIT_ASSERT(finishes(fleet.exitWith(0, 0), Finish::Verdict::StoppedByOperator));
    }

    void pluginThatCannotBeLoadedAtTheStartEndsTheHost()
    {
        HostedFleet fleet({group(1), group(1)});
        fleet.begin();
        fleet.open(1);
        fleet.becomeReady(0);
        const Actions actions = fleet.tell(GenerationFailed{GenerationId{2}, "no run_child"});
        CPPUNIT_ASSERT(countOf<AskToStop>(actions) == 1 && countOf<CloseGeneration>(actions) == 1);
        const Actions last = fleet.exitWith(0, 0);
        CPPUNIT_ASSERT(finishes(last, Finish::Verdict::CannotLoad));
        CPPUNIT_ASSERT_EQUAL(std::string("hello: no run_child"), find<Finish>(last)->reason);
    }

    void pluginThatDoesNotLoadInTimeEndsTheHost()
    {
        HostedFleet fleet({group(2)});
        fleet.begin();
        const Actions actions = fleet.passDeadline();
        CPPUNIT_ASSERT(countOf<CloseGeneration>(actions) == 1);
        CPPUNIT_ASSERT(finishes(actions, Finish::Verdict::CannotLoad));
        CPPUNIT_ASSERT_EQUAL(std::string("hello: did not load within 30000 ms"),
                             find<Finish>(actions)->reason);
    }

    void failedChildEndsTheHostWithOnGiveUpExit()
    {
        GroupPolicy policy = group(2);
        policy.onGiveUp = GiveUpMode::Exit;
        HostedFleet fleet({policy});
        fleet.makeReady();
        CPPUNIT_ASSERT(only<AskToStop>(fleet.exitWith(0, 78)));
        stop(fleet);
        const Actions last = fleet.exitWith(1, 0);
        CPPUNIT_ASSERT(finishes(last, Finish::Verdict::GaveUp));
        CPPUNIT_ASSERT(find<Finish>(last)->reason.find("child 1 (hello) has failed: ") == 0);
    }

    void failedChildDoesNotEndTheHostWithOnGiveUpKeep()
    {
        HostedFleet fleet({group(1)});
        fleet.makeReady();
        fleet.exitWith(0, 78);
        CPPUNIT_ASSERT(!fleet.core.stopping() && fleet.state(0) == ChildState::Failed);
    }

    void nothingIsSpawnedInTheTurnThatStopsTheHost()
    {
        HostedFleet fleet({group(1), group(1)});
        fleet.begin();
        fleet.open(1);
        for (int i = 0; i < 2; ++i)
        {
            fleet.becomeReady(0);
            fleet.exitWith(0, 1);
        }
        CPPUNIT_ASSERT(fleet.state(0) == ChildState::Backoff);
        fleet.now += 30s;  // the backoff is over, and the other plugin has not been loaded in time
        const Actions actions = fleet.tell(TimePassed{});
        CPPUNIT_ASSERT(countOf<Spawn>(actions) == 0);
        CPPUNIT_ASSERT(finishes(actions, Finish::Verdict::CannotLoad));
    }

    void hostWithoutChildrenRunsUntilItIsStopped()
    {
        HostedFleet fleet({group(0)});
        fleet.begin();
        fleet.open();
        CPPUNIT_ASSERT(!fleet.core.deadline() && !fleet.core.finished());
        CPPUNIT_ASSERT(finishes(stop(fleet), Finish::Verdict::StoppedByOperator));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SupervisorStopTest);

}  // namespace clustermanager::core
