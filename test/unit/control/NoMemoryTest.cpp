/// Goal: where there is no memory for a request, that request is lost, and nothing else: no other one, no
/// thread, no way to stop.
/// Method: in the midst of a request one of its allocations fails, the first in one run, the second in the
/// next; each time the client must see an end of it, and the next one an answer.
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>

#include <Poco/Thread.h>

#include <cstdlib>

#include "fakes/ScarceMemory.h"
#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

using clustermanager::test::ScarceMemory;

class NoMemoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(NoMemoryTest);
    CPPUNIT_TEST(anyAllocationOfTheGateMayFail);
    CPPUNIT_TEST(anyAllocationOfARequestMayFail);
    CPPUNIT_TEST(anyAllocationOfAStreamMayFail);
    CPPUNIT_TEST(aThreadThatEndsSoIsReplaced);
    CPPUNIT_TEST(thePortStops);
    CPPUNIT_TEST_SUITE_END();

    static constexpr std::size_t kAllocationsMax = 5'000;

    static bool hasNews(const RawClient& client, int patienceMs)
    {
        pollfd news = {client.descriptor(), POLLIN, 0};
        return ::poll(&news, 1, patienceMs) == 1;
    }

    static void assertServes(const RunningControl& control)
    {
        CPPUNIT_ASSERT_EQUAL(
            200, statusOf(exchange(control.toSocket(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/")));
    }

    static bool inAWorker()
    {
        const Poco::Thread* current = Poco::Thread::current();
        return current != nullptr && current->getName().rfind("TCPServerConnection", 0) == 0;
    }

    /// Where it was the start of a thread, that one is lost until the port stops, so each run has a port of
    /// its own.
    static void failOneAfterTheOther(const std::string& target)
    {
        const std::size_t step = std::getenv("CM_LONG") != nullptr ? 1 : 7;
        for (std::size_t after = 0; after < kAllocationsMax; after += step)
        {
            const RunningControl control;
            assertServes(control);
            {
                const ScarceMemory scarce(after);
                RawClient client = control.toSocket();
                (void)client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
                for (int i = 0; i < 60 && !ScarceMemory::hasFailed() && !hasNews(client, 300); ++i)
                {}
                // Where it was the start of a thread, the answer comes with the next request.
                if (!hasNews(client, 300)) assertServes(control);
                CPPUNIT_ASSERT(hasNews(client, 20'000));
                if (!ScarceMemory::hasFailed()) return;
            }
            assertServes(control);
        }
        CPPUNIT_FAIL("there is no end of its allocations");
    }

public:
    /// A request that is refused before any of it is Poco's.
    void anyAllocationOfTheGateMayFail()
    {
        const RunningControl control;
        bool failed = true;
        for (std::size_t after = 0; failed; ++after)
        {
            CPPUNIT_ASSERT(after < kAllocationsMax);
            {
                const ScarceMemory scarce(after);
                for (const bool overTcp : {false, true})
                {
                    RawClient client = overTcp ? control.toTcp() : control.toSocket();
                    (void)client.send("GET /\x01nonsense HTTP/1.1\r\n\r\n");
                    client.finishSending();
                    (void)client.readAll();
                }
                failed = ScarceMemory::hasFailed();
            }
            assertServes(control);
        }
    }

    void anyAllocationOfARequestMayFail() { failOneAfterTheOther("/"); }

    void anyAllocationOfAStreamMayFail() { failOneAfterTheOther("/events"); }

    /// As often as it has threads, and once more.
    void aThreadThatEndsSoIsReplaced()
    {
        const RunningControl control;
        const int threads = ControlOptions{}.socketThreads;
        bool failed = true;
        int failures = 0;
        for (std::size_t after = 0; failed && after < 30; ++after)
            for (int i = 0; i <= threads; ++i)
            {
                assertServes(control);
                const ScarceMemory scarce(after, &inAWorker);
                (void)exchange(control.toSocket(), "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n");
                failed = ScarceMemory::hasFailed();
                failures += failed ? 1 : 0;
            }
        CPPUNIT_ASSERT(failures > threads);
        assertServes(control);
    }

    void thePortStops()
    {
        for (const std::size_t after : {0, 14})
        {
            RunningControl control;
            assertServes(control);
            RawClient waiting = control.toSocket();
            (void)waiting.send("GET /");
            const ScarceMemory scarce(after);
            control.server.stop();
            (void)waiting.readAll();
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NoMemoryTest);

}  // namespace clustermanager::control::test
