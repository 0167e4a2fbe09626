/// Goal: how a generation is loaded, lost, replaced, given up and closed.
/// Method: drive GenerationMachine with made-up times, look at its state and orders.

#include <cppunit/extensions/HelperMacros.h>

#include "core/GenerationMachine.h"
#include "unit/core/ActionList.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class GenerationMachineTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GenerationMachineTest);
    CPPUNIT_TEST(loadsAndOpens);
    CPPUNIT_TEST(failsWhenItDoesNotLoadInTime);
    CPPUNIT_TEST(failsWithTheVerdictOnThePlugin);
    CPPUNIT_TEST(lostSpawnerIsReplacedAtOnceThenWithBackoff);
    CPPUNIT_TEST(goodRunMakesTheNextReplacementImmediate);
    CPPUNIT_TEST(givesUpASpawnerThatKeepsDying);
    CPPUNIT_TEST(silentSpawnerIsReplacedOnce);
    CPPUNIT_TEST(spawnerThatHangsWhileLoadingAgainIsReplaced);
    CPPUNIT_TEST(failedGenerationIsTriedAgainForAnOperator);
    CPPUNIT_TEST(retiredGenerationStartsNoSpawnerAndHasNoDeadline);
    CPPUNIT_TEST(retiredGenerationStillReplacesASilentSpawner);
    CPPUNIT_TEST(isClosedOnceAndThenDeaf);
    CPPUNIT_TEST(absenceOfTheMasterMovesTheDeadline);
    CPPUNIT_TEST_SUITE_END();

    GroupPolicy _policy;
    GenerationMachine _machine{GroupId{1}, GenerationId{1}, _policy, 1};
    TimePoint _now{1h};

    template <class Call>
    Actions turn(Call call)
    {
        Turn turn(_now);
        call(turn);
        return turn.take();
    }
    Actions open()
    {
        return turn([&](Turn& t) { _machine.open(t); });
    }
    Actions opened()
    {
        return turn([&](Turn& t) { _machine.opened(false, t); });
    }
    Actions lost()
    {
        return turn([&](Turn& t) { _machine.spawnerLost("signal SIGKILL", t); });
    }
    Actions silent()
    {
        return turn([&](Turn& t) { _machine.spawnerSilent(t); });
    }
    Actions passTime()
    {
        _now = *_machine.deadline();
        return turn([&](Turn& t) { _machine.passTime(t); });
    }
    void makeOpen()
    {
        open();
        opened();
    }
    bool is(GenerationState state) const { return _machine.state() == state; }

    void loadsAndOpens()
    {
        CPPUNIT_ASSERT(only<OpenGeneration>(open()));
        CPPUNIT_ASSERT(is(GenerationState::Loading));
        CPPUNIT_ASSERT(_machine.deadline() == _now + _policy.startTimeout);
        CPPUNIT_ASSERT(!_machine.everOpened());
        CPPUNIT_ASSERT(orders(opened()) == 0);
        CPPUNIT_ASSERT(is(GenerationState::Open) && _machine.everOpened() && !_machine.deadline());
    }

    void failsWhenItDoesNotLoadInTime()
    {
        open();
        passTime();
        CPPUNIT_ASSERT(is(GenerationState::Failed));
        CPPUNIT_ASSERT_EQUAL(std::string("did not load within 30000 ms"), _machine.reason());
    }

    void failsWithTheVerdictOnThePlugin()
    {
        open();
        const Actions actions = turn([&](Turn& t) { _machine.loadFailed("no run_child in hello.so", t); });
        CPPUNIT_ASSERT(find<Announce>(actions)->severity == Announce::Severity::Error);
        CPPUNIT_ASSERT(words(actions).find("no run_child in hello.so") != std::string::npos);
        CPPUNIT_ASSERT(is(GenerationState::Failed) && !_machine.deadline());
    }

    void lostSpawnerIsReplacedAtOnceThenWithBackoff()
    {
        makeOpen();
        CPPUNIT_ASSERT(only<ReplaceSpawner>(lost()));
        CPPUNIT_ASSERT(is(GenerationState::Loading));
        opened();
        CPPUNIT_ASSERT(orders(lost()) == 0);
        CPPUNIT_ASSERT(is(GenerationState::Lost));
        CPPUNIT_ASSERT_EQUAL(std::string("spawner lost: signal SIGKILL"), _machine.reason());
        CPPUNIT_ASSERT(*_machine.deadline() >= _now + _policy.backoffMin);
        CPPUNIT_ASSERT(lost().empty());
        CPPUNIT_ASSERT(only<ReplaceSpawner>(passTime()));
        CPPUNIT_ASSERT(is(GenerationState::Loading));
    }

    void goodRunMakesTheNextReplacementImmediate()
    {
        makeOpen();
        for (int i = 0; i < 5; ++i)
        {
            _now += _policy.minUptime;
            CPPUNIT_ASSERT(only<ReplaceSpawner>(lost()));
            opened();
        }
    }

    void givesUpASpawnerThatKeepsDying()
    {
        _policy.maxRestarts = 4;
        makeOpen();
        unsigned replaced = 0;
        while (!is(GenerationState::Failed) && replaced < 100)
        {
            replaced += static_cast<unsigned>(countOf<ReplaceSpawner>(lost()));
            if (is(GenerationState::Lost))
                replaced += static_cast<unsigned>(countOf<ReplaceSpawner>(passTime()));
            opened();
        }
        CPPUNIT_ASSERT_EQUAL(4U, replaced);
        CPPUNIT_ASSERT_EQUAL(
            std::string("gave up after 4 restarts within 60.0 s: spawner lost: signal SIGKILL"),
            _machine.reason());
    }

    void silentSpawnerIsReplacedOnce()
    {
        makeOpen();
        CPPUNIT_ASSERT(only<ReplaceSpawner>(silent()));
        CPPUNIT_ASSERT(silent().empty());
        CPPUNIT_ASSERT(is(GenerationState::Loading));
    }

    void spawnerThatHangsWhileLoadingAgainIsReplaced()
    {
        makeOpen();
        lost();
        CPPUNIT_ASSERT(only<ReplaceSpawner>(passTime()));
        CPPUNIT_ASSERT(is(GenerationState::Loading));
    }

    void failedGenerationIsTriedAgainForAnOperator()
    {
        makeOpen();
        turn([&](Turn& t) { _machine.loadFailed("gone", t); });
        CPPUNIT_ASSERT(only<ReplaceSpawner>(turn([&](Turn& t) { _machine.revive(t); })));
        CPPUNIT_ASSERT(turn([&](Turn& t) { _machine.revive(t); }).empty());
        opened();
        CPPUNIT_ASSERT(is(GenerationState::Open) && _machine.reason().empty());
    }

    void retiredGenerationStartsNoSpawnerAndHasNoDeadline()
    {
        open();
        _machine.retire();
        CPPUNIT_ASSERT(!_machine.deadline().has_value());
        CPPUNIT_ASSERT(orders(lost()) == 0);
        CPPUNIT_ASSERT(is(GenerationState::Lost) && !_machine.deadline());
    }

    void retiredGenerationStillReplacesASilentSpawner()
    {
        makeOpen();
        _machine.retire();
        CPPUNIT_ASSERT(only<ReplaceSpawner>(silent()));
        CPPUNIT_ASSERT(!_machine.deadline().has_value());
    }

    void isClosedOnceAndThenDeaf()
    {
        makeOpen();
        const auto close = [&] { return turn([&](Turn& t) { _machine.close(t); }); };
        CPPUNIT_ASSERT(only<CloseGeneration>(close()));
        CPPUNIT_ASSERT(close().empty());
        CPPUNIT_ASSERT(opened().empty() && lost().empty() && silent().empty());
        CPPUNIT_ASSERT(is(GenerationState::Closed));
    }

    void absenceOfTheMasterMovesTheDeadline()
    {
        open();
        _machine.forgive(5s);
        CPPUNIT_ASSERT(_machine.deadline() == _now + _policy.startTimeout + 5s);
        opened();
        _machine.forgive(5s);
        CPPUNIT_ASSERT(!_machine.deadline().has_value());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GenerationMachineTest);

}  // namespace clustermanager::core
