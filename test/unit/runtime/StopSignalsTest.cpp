/// Goal: which signals stop the host, and how fast.
/// Method: signals and times are made up.

#include "runtime/StopSignals.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <csignal>

namespace clustermanager::runtime {

using core::StopMode;

class StopSignalsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StopSignalsTest);
    CPPUNIT_TEST(theFirstIsGracefulAndTheSecondFast);
    CPPUNIT_TEST(quitIsFastAtOnce);
    CPPUNIT_TEST(aTermToTheProcessAndItsGroupIsOne);
    CPPUNIT_TEST(twoInterruptsAreTwoHoweverFast);
    CPPUNIT_TEST(otherSignalsAskForNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void theFirstIsGracefulAndTheSecondFast()
    {
        for (const int signal : {SIGTERM, SIGINT})
        {
            StopSignals stop;
            CPPUNIT_ASSERT(stop.take(signal, _now) == StopMode::Graceful);
            CPPUNIT_ASSERT(!stop.urgent());
            CPPUNIT_ASSERT(stop.take(signal, _now + StopSignals::kSameSignal) == StopMode::Fast);
            CPPUNIT_ASSERT(stop.urgent());
        }
    }

    void quitIsFastAtOnce()
    {
        StopSignals stop;
        CPPUNIT_ASSERT(stop.take(SIGQUIT, _now) == StopMode::Fast);
        CPPUNIT_ASSERT(stop.urgent());
    }

    void aTermToTheProcessAndItsGroupIsOne()
    {
        StopSignals stop;
        CPPUNIT_ASSERT(stop.take(SIGTERM, _now) == StopMode::Graceful);
        CPPUNIT_ASSERT(!stop.take(SIGTERM, _now + Millis(1)));
        CPPUNIT_ASSERT(!stop.urgent());
    }

    void twoInterruptsAreTwoHoweverFast()
    {
        StopSignals stop;
        CPPUNIT_ASSERT(stop.take(SIGINT, _now) == StopMode::Graceful);
        CPPUNIT_ASSERT(stop.take(SIGINT, _now) == StopMode::Fast);
    }

    void otherSignalsAskForNothing()
    {
        StopSignals stop;
        for (const int signal : {SIGHUP, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU, SIGCHLD})
            CPPUNIT_ASSERT(!stop.take(signal, _now));
        CPPUNIT_ASSERT(stop.take(SIGTERM, _now) == StopMode::Graceful);
    }

private:
    const TimePoint _now{std::chrono::seconds(100)};
};

CPPUNIT_TEST_SUITE_REGISTRATION(StopSignalsTest);

}  // namespace clustermanager::runtime
