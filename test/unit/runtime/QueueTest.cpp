/// Goal: what other threads hand to the loop is bounded, wakes it, and every command is answered, also by a
/// host that is going down.
/// Method: real threads; the test is the loop.
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>

#include <future>
#include <thread>

#include "runtime/CommandQueue.h"
#include "runtime/WakingQueue.h"

namespace clustermanager::runtime::test {

using namespace std::chrono_literals;
using Outcome = core::CommandReply::Outcome;

namespace {

bool readable(int fd, int patienceMs = 0)
{
    pollfd watched = {fd, POLLIN, 0};
    return ::poll(&watched, 1, patienceMs) == 1;
}

constexpr int kPatienceMs = 30'000;

}  // namespace

class QueueTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(QueueTest);
    CPPUNIT_TEST(givesInOrderAndWakes);
    CPPUNIT_TEST(takesNothingBeyondItsBound);
    CPPUNIT_TEST(losesNothingOfManyWriters);
    CPPUNIT_TEST(commandIsAnsweredByTheLoop);
    CPPUNIT_TEST(commandsBeyondTheBoundAreRefused);
    CPPUNIT_TEST(commandTimesOut);
    CPPUNIT_TEST(closeAnswersThoseThatWaitAndThoseThatCome);
    CPPUNIT_TEST_SUITE_END();

    void givesInOrderAndWakes()
    {
        WakingQueue<int> queue(8);
        CPPUNIT_ASSERT(!readable(queue.wakeFd()));
        CPPUNIT_ASSERT(queue.push(1) && queue.push(2));
        CPPUNIT_ASSERT(readable(queue.wakeFd()));
        CPPUNIT_ASSERT_EQUAL(1, *queue.take());
        CPPUNIT_ASSERT_EQUAL(2, *queue.take());
        CPPUNIT_ASSERT(!queue.take().has_value());
        CPPUNIT_ASSERT(!readable(queue.wakeFd()));
    }

    void takesNothingBeyondItsBound()
    {
        WakingQueue<std::string> queue(2);
        CPPUNIT_ASSERT(queue.push("a") && queue.push("b"));
        std::string third = "c";
        CPPUNIT_ASSERT(!queue.push(std::move(third)));
        CPPUNIT_ASSERT_EQUAL(std::string("a"), *queue.take());
        CPPUNIT_ASSERT(queue.push("d"));
        CPPUNIT_ASSERT_EQUAL(std::string("b"), *queue.take());
        CPPUNIT_ASSERT_EQUAL(std::string("d"), *queue.take());
    }

    void losesNothingOfManyWriters()
    {
        constexpr int kEach = 2'000;
        WakingQueue<int> queue(16);
        const auto write = [&] {
            for (int i = 0; i < kEach; ++i)
                while (!queue.push(1)) std::this_thread::yield();
        };
        std::thread first(write);
        std::thread second(write);
        int sum = 0;
        while (sum < 2 * kEach && readable(queue.wakeFd(), kPatienceMs))
            while (const std::optional<int> item = queue.take()) sum += *item;
        first.join();
        second.join();
        CPPUNIT_ASSERT_EQUAL(2 * kEach, sum);
    }

    void commandIsAnsweredByTheLoop()
    {
        CommandQueue queue;
        auto reply = std::async(std::launch::async, [&] {
            return queue.execute(core::ExitCommand{ChildId{7}, ""}, 30s);
        });
        CPPUNIT_ASSERT(readable(queue.wakeFd(), kPatienceMs));
        std::optional<CommandQueue::Entry> entry = queue.take();
        CPPUNIT_ASSERT(entry.has_value());
        core::CommandReply answer;
        answer.children = {*std::get<core::ExitCommand>(entry->command).child};
        entry->reply.set_value(answer);
        const core::CommandReply got = reply.get();
        CPPUNIT_ASSERT(got.outcome == Outcome::Done);
        CPPUNIT_ASSERT(got.children == std::vector<ChildId>{ChildId{7}});
    }

    void commandsBeyondTheBoundAreRefused()
    {
        CommandQueue queue;
        for (std::size_t i = 0; i < CommandQueue::kCommandsMax; ++i)
            CPPUNIT_ASSERT(queue.execute(core::ExitCommand{}, 0ms).outcome == Outcome::TimedOut);
        CPPUNIT_ASSERT(queue.execute(core::ExitCommand{}, 30s).outcome == Outcome::Busy);
        CPPUNIT_ASSERT(queue.take().has_value());
        CPPUNIT_ASSERT(queue.execute(core::ExitCommand{}, 0ms).outcome == Outcome::TimedOut);
    }

    void commandTimesOut()
    {
        CommandQueue queue;
        const TimePoint before = Clock::now();
        CPPUNIT_ASSERT(queue.execute(core::ExitCommand{}, 20ms).outcome == Outcome::TimedOut);
        CPPUNIT_ASSERT(Clock::now() - before >= 20ms);
        // An answer that comes too late finds nobody, and that is all.
        std::optional<CommandQueue::Entry> entry = queue.take();
        CPPUNIT_ASSERT(entry.has_value());
        entry->reply.set_value({});
    }

    void closeAnswersThoseThatWaitAndThoseThatCome()
    {
        CommandQueue queue;
        auto waiting =
            std::async(std::launch::async, [&] { return queue.execute(core::ExitCommand{}, 30s); });
        CPPUNIT_ASSERT(readable(queue.wakeFd(), kPatienceMs));
        queue.close(core::CommandReply::Outcome::Stopping);
        CPPUNIT_ASSERT(waiting.get().outcome == Outcome::Stopping);
        CPPUNIT_ASSERT(queue.execute(core::ExitCommand{}, 30s).outcome == Outcome::Stopping);
        CPPUNIT_ASSERT(!queue.take().has_value());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(QueueTest);

}  // namespace clustermanager::runtime::test
