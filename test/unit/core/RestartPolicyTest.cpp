/// Goal: how long a restart waits and when it is given up, for every edge of the arithmetic.
/// Method: tables, and a record driven with made-up times.

#include <cppunit/extensions/HelperMacros.h>

#include <limits>
#include <set>

#include "core/RestartPolicy.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class RestartPolicyTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RestartPolicyTest);
    CPPUNIT_TEST(firstRestartIsImmediateThenTheWaitDoublesUpToTheMaximum);
    CPPUNIT_TEST(tenThousandFailuresDoNotOverflow);
    CPPUNIT_TEST(hugeLimitsDoNotOverflow);
    CPPUNIT_TEST(jitterStaysWithinTheLimitsAndSpreads);
    CPPUNIT_TEST(sameSeedGivesSameWaits);
    CPPUNIT_TEST(givesUpAfterMaxRestartsWithinTheWindow);
    CPPUNIT_TEST(restartsLeaveTheWindow);
    CPPUNIT_TEST(noLimitWithMaxRestartsZero);
    CPPUNIT_TEST(longRunClearsTheBackoffButNotTheWindow);
    CPPUNIT_TEST(shortRunClearsNothing);
    CPPUNIT_TEST(startsThatNoFailureCalledForAreNotCounted);
    CPPUNIT_TEST(startIsCountedWhenItIsMadeNotWhenItIsPlanned);
    CPPUNIT_TEST(clearForgetsEverything);
    CPPUNIT_TEST_SUITE_END();

    GroupPolicy _policy;
    TimePoint _now{1h};

    void firstRestartIsImmediateThenTheWaitDoublesUpToTheMaximum()
    {
        _policy.backoffMin = 100ms;
        _policy.backoffMax = 1'000ms;
        const Millis expected[] = {0ms, 0ms, 100ms, 200ms, 400ms, 800ms, 1'000ms, 1'000ms};
        for (unsigned failures = 0; failures < 8; ++failures)
            CPPUNIT_ASSERT(backoffAfter(failures, _policy) == expected[failures]);
    }

    void tenThousandFailuresDoNotOverflow()
    {
        _policy.maxRestarts = 0;
        RestartPolicy record(_policy, 1);
        for (int i = 0; i < 10'000; ++i)
        {
            const std::optional<Millis> wait = record.afterFailure(_now);
            CPPUNIT_ASSERT(wait.has_value() && *wait >= 0ms && *wait <= _policy.backoffMax);
            record.started(_now);
        }
        CPPUNIT_ASSERT(backoffAfter(10'000, _policy) == _policy.backoffMax);
        CPPUNIT_ASSERT(backoffAfter(std::numeric_limits<unsigned>::max(), _policy) == _policy.backoffMax);
    }

    void hugeLimitsDoNotOverflow()
    {
        _policy.backoffMin = 3ms;
        _policy.backoffMax = Millis{std::numeric_limits<std::int64_t>::max() / 2'000'000};
        Millis before{0};
        for (unsigned failures = 2; failures < 200; ++failures)
        {
            const Millis wait = backoffAfter(failures, _policy);
            CPPUNIT_ASSERT(wait >= before && wait <= _policy.backoffMax);
            before = wait;
        }
        CPPUNIT_ASSERT(before == _policy.backoffMax);
    }

    void jitterStaysWithinTheLimitsAndSpreads()
    {
        _policy.maxRestarts = 0;
        RestartPolicy record(_policy, 7);
        std::set<Millis> seen;
        CPPUNIT_ASSERT(record.afterFailure(_now) == 0ms);
        for (unsigned failures = 2; failures < 500; ++failures)
        {
            const Millis plain = backoffAfter(failures, _policy);
            const Millis wait = *record.afterFailure(_now);
            CPPUNIT_ASSERT(wait >= _policy.backoffMin && wait <= _policy.backoffMax);
            CPPUNIT_ASSERT(wait >= plain - plain / 5 && wait <= plain + plain / 5);
            seen.insert(wait);
        }
        CPPUNIT_ASSERT(seen.size() > 100);
    }

    void sameSeedGivesSameWaits()
    {
        RestartPolicy first(_policy, 3);
        RestartPolicy second(_policy, 3);
        for (int i = 0; i < 8; ++i) CPPUNIT_ASSERT(first.afterFailure(_now) == second.afterFailure(_now));
    }

    void givesUpAfterMaxRestartsWithinTheWindow()
    {
        _policy.maxRestarts = 3;
        RestartPolicy record(_policy, 1);
        for (int i = 0; i < 3; ++i)
        {
            CPPUNIT_ASSERT(record.afterFailure(_now).has_value());
            record.started(_now += 1s);
        }
        CPPUNIT_ASSERT(!record.afterFailure(_now).has_value());
    }

    void restartsLeaveTheWindow()
    {
        _policy.maxRestarts = 1;
        _policy.restartWindow = 10s;
        RestartPolicy record(_policy, 1);
        CPPUNIT_ASSERT(record.afterFailure(_now).has_value());
        record.started(_now);
        CPPUNIT_ASSERT(!RestartPolicy(record).afterFailure(_now + 10s - 1ms).has_value());
        CPPUNIT_ASSERT(record.afterFailure(_now + 10s).has_value());
    }

    void noLimitWithMaxRestartsZero()
    {
        _policy.maxRestarts = 0;
        RestartPolicy record(_policy, 1);
        for (int i = 0; i < 1'000; ++i)
        {
            CPPUNIT_ASSERT(record.afterFailure(_now).has_value());
            record.started(_now);
        }
    }

    void longRunClearsTheBackoffButNotTheWindow()
    {
        _policy.maxRestarts = 2;
        RestartPolicy record(_policy, 1);
        for (int i = 0; i < 2; ++i)
        {
            record.ran(_policy.minUptime);
            CPPUNIT_ASSERT(record.afterFailure(_now) == 0ms);
            record.started(_now);
        }
        record.ran(_policy.minUptime);
        CPPUNIT_ASSERT(!record.afterFailure(_now).has_value());
    }

    void shortRunClearsNothing()
    {
        RestartPolicy record(_policy, 1);
        record.afterFailure(_now);
        record.ran(_policy.minUptime - 1ms);
        CPPUNIT_ASSERT(*record.afterFailure(_now) >= _policy.backoffMin);
    }

    void startsThatNoFailureCalledForAreNotCounted()
    {
        _policy.maxRestarts = 1;
        RestartPolicy record(_policy, 1);
        for (int i = 0; i < 100; ++i) record.started(_now);
        CPPUNIT_ASSERT(record.afterFailure(_now).has_value());
    }

    void startIsCountedWhenItIsMadeNotWhenItIsPlanned()
    {
        _policy.maxRestarts = 1;
        _policy.restartWindow = 10s;
        RestartPolicy record(_policy, 1);
        record.afterFailure(_now);
        record.started(_now + 8s);  // held up, because there was no spawner
        CPPUNIT_ASSERT(!record.afterFailure(_now + 12s).has_value());
    }

    void clearForgetsEverything()
    {
        _policy.maxRestarts = 1;
        RestartPolicy record(_policy, 1);
        record.afterFailure(_now);
        record.started(_now);
        record.clear();
        CPPUNIT_ASSERT(record.afterFailure(_now) == 0ms);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RestartPolicyTest);

}  // namespace clustermanager::core
