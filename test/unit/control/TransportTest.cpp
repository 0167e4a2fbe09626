/// Goal: the control port's end is certain, however late the system lets its threads run.
/// Method: a thread of Poco's server that goes to wait for work is held up on its way there, as on a machine
/// that
///         has too much to do.
#include <Poco/NotificationQueue.h>
#include <cppunit/extensions/HelperMacros.h>
#include <dlfcn.h>
#include <poll.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "unit/control/RunningControl.h"

namespace {

constexpr const char* kWait = "_ZN4Poco17NotificationQueue23waitDequeueNotificationEl";

std::atomic<bool> waitsLate{false};

}  // namespace

/// In this program in place of Poco::NotificationQueue::waitDequeueNotification(long).
extern "C" Poco::Notification*
waitDequeueLate(Poco::NotificationQueue* queue,
                long milliseconds) __asm__("_ZN4Poco17NotificationQueue23waitDequeueNotificationEl");

Poco::Notification* waitDequeueLate(Poco::NotificationQueue* queue, long milliseconds)
{
    static const auto real = reinterpret_cast<decltype(&waitDequeueLate)>(::dlsym(RTLD_NEXT, kWait));
    constexpr int kLateMs = 200;
    if (waitsLate) (void)::poll(nullptr, 0, kLateMs);
    return real(queue, milliseconds);
}

namespace clustermanager::control::test {

class TransportTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TransportTest);
    CPPUNIT_TEST(endsThoughItsThreadsAreHeldUp);
    CPPUNIT_TEST_SUITE_END();

public:
    void tearDown() override { waitsLate = false; }

    void endsThoughItsThreadsAreHeldUp()
    {
        auto control = std::make_shared<RunningControl>();
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control->ask("GET", "/")));
        waitsLate = true;
        std::packaged_task<void()> stop([control] { control->server.stop(); });
        std::future<void> stopped = stop.get_future();
        std::thread stopper(std::move(stop));
        const bool inTime = stopped.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
        if (inTime)
            stopper.join();
        else
            stopper.detach();  // with the control port, which it has for itself
        CPPUNIT_ASSERT(inTime);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TransportTest);

}  // namespace clustermanager::control::test
