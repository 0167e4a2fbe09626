/// Goal: groups start after those they need and stop before them, one that fails ends the host only where it
/// was told to, and a roll takes as many at a time as the group allows.
/// Method: actors whose start waits for a file, so that every step stands still while it is looked at.
#include "HostFixture.h"

#include <algorithm>

namespace {

using namespace clustermanager::integration;

class GroupPolicyTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(GroupPolicyTest);
    CPPUNIT_TEST(aGroupWaitsForTheOneItNeeds);
    CPPUNIT_TEST(groupsStopInReverseOrder);
    CPPUNIT_TEST(aGroupThatFailedLeavesTheOthersAlone);
    CPPUNIT_TEST(aGroupThatFailedEndsTheHostInOrder);
    CPPUNIT_TEST(rollsWithSurge);
    CPPUNIT_TEST(rollsWithoutSurge);
    CPPUNIT_TEST(rollsWithBoth);
    CPPUNIT_TEST_SUITE_END();

    /// Another group of actors.
    void group(const std::string& name, unsigned count)
    {
        set("plugin." + name + ".path", testPlugin("actor"));
        set("plugin." + name + ".count", std::to_string(count));
        set("plugin." + name + ".marks", path("marks"));
    }

    static std::string stateOf(const StatusView& view, const std::string& group)
    {
        return view.group(group)->getValue<std::string>("state");
    }

    static std::size_t countIn(const StatusView& view, const std::string& group, const std::string& state)
    {
        const auto& all = view.children();
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const ChildView& child) {
            return child.group == group && child.state == state;
        }));
    }

    // --- rolls ---

    /// A group of four whose later processes are ready when the file "gate" exists.
    void rolling(unsigned surge, unsigned unavailable)
    {
        group("web", 4);
        set("plugin.web.maxSurge", std::to_string(surge));
        set("plugin.web.maxUnavailable", std::to_string(unavailable));
        set("plugin.web.start", "late");
        set("plugin.web.startIf", path("later"));
        set("plugin.web.gate", path("gate"));
        descriptorsMayGrow();
        startReady();
        writeFile(path("later"), "");
    }

    static std::size_t standIns(const StatusView& view)
    {
        const auto& all = view.children();
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const ChildView& child) {
            return child.json->getValue<bool>("standsIn");
        }));
    }

    /// What has to hold in every picture of a roll.
    static void check(const StatusView& view, unsigned surge, unsigned unavailable)
    {
        CPPUNIT_ASSERT_MESSAGE(view.text(), standIns(view) <= surge);
        CPPUNIT_ASSERT_MESSAGE(view.text(), view.countOf("ready") + unavailable >= 4);
    }

    /// Reloads; stands still with so many that start and so many that serve; then lets it go on to its end.
    void roll(unsigned surge, unsigned unavailable, std::size_t starting, std::size_t serving)
    {
        rolling(surge, unavailable);
        CPPUNIT_ASSERT_EQUAL(202, control("/groups/web/reload", "POST").status);
        waitStatus(
            [&](const StatusView& s) {
                check(s, surge, unavailable);
                return countIn(s, "web", "starting") == starting && countIn(s, "web", "ready") == serving;
            },
            "the roll should stand still with " + std::to_string(starting) + " that start");
        writeFile(path("gate"), "");
        waitStatus(
            [&](const StatusView& s) {
                check(s, surge, unavailable);
                const auto& all = s.children();
                return all.size() == 4 && std::all_of(all.begin(), all.end(), [](const ChildView& child) {
                           return child.state == "ready" && child.json->getValue<int>("generation") == 2;
                       });
            },
            "all should serve in the new generation");
    }

public:
    void aGroupWaitsForTheOneItNeeds()
    {
        group("base", 2);
        group("web", 2);
        set("plugin.web.after", "base");
        set("plugin.base.start", "late");
        set("plugin.base.gate", path("gate"));
        start();
        waitStatus([](const StatusView& s) { return countIn(s, "base", "starting") == 2; },
                   "base should start");
        CPPUNIT_ASSERT_EQUAL(std::string("waiting"), stateOf(status(), "web"));
        // Each is there a moment before its first statement.
        CPPUNIT_ASSERT(waitFor([&] { return linesOf(readFile(path("marks"))).size() == 2; }));
        CPPUNIT_ASSERT_EQUAL(std::string("waiting"), stateOf(status(), "web"));
        writeFile(path("gate"), "");
        const StatusView view = waitReady();
        CPPUNIT_ASSERT_EQUAL(std::string("running"), stateOf(view, "web"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(4), linesOf(readFile(path("marks"))).size());
    }

    void groupsStopInReverseOrder()
    {
        group("base", 1);
        group("web", 1);
        group("top", 1);
        set("plugin.web.after", "base");
        set("plugin.top.after", "web");
        set("plugin.top.stop", "ignore");
        set("plugin.web.stop", "ignore");
        set("cluster.shutdownTimeoutMs", "300");
        allowProblem("child ");
        startReady();
        CPPUNIT_ASSERT_EQUAL(0, stop());
        // Who is slow to stop would be the last, had the others not waited for it.
        const std::string words = output();
        const std::size_t top = words.find("(top): did not exit");
        const std::size_t web = words.find("(web): did not exit");
        const std::size_t base = words.find("(base): asked to exit");
        CPPUNIT_ASSERT_MESSAGE(words, top < web && web < base && base != std::string::npos);
    }

    void aGroupThatFailedLeavesTheOthersAlone()
    {
        group("good", 2);
        group("bad", 1);
        set("plugin.bad.start", "return3");
        set("plugin.bad.maxRestarts", "2");
        set("cluster.backoffMinMs", "1");
        expectProblem("(bad): failed: gave up after 2 restarts");
        start();
        waitStatus([](const StatusView& s) { return countIn(s, "bad", "failed") == 1; }, "bad should fail");
        waitStatus([](const StatusView& s) { return countIn(s, "good", "ready") == 2; }, "good should serve");
        CPPUNIT_ASSERT_EQUAL(std::string("running"), stateOf(status(), "bad"));
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void aGroupThatFailedEndsTheHostInOrder()
    {
        group("good", 2);
        group("bad", 1);
        set("plugin.bad.start", "return3");
        set("plugin.bad.startIf", path("trouble"));
        set("plugin.bad.maxRestarts", "2");
        set("plugin.bad.onGiveUp", "exit");
        set("cluster.backoffMinMs", "1");
        expectProblem("(bad): failed: gave up after 2 restarts");
        expectProblem("the host stops: child ");
        allowProblem("(bad)");
        exitCodeMayBe(70);
        const StatusView view = startReady();
        writeFile(path("trouble"), "");
        for (const ChildView& child : view.children())
            if (child.group == "bad") signalChild(child.id);
        CPPUNIT_ASSERT_EQUAL(70, waitForExit());
        CPPUNIT_ASSERT_MESSAGE(output(), output().find("(good): asked to exit") != std::string::npos);
    }

    /// First both stand-ins; nobody that serves is asked before they do.
    void rollsWithSurge() { roll(2, 0, 2, 4); }

    void rollsWithoutSurge() { roll(0, 2, 2, 2); }

    /// The stand-in first, here too.
    void rollsWithBoth() { roll(1, 1, 1, 4); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GroupPolicyTest);

}  // namespace
