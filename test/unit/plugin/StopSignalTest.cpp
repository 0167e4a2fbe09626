/// Goal: a stop is learned by asking, waiting, polling and callback, whichever comes first.
/// Method: the request comes from another thread, from a signal handler, and before anybody listens.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <signal.h>

#include <string>
#include <thread>

#include "plugin/StopSignal.h"

using namespace clustermanager::plugin;

namespace {

StopSignal* requestedBySignal = nullptr;

bool isReadable(int fd)
{
    pollfd event{fd, POLLIN, 0};
    return ::poll(&event, 1, 0) == 1;
}

void count(void* counter)
{
    ++*static_cast<int*>(counter);
}

}  // namespace

class StopSignalTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StopSignalTest);
    CPPUNIT_TEST(nothingIsAskedAtFirst);
    CPPUNIT_TEST(aRequestStays);
    CPPUNIT_TEST(aWaiterWakesUp);
    CPPUNIT_TEST(aSignalHandlerMayRequest);
    CPPUNIT_TEST(callbacksAreCalledOnce);
    CPPUNIT_TEST(aLateCallbackIsCalledAtOnce);
    CPPUNIT_TEST(thereIsALimitOfCallbacks);
    CPPUNIT_TEST_SUITE_END();

    StopSignal _stop;

    void nothingIsAskedAtFirst()
    {
        CPPUNIT_ASSERT(!_stop.requested());
        CPPUNIT_ASSERT(!_stop.wait(0));
        CPPUNIT_ASSERT(!_stop.wait(5));
        CPPUNIT_ASSERT(!isReadable(_stop.fd()));
    }

    void aRequestStays()
    {
        _stop.request();
        _stop.request();
        for (int i = 0; i < 2; ++i)
            CPPUNIT_ASSERT(_stop.requested() && _stop.wait(-1) && isReadable(_stop.fd()));
    }

    void aWaiterWakesUp()
    {
        std::thread asker([this] { _stop.request(); });
        CPPUNIT_ASSERT(_stop.wait(-1));
        asker.join();
    }

    void aSignalHandlerMayRequest()
    {
        requestedBySignal = &_stop;
        (void)::signal(SIGUSR1, [](int) { requestedBySignal->request(); });
        CPPUNIT_ASSERT_EQUAL(0, ::raise(SIGUSR1));
        (void)::signal(SIGUSR1, SIG_DFL);
        CPPUNIT_ASSERT(_stop.requested());
    }

    void callbacksAreCalledOnce()
    {
        int first = 0;
        int second = 0;
        CPPUNIT_ASSERT(_stop.onStop(&count, &first) && _stop.onStop(&count, &second));
        _stop.request();
        CPPUNIT_ASSERT_EQUAL(0, first);
        _stop.announce();
        _stop.announce();
        CPPUNIT_ASSERT_EQUAL(1, first);
        CPPUNIT_ASSERT_EQUAL(1, second);
    }

    void aLateCallbackIsCalledAtOnce()
    {
        int calls = 0;
        _stop.request();
        _stop.announce();
        CPPUNIT_ASSERT(_stop.onStop(&count, &calls));
        CPPUNIT_ASSERT_EQUAL(1, calls);
    }

    void thereIsALimitOfCallbacks()
    {
        int calls = 0;
        for (std::size_t i = 0; i < StopSignal::kCallbacksMax; ++i)
            CPPUNIT_ASSERT(_stop.onStop(&count, &calls));
        CPPUNIT_ASSERT(!_stop.onStop(&count, &calls));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StopSignalTest);
