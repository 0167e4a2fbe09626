/// Goal: a lack of memory ends the streams there are, and neither the thread nor its way to be stopped.
/// Method: feeds and a source that throw at given moments.
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <sys/socket.h>

#include <future>
#include <new>

#include "control/StreamLoop.h"

namespace clustermanager::control::test {

namespace {

struct Counts
{
    int begun = 0;
    int ended = 0;
    int refreshed = 0;
};

/// Its first look at the news fails.
class PoorSource final : public FeedSource
{
public:
    explicit PoorSource(Counts& counts) : _counts(counts) {}
    void begin(int) override { ++_counts.begun; }
    void end() override { ++_counts.ended; }
    void refresh() override
    {
        if (++_counts.refreshed == 1) throw std::bad_alloc();
    }

private:
    Counts& _counts;
};

class PoorFeed : public Feed
{
public:
    void next(std::string&) override { throw std::bad_alloc(); }
    void taken(std::size_t) override {}
    bool over() const override { return false; }
    void beat() override {}
    void end(const std::string&) override {}
};

/// Holds the thread until it is let go.
class HoldingFeed final : public PoorFeed
{
public:
    void next(std::string&) override
    {
        reached.set_value();
        go.get_future().wait();
    }

    std::promise<void> reached;
    std::promise<void> go;
};

struct Pair
{
    FileDescriptor ours;
    FileDescriptor loops;

    Pair()
    {
        int both[2];
        CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both));
        ours.reset(both[0]);
        loops.reset(both[1]);
    }

    void waitForEnd() const
    {
        pollfd gone = {ours.get(), 0, 0};
        CPPUNIT_ASSERT_EQUAL(1, ::poll(&gone, 1, 20'000));
    }
};

}  // namespace

class StreamLoopTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StreamLoopTest);
    CPPUNIT_TEST(aSourceThatBeganEnds);
    CPPUNIT_TEST(theLastWordsAreHeard);
    CPPUNIT_TEST_SUITE_END();

public:
    void aSourceThatBeganEnds()
    {
        Counts counts;
        {
            StreamLoop loop({}, std::make_unique<PoorSource>(counts));
            for (int i = 0; i < 2; ++i)
            {
                Pair pair;
                loop.add(plainStream(std::move(pair.loops)), std::make_shared<PoorFeed>());
                pair.waitForEnd();
            }
        }
        CPPUNIT_ASSERT_EQUAL(2, counts.begun);
        CPPUNIT_ASSERT_EQUAL(2, counts.ended);
    }

    /// They come with a reader for whom there is no memory.
    void theLastWordsAreHeard()
    {
        StreamLoop::Settings settings;
        settings.mayHang = Millis(20'000);
        StreamLoop loop(settings, nullptr);
        const auto holding = std::make_shared<HoldingFeed>();
        Pair first;
        Pair second;
        loop.add(plainStream(std::move(first.loops)), holding);
        holding->reached.get_future().wait();
        loop.add(plainStream(std::move(second.loops)), std::make_shared<PoorFeed>());
        auto stopped = std::async(std::launch::async, [&] { loop.stop("the test ends"); });
        // The words are there when nobody is taken any more.
        for (bool refused = false; !refused;)
        {
            Pair late;
            loop.add(plainStream(std::move(late.loops)), std::make_shared<PoorFeed>());
            pollfd gone = {late.ours.get(), 0, 0};
            refused = ::poll(&gone, 1, 0) == 1;
        }
        const TimePoint before = Clock::now();
        holding->go.set_value();
        stopped.wait();
        CPPUNIT_ASSERT(Clock::now() - before < Millis(10'000));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StreamLoopTest);

}  // namespace clustermanager::control::test
