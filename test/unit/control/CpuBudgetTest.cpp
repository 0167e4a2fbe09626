/// Goal: the control port's share of the CPUs is bounded, whoever asks and however often, and who asks now
/// and
///       then waits for nothing.
/// Method: a budget that is told what was used and what time it is.
#include <cppunit/extensions/HelperMacros.h>

#include "control/CpuBudget.h"

namespace clustermanager::control::test {

using namespace std::chrono_literals;

class CpuBudgetTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CpuBudgetTest);
    CPPUNIT_TEST(whoAsksNowAndThenDoesNotWait);
    CPPUNIT_TEST(whoAsksAgainAndAgainHasAShare);
    CPPUNIT_TEST(nobodyWaitsLong);
    CPPUNIT_TEST(whatIsLateIsNotHeldUp);
    CPPUNIT_TEST(knowsWhatAThreadUses);
    CPPUNIT_TEST_SUITE_END();

    CpuBudget _budget;
    TimePoint _now{1h};

    bool rests() const { return _budget.restUntil(_now) > _now; }

    void whoAsksNowAndThenDoesNotWait()
    {
        for (int i = 0; i < 100; ++i, _now += 1s)
            // A page and all that it asks for.
            for (int part = 0; part < 10; ++part)
            {
                CPPUNIT_ASSERT(!rests());
                _budget.spent(1ms, _now);
            }
    }

    void whoAsksAgainAndAgainHasAShare()
    {
        const TimePoint begun = _now;
        int answers = 0;
        for (; _now < begun + 10s; ++answers)
        {
            _now = std::max(_now, _budget.restUntil(_now)) + 1ms;
            _budget.spent(1ms, _now);
        }
        const auto expected = static_cast<int>((10'000ms / CpuBudget::kShare + CpuBudget::kSaved) / 1ms);
        CPPUNIT_ASSERT(answers >= expected - 2 && answers <= expected + 2);
    }

    void nobodyWaitsLong()
    {
        _budget.spent(10s, _now);
        CPPUNIT_ASSERT(_budget.restUntil(_now) == _now + CpuBudget::kLongestRest);
    }

    void whatIsLateIsNotHeldUp()
    {
        _budget.spent(10s, _now);
        _budget.waive();
        CPPUNIT_ASSERT(!rests());
    }

    void knowsWhatAThreadUses()
    {
        (void)cpuTimeSinceLast();
        std::chrono::nanoseconds used{0};
        while (used < 1ms) used += cpuTimeSinceLast();
        CPPUNIT_ASSERT(cpuTimeSinceLast() >= 0ns);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CpuBudgetTest);

}  // namespace clustermanager::control::test
