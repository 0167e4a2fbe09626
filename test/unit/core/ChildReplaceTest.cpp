/// Goal: what a child does when it is to be replaced, wanted again, or does not beat its watchdog, in every
/// state. Method: drive ChildMachine with events on a made-up clock; look at the state and the orders.

#include <cppunit/extensions/HelperMacros.h>

#include <csignal>

#include "unit/core/ActionList.h"
#include "unit/core/OneChild.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class ChildReplaceTest : public OneChild
{
    CPPUNIT_TEST_SUITE(ChildReplaceTest);
    CPPUNIT_TEST(replacedChildComesBackInTheGenerationAimedAt);
    CPPUNIT_TEST(replacedChildIsNoFailureHoweverItEnds);
    CPPUNIT_TEST(replacedWhileSpawningIsAskedWhenItAppears);
    CPPUNIT_TEST(replacedWhileItIsKilledComesBackAtOnce);
    CPPUNIT_TEST(replacedWithoutAProcessStartsAtOnceWithACleanRecord);
    CPPUNIT_TEST(wantedAgainWhileItStopsComesBack);
    CPPUNIT_TEST(missedBeatAbortsThenKillsAndCountsAsAFailure);
    CPPUNIT_TEST(missedBeatMeansNothingElsewhere);
    CPPUNIT_TEST(missedBeatWhileStoppingDoesNotShortenTheDrain);
    CPPUNIT_TEST(onlyAChildThatServesDrains);
    CPPUNIT_TEST(aimForgetsWhatFailedBefore);
    CPPUNIT_TEST_SUITE_END();

    static constexpr ExitStatus kCrash{ExitStatus::Kind::Signaled, SIGSEGV, false};

    void crash() { feed(Exited{last(), kCrash}); }
    ChildState state() const { return _machine.state(); }

    void replacedChildComesBackInTheGenerationAimedAt()
    {
        for (const RestartMode mode : {RestartMode::Always, RestartMode::OnFailure, RestartMode::Never})
        {
            _policy.restart = mode;
            makeReady();
            _machine.aim(GenerationId{static_cast<std::uint32_t>(7 + _starts)});
            CPPUNIT_ASSERT(only<AskToStop>(feed(ReplaceWanted{})) && state() == ChildState::Stopping);
            CPPUNIT_ASSERT(
                words(feed(Exited{last(), {ExitStatus::Kind::Exited, 0, false}})) ==
                "child 3 (hello): replaced; ended with exit code 0 after 0 ms; next start at once");
            CPPUNIT_ASSERT(_machine.awaitsStart());
            CPPUNIT_ASSERT(find<Spawn>(start())->generation == _machine.aim());
            feed(ReplaceWanted{});
            crash();
        }
    }

    void replacedChildIsNoFailureHoweverItEnds()
    {
        makeReady();
        for (int i = 0; i < 30; ++i)
        {
            feed(ReplaceWanted{});
            if (i % 2 == 1) CPPUNIT_ASSERT(only<Kill>(passDeadline()));
            feed(Exited{last(), {ExitStatus::Kind::Exited, 78, false}});
            CPPUNIT_ASSERT(_machine.awaitsStart() && !_machine.struggles());
            makeReady();
        }
    }

    void replacedWhileSpawningIsAskedWhenItAppears()
    {
        _policy.restart = RestartMode::Never;
        start();
        CPPUNIT_ASSERT(feed(ReplaceWanted{}).empty());
        CPPUNIT_ASSERT(only<AskToStop>(feed(Spawned{last(), 5})));
        crash();
        CPPUNIT_ASSERT(_machine.awaitsStart());

        start();
        feed(ReplaceWanted{});
        feed(SpawnFailed{last(), "EAGAIN"});
        CPPUNIT_ASSERT(_machine.awaitsStart() && !_machine.struggles());
    }

    void replacedWhileItIsKilledComesBackAtOnce()
    {
        for (const RestartMode mode : {RestartMode::Always, RestartMode::Never})
        {
            _policy.restart = mode;
            makeStarting();
            CPPUNIT_ASSERT(only<Kill>(passDeadline()));
            _machine.aim(GenerationId{9});
            CPPUNIT_ASSERT(feed(ReplaceWanted{}).empty());
            crash();
            CPPUNIT_ASSERT(_machine.awaitsStart() && !_machine.struggles());
        }
    }

    void replacedWithoutAProcessStartsAtOnceWithACleanRecord()
    {
        for (const ChildState from : {ChildState::Backoff, ChildState::Failed})
        {
            makeReady();
            crash();
            makeReady();
            if (from == ChildState::Backoff)
                crash();
            else
                feed(Exited{last(), {ExitStatus::Kind::Exited, 78, false}});
            CPPUNIT_ASSERT(state() == from && _machine.struggles());
            CPPUNIT_ASSERT(feed(ReplaceWanted{}).empty() && _machine.awaitsStart());
            makeReady();
            crash();
            CPPUNIT_ASSERT(_machine.awaitsStart());  // the first failure of a clean record
            feed(StartWanted{});
        }
    }

    void wantedAgainWhileItStopsComesBack()
    {
        for (const RestartMode mode : {RestartMode::Always, RestartMode::Never})
        {
            for (const StopMode stop : {StopMode::Graceful, StopMode::Fast})
            {
                for (const bool spawning : {true, false})
                {
                    _policy.restart = mode;
                    start();
                    if (!spawning) feed(Spawned{last(), 100});
                    feed(StopWanted{stop});
                    CPPUNIT_ASSERT(!_machine.wanted() && feed(StartWanted{}).empty());
                    if (spawning) feed(Spawned{last(), 100});
                    crash();
                    CPPUNIT_ASSERT(_machine.awaitsStart());
                }
                makeStarting();
                passDeadline();  // killed, because it was not ready in time
                feed(StopWanted{stop});
                feed(StartWanted{});
                crash();
                CPPUNIT_ASSERT(_machine.awaitsStart() && !_machine.struggles());
            }
        }
    }

    void missedBeatAbortsThenKillsAndCountsAsAFailure()
    {
        _policy.watchdog = 5s;
        for (const bool ready : {false, true})
        {
            makeStarting();
            if (ready) feed(BecameReady{last()});
            CPPUNIT_ASSERT(only<Abort>(feed(BeatMissed{last()})) && state() == ChildState::Stopping);
            CPPUNIT_ASSERT(*_machine.deadline() == _now + _policy.shutdownTimeout);
            CPPUNIT_ASSERT(feed(BeatMissed{last()}).empty());
            if (!ready) crash();
        }
        CPPUNIT_ASSERT(only<Kill>(passDeadline()));
        const Actions ended = feed(Exited{last(), {ExitStatus::Kind::Signaled, SIGKILL, false}});
        CPPUNIT_ASSERT(words(ended).find("its watchdog was not beaten for 5000 ms; ") != std::string::npos);
        CPPUNIT_ASSERT(find<Announce>(ended)->severity == Announce::Severity::Warning);
        makeReady();
        feed(BeatMissed{last()});
        feed(Exited{last(), {ExitStatus::Kind::Signaled, SIGABRT, true}});
        CPPUNIT_ASSERT(state() == ChildState::Backoff);
    }

    void missedBeatMeansNothingElsewhere()
    {
        CPPUNIT_ASSERT(feed(BeatMissed{last()}).empty() && _machine.awaitsStart());
        start();
        CPPUNIT_ASSERT(feed(BeatMissed{last()}).empty() && state() == ChildState::Spawning);
        feed(Spawned{last(), 5});
        passDeadline();
        CPPUNIT_ASSERT(feed(BeatMissed{last()}).empty() && state() == ChildState::Killing);
        crash();
        makeReady();
        crash();
        CPPUNIT_ASSERT(feed(BeatMissed{last()}).empty() && state() == ChildState::Backoff);
    }

    void missedBeatWhileStoppingDoesNotShortenTheDrain()
    {
        _policy.drainDelay = 3s;
        makeReady();
        feed(ReplaceWanted{});
        const TimePoint deadline = *_machine.deadline();
        CPPUNIT_ASSERT(feed(BeatMissed{last()}).empty() && *_machine.deadline() == deadline);
        crash();
        CPPUNIT_ASSERT(_machine.awaitsStart() && !_machine.struggles());
    }

    void onlyAChildThatServesDrains()
    {
        _policy.drainDelay = 3s;
        makeReady();
        feed(ExitWanted{});
        CPPUNIT_ASSERT(*_machine.deadline() == _now + 3s + _policy.shutdownTimeout);
        crash();
        makeStarting();
        feed(ExitWanted{});
        CPPUNIT_ASSERT(*_machine.deadline() == _now + _policy.shutdownTimeout);
        CPPUNIT_ASSERT(only<Kill>(feed(StopWanted{StopMode::Fast})));
    }

    void aimForgetsWhatFailedBefore()
    {
        makeStarting();
        crash();
        CPPUNIT_ASSERT(_machine.struggles() && !_machine.failure().empty());
        _machine.aim(GenerationId{2});
        CPPUNIT_ASSERT(!_machine.struggles() && _machine.failure().empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChildReplaceTest);

}  // namespace clustermanager::core
