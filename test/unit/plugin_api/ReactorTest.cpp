/// Goal: a reactor for a child beats, tells its owner of the stop once, and is cut at its limit.
/// Method: a reactor on this thread, and a stop descriptor that the test makes readable.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/eventfd.h>

#include <clustermanager/poco.hpp>

#include "FakeHost.h"
#include "LoopbackListener.h"

class ReactorTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ReactorTest);
    CPPUNIT_TEST(theStopIsToldOnce);
    CPPUNIT_TEST(whatIsNotFinishedIsCut);
    CPPUNIT_TEST(anIdleReactorBeats);
    CPPUNIT_TEST_SUITE_END();

    FakeHost _host;
    int _stop = -1;
    int _told = 0;

    void askToStop() const { CPPUNIT_ASSERT_EQUAL(0, ::eventfd_write(_stop, 1)); }

public:
    void setUp() override
    {
        _stop = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        _host.stopFd = _stop;
    }
    void tearDown() override { (void)::close(_stop); }

private:
    void theStopIsToldOnce()
    {
        cm::ChildReactor* running = nullptr;
        cm::ChildReactor reactor(cm::Child(&_host.context), [&] {
            ++_told;
            running->stop();
        });
        running = &reactor;
        askToStop();
        reactor.run();
        CPPUNIT_ASSERT_EQUAL(1, _told);
    }

    void whatIsNotFinishedIsCut()
    {
        const auto before = std::chrono::steady_clock::now();
        cm::ChildReactor reactor(
            cm::Child(&_host.context), [&] { ++_told; }, std::chrono::milliseconds(150));
        askToStop();
        reactor.run();
        CPPUNIT_ASSERT_EQUAL(1, _told);
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(150));
    }

    void anIdleReactorBeats()
    {
        _host.context.watchdog_ms = 100;
        cm::ChildReactor* running = nullptr;
        cm::ChildReactor reactor(cm::Child(&_host.context), [&] { running->stop(); });
        running = &reactor;
        std::thread stopping([&] {
            const bool beaten = eventually([&] { return _host.beats > 5; });
            (void)::eventfd_write(_stop, 1);
            if (!beaten) _host.beats = -1;
        });
        reactor.run();
        stopping.join();
        CPPUNIT_ASSERT(_host.beats > 5);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReactorTest);
