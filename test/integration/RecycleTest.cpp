/// Goal: a child that has reached a limit of its life is replaced gracefully: its replacement serves before
/// it drains, one at a time, and without touching the restart limits. Method: actors that count and eat on
/// command; every status on the way is held against the rules.
#include "HostFixture.h"

#include <algorithm>

namespace {

using namespace clustermanager::integration;

class RecycleTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(RecycleTest);
    CPPUNIT_TEST(maxLifetimeReplacesAllOneByOne);
    CPPUNIT_TEST(maxRequestsReplacesWhoHasServedThem);
    CPPUNIT_TEST(maxMemoryReplacesWhoHasGrown);
    CPPUNIT_TEST(aChildThatAsksIsReplaced);
    CPPUNIT_TEST(whoAsksAgainAndAgainServesForMinUptimeEachTime);
    CPPUNIT_TEST_SUITE_END();

    static constexpr unsigned kCount = 3;

    /// A single restart after a failure would be the last.
    void mortals()
    {
        actors(kCount);
        set("cluster.maxRestarts", "1");
        set("cluster.minUptimeMs", "1");
        set("plugin.actor.exclusive", path("files"));
        descriptorsMayGrow();
    }

    static bool standsIn(const ChildView& child) { return child.json->getValue<bool>("standsIn"); }

    /// Nobody is missed: there are as many that serve as are wanted, and one at most is on its way.
    static void check(const StatusView& view)
    {
        std::size_t away = 0;
        for (const ChildView& child : view.children())
        {
            if (!standsIn(child) && child.state != "ready") ++away;
            CPPUNIT_ASSERT_MESSAGE(view.text(), child.state != "backoff" && child.state != "failed");
        }
        CPPUNIT_ASSERT_MESSAGE(view.text(), view.countOf("ready") >= kCount);
        CPPUNIT_ASSERT_MESSAGE(view.text(), away <= 1);
        CPPUNIT_ASSERT_MESSAGE(view.text(), view.children().size() <= kCount + 1);
    }

    StatusView waitChecked(const std::function<bool(const StatusView&)>& holds, const std::string& wish,
                           Millis patience = Millis(30'000))
    {
        std::string last;
        const bool came = waitFor(
            [&] {
                const StatusView view = status();
                check(view);
                last = view.text();
                return holds(view);
            },
            patience);
        CPPUNIT_ASSERT_MESSAGE(wish + ", but: " + last + "\n" + output(), came);
        return StatusView(last);
    }

    StatusView waitRecycled(int id, unsigned restarts, Millis patience = Millis(30'000))
    {
        return waitChecked(
            [&](const StatusView& s) {
                const ChildView child = s.child(id);
                return child.restarts >= restarts && child.state == "ready" && s.children().size() == kCount;
            },
            "child " + std::to_string(id) + " should be recycled", patience);
    }

public:
    void tearDown() override
    {
        const std::string doubles = readFile(path("files/doubles"));
        HostFixture::tearDown();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("two processes had one id", std::string(), doubles);
    }

    void maxLifetimeReplacesAllOneByOne()
    {
        mortals();
        constexpr int kLifetime = 500;
        set("cluster.maxLifetimeMs", std::to_string(kLifetime));
        startReady();
        const StatusView view = waitChecked(
            [](const StatusView& s) {
                return std::all_of(s.children().begin(), s.children().end(), [](const ChildView& child) {
                    return standsIn(child) || child.restarts >= 2;
                });
            },
            "all should be replaced twice");
        for (const ChildView& child : view.children())
        {
            if (standsIn(child)) continue;
            CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), child.lastExit());
            // At most a tenth before its time.
            const int lived = child.json->getObject("lastExit")->getValue<int>("uptimeMs");
            CPPUNIT_ASSERT_MESSAGE(view.text(), lived >= kLifetime * 9 / 10);
        }
        CPPUNIT_ASSERT(output().find("is to be recycled: it has lived for ") != std::string::npos);
    }

    void maxRequestsReplacesWhoHasServedThem()
    {
        mortals();
        set("cluster.maxRequests", "100");
        const StatusView before = startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(2).ask("count 89"));  // less than the least limit
        for (unsigned round = 1; round <= 3; ++round)
        {
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("count 60"));
            probe(1).ask("count 40");
            waitRecycled(1, round);
            CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), status().child(1).lastExit());
        }
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
        CPPUNIT_ASSERT_EQUAL(before.child(3).pid, status().child(3).pid);
        waitOutput("child 1 is to be recycled: it has served 100 requests");
    }

    void maxMemoryReplacesWhoHasGrown()
    {
        mortals();
        set("cluster.maxMemory", "200M");
        const StatusView before = startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(3).ask("eat 300000000"));
        waitRecycled(3, 1);
        CPPUNIT_ASSERT_EQUAL(before.child(1).pid, status().child(1).pid);
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), status().child(3).lastExit());
        CPPUNIT_ASSERT(output().find("child 3 is to be recycled: it uses ") != std::string::npos);
        CPPUNIT_ASSERT(output().find(", more than maxMemory ") != std::string::npos);
    }

    void aChildThatAsksIsReplaced()
    {
        mortals();
        startReady();
        for (unsigned round = 1; round <= 3; ++round)
            for (int id = 1; id <= static_cast<int>(kCount); ++id)
            {
                probe(id).ask("recycle");
                waitRecycled(id, round);
            }
    }

    void whoAsksAgainAndAgainServesForMinUptimeEachTime()
    {
        mortals();
        set("cluster.minUptimeMs", "100");
        startReady();
        for (unsigned round = 1; round <= 4; ++round)
        {
            probe(1).ask("recycle");
            const ChildView next = waitRecycled(1, round).child(1);
            CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), next.lastExit());
            // It had served for longer than it takes to be asked.
            CPPUNIT_ASSERT(next.json->getObject("lastExit")->getValue<int>("uptimeMs") >= 100);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RecycleTest);

}  // namespace
