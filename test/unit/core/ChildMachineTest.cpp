/// Goal: every rule of one child's life, with a made-up clock and without one process.
/// Method: drive ChildMachine with events, look at the state and the orders; then walk every sequence of
/// events up to a small depth, with the machine's invariants as the oracle.

#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <vector>

#include "unit/core/ActionList.h"
#include "unit/core/OneChild.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class ChildMachineTest : public OneChild
{
    CPPUNIT_TEST_SUITE(ChildMachineTest);
    CPPUNIT_TEST(startsSpawnsAndBecomesReady);
    CPPUNIT_TEST(stopEscalatesToKillAfterTheShutdownTimeout);
    CPPUNIT_TEST(processThatSurvivesSigkillIsKilledAgainAndNeverForgotten);
    CPPUNIT_TEST(notReadyInTimeIsKilledAndCountsAsFailure);
    CPPUNIT_TEST(backsOffTwiceAsLongAfterEachCrash);
    CPPUNIT_TEST(readyBeforeItsSpawnedIsKept);
    CPPUNIT_TEST(endBeforeItsSpawnedIsAnEnd);
    CPPUNIT_TEST(silentSpawnerLeavesTheSlotSpawning);
    CPPUNIT_TEST(exitWhileSpawningStopsTheProcessWhenItAppears);
    CPPUNIT_TEST(stopWhileSpawningStopsTheProcessWhenItAppears);
    CPPUNIT_TEST(fastStopWhileSpawningKillsTheProcessWhenItAppears);
    CPPUNIT_TEST(stopShortensTheWaitForAnAnswer);
    CPPUNIT_TEST(fastStopOvertakesAGracefulOne);
    CPPUNIT_TEST(recycleAfterAGoodRunIsNoFailure);
    CPPUNIT_TEST(recycleAtOnceIsPaced);
    CPPUNIT_TEST(exitDuringBackoffStartsAtOnce);
    CPPUNIT_TEST(failedSpawnIsNoRestart);
    CPPUNIT_TEST(absenceOfTheMasterMovesTheDeadline);
    CPPUNIT_TEST(announcementNamesChildCauseAndNextStart);
    CPPUNIT_TEST(childThatClosesItsLinkIsKilledAndCountsAsFailure);
    CPPUNIT_TEST(lostLinkChangesNothingElsewhere);
    CPPUNIT_TEST(reasonOfAnEndStandsAtTheEndOfItsLineOnly);
    CPPUNIT_TEST(everyStateAnswersEveryEvent);
    CPPUNIT_TEST_SUITE_END();

    static constexpr ExitStatus kCrash{ExitStatus::Kind::Signaled, SIGSEGV, false};
    static constexpr ExitStatus kSuccess{ExitStatus::Kind::Exited, 0, false};

    Actions crash() { return feed(Exited{last(), kCrash}); }
    bool is(ChildState state) const { return _machine.state() == state; }

    void startsSpawnsAndBecomesReady()
    {
        CPPUNIT_ASSERT(is(ChildState::Stopped) && _machine.awaitsStart());
        const Actions actions = start();
        const Spawn* spawn = find<Spawn>(actions);
        CPPUNIT_ASSERT(only<Spawn>(actions) && spawn->index == 2 && spawn->restarts == 0);
        CPPUNIT_ASSERT(is(ChildState::Spawning));
        feed(Spawned{last(), 100});
        CPPUNIT_ASSERT(is(ChildState::Starting) && _machine.view().pid == 100);
        CPPUNIT_ASSERT(_machine.deadline() == _now + _policy.startTimeout);
        _now += 5s;
        feed(BecameReady{last()});
        CPPUNIT_ASSERT(is(ChildState::Ready) && !_machine.deadline());
        CPPUNIT_ASSERT(_machine.view().readySince == _now);
    }

    void stopEscalatesToKillAfterTheShutdownTimeout()
    {
        makeReady();
        CPPUNIT_ASSERT(only<AskToStop>(feed(ExitWanted{})));
        CPPUNIT_ASSERT(_machine.deadline() == _now + _policy.shutdownTimeout);
        CPPUNIT_ASSERT(only<Kill>(passDeadline()));
        CPPUNIT_ASSERT(is(ChildState::Killing));
        const Actions actions = feed(Exited{last(), {ExitStatus::Kind::Signaled, SIGKILL, false}});
        CPPUNIT_ASSERT(_machine.awaitsStart());
        CPPUNIT_ASSERT(words(actions).find("did not exit within 10000 ms") != std::string::npos);
    }

    void processThatSurvivesSigkillIsKilledAgainAndNeverForgotten()
    {
        makeReady();
        feed(StopWanted{StopMode::Fast});
        CPPUNIT_ASSERT(_machine.waitsForSpawner());
        for (int i = 0; i < 50; ++i)
        {
            const Actions actions = passDeadline();
            CPPUNIT_ASSERT(only<Kill>(actions) && countOf<Announce>(actions) == 1);
            CPPUNIT_ASSERT(is(ChildState::Killing) && *_machine.deadline() >= _now + 1s);
            CPPUNIT_ASSERT(!_machine.waitsForSpawner());
        }
        crash();
        CPPUNIT_ASSERT(is(ChildState::Stopped) && !_machine.awaitsStart());
    }

    void notReadyInTimeIsKilledAndCountsAsFailure()
    {
        for (int i = 0; i < 2; ++i)
        {
            makeStarting();
            CPPUNIT_ASSERT(only<Kill>(passDeadline()));
            feed(Exited{last(), {ExitStatus::Kind::Signaled, SIGKILL, false}});
        }
        CPPUNIT_ASSERT(is(ChildState::Backoff));
        CPPUNIT_ASSERT(_machine.view().reason.find("not ready within 30000 ms") == 0);
    }

    void backsOffTwiceAsLongAfterEachCrash()
    {
        _policy.maxRestarts = 0;
        makeReady();
        crash();
        CPPUNIT_ASSERT(is(ChildState::Stopped));  // the first one is immediate
        for (Millis plain = _policy.backoffMin; plain < _policy.backoffMax; plain *= 2)
        {
            makeReady();
            crash();
            CPPUNIT_ASSERT(is(ChildState::Backoff));
            CPPUNIT_ASSERT(*_machine.deadline() >= _now + plain * 4 / 5);
            CPPUNIT_ASSERT(*_machine.deadline() <= _now + plain * 6 / 5);
            passDeadline();
        }
    }

    void readyBeforeItsSpawnedIsKept()
    {
        start();
        CPPUNIT_ASSERT(feed(BecameReady{last()}).empty());
        CPPUNIT_ASSERT(is(ChildState::Spawning));
        feed(Spawned{last(), 100});
        CPPUNIT_ASSERT(is(ChildState::Ready));
    }

    void endBeforeItsSpawnedIsAnEnd()
    {
        start();
        crash();
        CPPUNIT_ASSERT(_machine.awaitsStart() && _machine.view().restarts == 1);
    }

    void silentSpawnerLeavesTheSlotSpawning()
    {
        start();
        for (int i = 0; i < 5; ++i)
        {
            CPPUNIT_ASSERT(_machine.waitsForSpawner());
            CPPUNIT_ASSERT(passDeadline().empty());
            CPPUNIT_ASSERT(is(ChildState::Spawning) && *_machine.deadline() > _now);
        }
        feed(Spawned{last(), 100});
        CPPUNIT_ASSERT(is(ChildState::Starting));
    }

    void exitWhileSpawningStopsTheProcessWhenItAppears()
    {
        start();
        CPPUNIT_ASSERT(feed(ExitWanted{}).empty());
        CPPUNIT_ASSERT(only<AskToStop>(feed(Spawned{last(), 100})));
        feed(Exited{last(), kSuccess});
        CPPUNIT_ASSERT(_machine.awaitsStart() && _machine.view().restarts == 1);
    }

    void stopWhileSpawningStopsTheProcessWhenItAppears()
    {
        start();
        CPPUNIT_ASSERT(feed(StopWanted{StopMode::Graceful}).empty());
        CPPUNIT_ASSERT(is(ChildState::Spawning));
        CPPUNIT_ASSERT(only<AskToStop>(feed(Spawned{last(), 100})));
        feed(Exited{last(), kSuccess});
        CPPUNIT_ASSERT(is(ChildState::Stopped) && !_machine.awaitsStart());
    }

    void fastStopWhileSpawningKillsTheProcessWhenItAppears()
    {
        start();
        feed(StopWanted{StopMode::Graceful});
        feed(RecycleAsked{last()});
        feed(StopWanted{StopMode::Fast});
        CPPUNIT_ASSERT(only<Kill>(feed(Spawned{last(), 100})));
        CPPUNIT_ASSERT(is(ChildState::Killing));
    }

    void stopShortensTheWaitForAnAnswer()
    {
        start();
        feed(StopWanted{StopMode::Graceful});
        CPPUNIT_ASSERT(_machine.deadline() == _now + _policy.shutdownTimeout);
        feed(StopWanted{StopMode::Fast});
        CPPUNIT_ASSERT(_machine.deadline() == _now + 1s);
    }

    void fastStopOvertakesAGracefulOne()
    {
        makeReady();
        feed(StopWanted{StopMode::Graceful});
        CPPUNIT_ASSERT(feed(StopWanted{StopMode::Graceful}).empty());
        CPPUNIT_ASSERT(only<Kill>(feed(StopWanted{StopMode::Fast})));
        CPPUNIT_ASSERT(feed(StopWanted{StopMode::Fast}).empty());
    }

    void recycleAfterAGoodRunIsNoFailure()
    {
        _policy.maxRestarts = 1;
        for (unsigned i = 0; i < 20; ++i)
        {
            makeReady();
            _now += _policy.minUptime;
            CPPUNIT_ASSERT(only<AskToStop>(feed(RecycleAsked{last()})));
            feed(Exited{last(), kSuccess});
            CPPUNIT_ASSERT(_machine.awaitsStart());
            CPPUNIT_ASSERT_EQUAL(i + 1, _machine.view().restarts);
        }
    }

    void recycleAtOnceIsPaced()
    {
        _policy.restart = RestartMode::OnFailure;
        for (int i = 0; i < 2; ++i)
        {
            makeReady();
            feed(RecycleAsked{last()});
            feed(Exited{last(), kSuccess});
        }
        CPPUNIT_ASSERT(is(ChildState::Backoff));
    }

    void exitDuringBackoffStartsAtOnce()
    {
        for (int i = 0; i < 2; ++i)
        {
            makeReady();
            crash();
        }
        CPPUNIT_ASSERT(is(ChildState::Backoff));
        feed(ExitWanted{});
        CPPUNIT_ASSERT(_machine.awaitsStart() && _machine.view().restarts == 2);
        CPPUNIT_ASSERT(_machine.view().reason.empty());
    }

    void failedSpawnIsNoRestart()
    {
        start();
        const Actions actions = feed(SpawnFailed{last(), "fork: EAGAIN"});
        CPPUNIT_ASSERT_EQUAL(
            std::string("child 3 (hello): could not be spawned: fork: EAGAIN; next start at once"),
            words(actions));
        CPPUNIT_ASSERT(_machine.awaitsStart() && _machine.view().restarts == 0);
    }

    void absenceOfTheMasterMovesTheDeadline()
    {
        makeStarting();
        const TimePoint deadline = *_machine.deadline();
        _machine.forgive(7s);
        CPPUNIT_ASSERT(_machine.deadline() == deadline + 7s);
        feed(BecameReady{last()});
        _machine.forgive(7s);
        CPPUNIT_ASSERT(!_machine.deadline());
    }

    void announcementNamesChildCauseAndNextStart()
    {
        makeReady();
        _now += 600ms;
        CPPUNIT_ASSERT_EQUAL(
            std::string("child 3 (hello): ended by signal SIGSEGV after 600 ms; next start at once"),
            words(crash()));
        makeReady();
        const Actions actions = feed(Exited{last(), {ExitStatus::Kind::Exited, 3, false}});
        CPPUNIT_ASSERT(
            words(actions).find("child 3 (hello): ended with exit code 3 after 0 ms; next start in ") == 0);
        CPPUNIT_ASSERT(find<Announce>(actions)->severity == Announce::Severity::Warning);
    }

    void childThatClosesItsLinkIsKilledAndCountsAsFailure()
    {
        _policy.restart = RestartMode::OnFailure;
        for (const bool ready : {false, true})
        {
            ready ? makeReady() : makeStarting();
            CPPUNIT_ASSERT(only<Kill>(feed(LinkLost{last()})));
            CPPUNIT_ASSERT(is(ChildState::Killing));
            CPPUNIT_ASSERT(feed(LinkLost{last()}).empty());
            feed(Exited{last(), {ExitStatus::Kind::Signaled, SIGKILL, false}});
        }
        CPPUNIT_ASSERT(is(ChildState::Backoff));
        CPPUNIT_ASSERT_EQUAL(
            std::string("its link to the master was lost; ended by signal SIGKILL after 0 ms"),
            _machine.view().reason);
    }

    void lostLinkChangesNothingElsewhere()
    {
        CPPUNIT_ASSERT(feed(LinkLost{last()}).empty() && is(ChildState::Stopped));
        start();
        CPPUNIT_ASSERT(feed(LinkLost{last()}).empty() && is(ChildState::Spawning));
        feed(Spawned{last(), 100});
        feed(ExitWanted{});
        CPPUNIT_ASSERT(feed(LinkLost{last()}).empty() && is(ChildState::Stopping));
        const std::string said = words(feed(Exited{last(), kSuccess}));
        CPPUNIT_ASSERT(said.find("asked to exit; ") != std::string::npos);
        CPPUNIT_ASSERT(feed(LinkLost{last()}).empty() && _machine.awaitsStart());
    }

    void reasonOfAnEndStandsAtTheEndOfItsLineOnly()
    {
        const Exited exited{last(), {ExitStatus::Kind::Exited, 1, false}, "run_child threw 7"};
        makeReady();
        CPPUNIT_ASSERT_EQUAL(std::string("child 3 (hello): ended with exit code 1 after 0 ms: "
                                         "run_child threw 7; next start at once"),
                             words(feed(exited)));
        CPPUNIT_ASSERT(_machine.view().reason.empty());
        makeReady();
        feed(ExitWanted{});
        CPPUNIT_ASSERT_EQUAL(std::string("child 3 (hello): asked to exit; ended with exit code 1 after 0 ms: "
                                         "run_child threw 7; next start at once"),
                             words(feed(exited)));
        CPPUNIT_ASSERT(_machine.view().reason.empty());
    }

    void everyStateAnswersEveryEvent()
    {
        for (const RestartMode mode : {RestartMode::Always, RestartMode::OnFailure, RestartMode::Never})
        {
            _policy.restart = mode;
            _policy.maxRestarts = 2;
            explore(ChildMachine({ChildId{1}, GroupId{1}, 0}, _policy, 1), TimePoint{1h}, 5);
        }
    }

    /// step() asserts that a deadline is set exactly where the state has one.
    void explore(const ChildMachine& from, TimePoint now, int depth)
    {
        if (depth == 0) return;
        const StartNumber number = from.startNumber();
        const std::vector<ChildEvent> events{Spawned{number, 7},
                                             SpawnFailed{number, "x"},
                                             BecameReady{number},
                                             RecycleAsked{number},
                                             LinkLost{number},
                                             Exited{number, kSuccess},
                                             Exited{number, kCrash},
                                             Exited{number, {ExitStatus::Kind::Exited, 78, false}},
                                             ExitWanted{},
                                             StopWanted{StopMode::Graceful},
                                             StopWanted{StopMode::Fast},
                                             ReplaceWanted{},
                                             StartWanted{},
                                             BeatMissed{number},
                                             DeadlinePassed{}};
        for (const ChildEvent& event : events)
        {
            ChildMachine next = from;
            Turn turn(now);
            if (next.awaitsStart()) next.start(StartNumber{clustermanager::number(number) + 1}, turn);
            next.step(event, turn);
            const bool ended =
                std::holds_alternative<Exited>(event) || std::holds_alternative<SpawnFailed>(event);
            CPPUNIT_ASSERT(!from.mayHaveProcess() || next.mayHaveProcess() || ended);
            CPPUNIT_ASSERT(next.mayHaveProcess() || next.view().pid == 0);
            explore(next, now + 1s, depth - 1);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChildMachineTest);

}  // namespace clustermanager::core
