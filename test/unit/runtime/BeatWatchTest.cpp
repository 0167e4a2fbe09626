/// Goal: a child that stops beating is named once and in time, one that beats never, and nobody suffers for
/// our own absence. Method: times are made up.
#include <cppunit/extensions/HelperMacros.h>

#include "runtime/BeatWatch.h"

namespace clustermanager::runtime::test {

class BeatWatchTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BeatWatchTest);
    CPPUNIT_TEST(nobodyWatchedMeansNoDeadline);
    CPPUNIT_TEST(silentStartIsNamedOnceAtItsLimit);
    CPPUNIT_TEST(beatingStartIsNeverNamed);
    CPPUNIT_TEST(lastBeatCountsAndNotTheLastLook);
    CPPUNIT_TEST(theLongestOverdueComesFirst);
    CPPUNIT_TEST(forgottenStartIsNotNamed);
    CPPUNIT_TEST(ourOwnAbsenceIsForgiven);
    CPPUNIT_TEST(beatsOfStrangersAreIgnored);
    CPPUNIT_TEST(manyBeatsMoveNoDeadline);
    CPPUNIT_TEST_SUITE_END();

    using Starts = std::vector<StartNumber>;

    BeatWatch _watch;
    const TimePoint _now{std::chrono::seconds(100)};
    const StartNumber _one{1};
    const StartNumber _two{2};

    void nobodyWatchedMeansNoDeadline()
    {
        CPPUNIT_ASSERT(!_watch.deadline());
        _watch.ready(_one, Millis(0), _now);
        CPPUNIT_ASSERT(!_watch.deadline() && _watch.passTime(_now + Millis(1'000'000)).empty());
    }

    void silentStartIsNamedOnceAtItsLimit()
    {
        _watch.ready(_one, Millis(500), _now);
        CPPUNIT_ASSERT(_watch.deadline() == _now + Millis(500));
        CPPUNIT_ASSERT(_watch.passTime(_now + Millis(499)).empty());
        CPPUNIT_ASSERT(_watch.passTime(_now + Millis(500)) == Starts{_one});
        CPPUNIT_ASSERT(_watch.passTime(_now + Millis(5'000)).empty() && !_watch.deadline());
    }

    void beatingStartIsNeverNamed()
    {
        _watch.ready(_one, Millis(500), _now);
        for (int i = 1; i <= 100; ++i)
        {
            const TimePoint then = _now + i * Millis(499);
            CPPUNIT_ASSERT(_watch.passTime(then).empty());
            _watch.beat(_one, then);
        }
        CPPUNIT_ASSERT(_watch.deadline().has_value());
    }

    void lastBeatCountsAndNotTheLastLook()
    {
        _watch.ready(_one, Millis(500), _now);
        _watch.beat(_one, _now + Millis(100));
        CPPUNIT_ASSERT(_watch.passTime(_now + Millis(500)).empty());
        CPPUNIT_ASSERT(_watch.deadline() == _now + Millis(600));
        CPPUNIT_ASSERT(_watch.passTime(_now + Millis(600)) == Starts{_one});
    }

    void theLongestOverdueComesFirst()
    {
        _watch.ready(_one, Millis(900), _now);
        _watch.ready(_two, Millis(500), _now);
        CPPUNIT_ASSERT((_watch.passTime(_now + Millis(1'000)) == Starts{_two, _one}));
    }

    void forgottenStartIsNotNamed()
    {
        _watch.ready(_one, Millis(500), _now);
        _watch.ready(_two, Millis(500), _now);
        _watch.forget(_one);
        CPPUNIT_ASSERT(_watch.passTime(_now + Millis(500)) == Starts{_two});
        _watch.forget(_one);
        _watch.forget(_two);
        CPPUNIT_ASSERT(!_watch.deadline());
    }

    void ourOwnAbsenceIsForgiven()
    {
        _watch.ready(_one, Millis(500), _now);
        _watch.ready(_two, Millis(500), _now);
        _watch.beat(_two, _now + Millis(200));
        _watch.forgive(Millis(3'000));
        CPPUNIT_ASSERT(_watch.deadline() == _now + Millis(3'500));
        CPPUNIT_ASSERT(_watch.passTime(_now + Millis(3'499)).empty());
        CPPUNIT_ASSERT(_watch.passTime(_now + Millis(3'500)) == Starts{_one});
        CPPUNIT_ASSERT(_watch.passTime(_now + Millis(3'700)) == Starts{_two});
    }

    void beatsOfStrangersAreIgnored()
    {
        _watch.beat(_two, _now);
        CPPUNIT_ASSERT(!_watch.deadline());
    }

    void manyBeatsMoveNoDeadline()
    {
        _watch.ready(_one, Millis(500), _now);
        for (int i = 0; i < 100'000; ++i) _watch.beat(_one, _now + std::chrono::microseconds(i));
        CPPUNIT_ASSERT(_watch.deadline() == _now + Millis(500));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BeatWatchTest);

}  // namespace clustermanager::runtime::test
