/// Goal: the loop's delay is told for ever, for the last minute, and as a percentile that is never too small.
/// Method: delays at times that the test gives.
#include <cppunit/extensions/HelperMacros.h>

#include "metrics/LoopDelay.h"

namespace clustermanager::metrics {

using namespace std::chrono_literals;

class LoopDelayTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LoopDelayTest);
    CPPUNIT_TEST(theLargestIsKept);
    CPPUNIT_TEST(theLastMinuteForgets);
    CPPUNIT_TEST(aPercentileIsNoLessThanItIs);
    CPPUNIT_TEST_SUITE_END();

    const TimePoint _begin{1h};
    LoopDelay _delay;

    void theLargestIsKept()
    {
        CPPUNIT_ASSERT(_delay.seen(_begin).max == 0us);
        for (const auto delay : {5us, 70us, 6us}) _delay.add(delay, _begin);
        CPPUNIT_ASSERT(_delay.seen(_begin).max == 70us);
        CPPUNIT_ASSERT(_delay.seen(_begin).lastMinuteMax == 70us);
        CPPUNIT_ASSERT(_delay.seen(_begin).p99 == 70us);
    }

    void theLastMinuteForgets()
    {
        _delay.add(9000us, _begin);
        _delay.add(10us, _begin + 31s);
        CPPUNIT_ASSERT(_delay.seen(_begin + 59s).lastMinuteMax == 9000us);
        CPPUNIT_ASSERT(_delay.seen(_begin + 62s).lastMinuteMax == 10us);
        CPPUNIT_ASSERT(_delay.seen(_begin + 10min).lastMinuteMax == 0us);
        CPPUNIT_ASSERT(_delay.seen(_begin + 10min).p99 == 0us);
        CPPUNIT_ASSERT(_delay.seen(_begin + 10min).max == 9000us);
    }

    void aPercentileIsNoLessThanItIs()
    {
        for (std::int64_t i = 1; i <= 100'000; ++i) _delay.add(std::chrono::microseconds(i), _begin);
        const auto p99 = _delay.seen(_begin).p99;
        CPPUNIT_ASSERT(p99 >= 99'000us && p99 < 99'000us * 5 / 4);
        _delay.add(std::chrono::hours(1000), _begin);  // beyond the last bucket
        CPPUNIT_ASSERT(_delay.seen(_begin).max == std::chrono::hours(1000));
        _delay.add(-5us, _begin);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LoopDelayTest);

}  // namespace clustermanager::metrics
