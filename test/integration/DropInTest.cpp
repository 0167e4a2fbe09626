/// Goal: a plugin put into the watched folder starts a group, a replaced one is reloaded once, a removed one
/// stops, and the file beside it that configures it likewise; nothing else is touched by it.
/// Method: real files, put there in every way there is; that nothing more follows is known when what was
/// dropped later has had its effect.
#include "DropInFixture.h"

#include <chrono>
#include <filesystem>

namespace {

using namespace clustermanager::integration;

class DropInTest : public DropInFixture
{
    CPPUNIT_TEST_SUITE(DropInTest);
    CPPUNIT_TEST(aPluginThatIsCopiedMovedOrLinkedStartsAGroup);
    CPPUNIT_TEST(oneThatIsReplacedIsReloadedOnce);
    CPPUNIT_TEST(oneThatIsRemovedStops);
    CPPUNIT_TEST(oneThatHasASectionCanBeRemovedAndComeBack);
    CPPUNIT_TEST(oneThatComesBackWaitsForTheOneThatStillDrains);
    CPPUNIT_TEST(oneThatIsRemovedWhileItIsReloadedStops);
    CPPUNIT_TEST(theLastOneMayGo);
    CPPUNIT_TEST(aStoppedGroupTakesUpWhatIsDropped);
    CPPUNIT_TEST(theFileBesideItConfiguresIt);
    CPPUNIT_TEST(theFileBesideItMayBeAnIni);
    CPPUNIT_TEST(aWrongFileBesideItChangesNothing);
    CPPUNIT_TEST(hundredReplacementsEndInTheLast);
    CPPUNIT_TEST(aFolderThatGoesAndComesBackStopsNothing);
    CPPUNIT_TEST(aFolderThatIsGoneIsNotAnEmptyOne);
    CPPUNIT_TEST(aFolderThatAppearsLaterIsWatched);
    CPPUNIT_TEST(isNotWatchedWhereThatIsNotWanted);
    CPPUNIT_TEST_SUITE_END();

    std::vector<pid_t> firstPids() const { return status().pidsOf("first"); }

    void checkFirstUntouched(const std::vector<pid_t>& before) const
    {
        CPPUNIT_ASSERT(before == firstPids());
        CPPUNIT_ASSERT_EQUAL(1u, status().generation("first"));
    }

    ChildView childOf(const std::string& group) const
    {
        const StatusView now = status();
        for (const ChildView& child : now.children())
            if (child.group == group) return child;
        throw std::runtime_error("no child of " + group);
    }

    void waitCount(const std::string& group, unsigned count)
    {
        waitStatus(
            [&](const StatusView& s) {
                return s.hasGroup(group) && s.pidsOf(group).size() == count && s.phase(group).empty() &&
                       s.allReady();
            },
            group + " should have " + std::to_string(count) + " children");
    }

public:
    void aPluginThatIsCopiedMovedOrLinkedStartsAGroup()
    {
        descriptorsMayGrow();
        startReady();
        const auto before = firstPids();
        copyIn("actor", "copied.so");
        moveIn("actor", "moved.so");
        linkIn(testPlugin("actor"), "linked.so");
        std::filesystem::create_hard_link(testPlugin("overseer"), dropped("hard.so"));
        for (const char* name : {"copied", "moved", "linked", "hard"}) waitGroup(name);
        settle();
        for (const char* name : {"copied", "moved", "linked", "hard"})
        {
            CPPUNIT_ASSERT_EQUAL(0u, reloadsOf(name));
            CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(1), status().pidsOf(name).size());
        }
        checkFirstUntouched(before);
    }

    void oneThatIsReplacedIsReloadedOnce()
    {
        writeFile(dropped("second.properties"), sideText(1));
        linkIn(testPlugin("actor"), "second.so");
        startReady();
        const auto before = firstPids();
        const std::function<void()> ways[] = {
            [this] { linkIn(path("files/actor_v2.so"), "second.so"); },  // the link leads elsewhere
            [this] { moveIn("actor", "second.so"); },
            [this] { copyIn("actor_v2", "second.so"); },
            [this] {
                remove("second.so");
                copyIn("actor", "second.so");
            },
        };
        testPlugin("actor_v2");
        unsigned reloads = 0;
        for (const auto& replace : ways)
        {
            replace();
            ++reloads;
            waitGroup("second", reloads % 2 == 1 ? "2.0.0" : "1.2.3");
            CPPUNIT_ASSERT_EQUAL(reloads, reloadsOf("second"));
            CPPUNIT_ASSERT_EQUAL(std::string("3"), std::to_string(childOf("second").id));
        }
        checkFirstUntouched(before);
        // Neither a look at it nor another mode is a replacement.
        readFile(dropped("second.so"));
        std::filesystem::permissions(dropped("second.so"), std::filesystem::perms(0500));
        settle();
        CPPUNIT_ASSERT_EQUAL(reloads, reloadsOf("second"));
    }

    void oneThatIsRemovedStops()
    {
        writeFile(dropped("second.properties"), sideText(2) + "handlers = " + path("handlers") + "\n");
        moveIn("actor", "second.so");
        startReady();
        const auto before = firstPids();
        const auto gone = status().pidsOf("second");
        remove("second.so");
        waitNoGroup("second");
        for (const pid_t pid : gone) CPPUNIT_ASSERT(!alive(pid));
        CPPUNIT_ASSERT_MESSAGE("it stopped gracefully", exists(path("handlers")));
        checkFirstUntouched(before);
        CPPUNIT_ASSERT_EQUAL(404, control("/groups/second").status);
        CPPUNIT_ASSERT(waitFor([this] { return spawners().size() == 1; }));
        allowProblem("the second handler fails");
    }

    /// What the configuration says of a plugin that is not there is no reason to keep it running.
    void oneThatHasASectionCanBeRemovedAndComeBack()
    {
        moveIn("actor", "second.so");
        set("plugin.second.count", "2");
        set("plugin.second.probe", path("probe"));
        startReady();
        const auto before = firstPids();
        remove("second.so");
        waitNoGroup("second");
        waitOutput("plugin.second");
        moveIn("actor_v2", "second.so");
        waitGroup("second", "2.0.0");
        waitCount("second", 2);
        checkFirstUntouched(before);
    }

    void oneThatComesBackWaitsForTheOneThatStillDrains()
    {
        descriptorsMayGrow();  // more children
        writeFile(dropped("second.properties"), sideText(1) + "stop = ignore\nshutdownTimeoutMs = 1m\n");
        moveIn("actor", "second.so");
        startReady();
        const ChildView old = childOf("second");
        remove("second.so");
        waitStatus(
            [](const StatusView& s) {
                return s.group("second")->getValue<std::string>("state") == "removed";
            },
            "second should be on its way out");
        writeFile(dropped("second.properties"), sideText(1));
        moveIn("actor_v2", "second.so");

        // What is said of the group means the new one.
        const auto group = [this] { return parseObject(control("/groups/second").body); };
        CPPUNIT_ASSERT(waitFor([&] { return group()->getValue<std::string>("state") == "waiting"; }));
        CPPUNIT_ASSERT_EQUAL(std::string("waits until the removed group of that name has ended"),
                             group()->getValue<std::string>("reason"));
        const HttpAnswer ready = control("/readyz");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(ready.body, 503, ready.status);
        CPPUNIT_ASSERT_EQUAL(409, post("/groups/second/reload?wait=10s").status);
        CPPUNIT_ASSERT_EQUAL(202, post("/groups/second/scale/2").status);
        settle();
        CPPUNIT_ASSERT(alive(old.pid));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, status().countOf("ready") + status().countOf("stopping"));

        ::kill(old.pid, SIGKILL);
        waitGroup("second", "2.0.0");
        waitCount("second", 2);
        CPPUNIT_ASSERT(!alive(old.pid));
        CPPUNIT_ASSERT_EQUAL(200, control("/readyz").status);
    }

    void oneThatIsRemovedWhileItIsReloadedStops()
    {
        writeFile(dropped("second.properties"), sideText(2) + "start = late\nstartIf = " + path("slow") +
                                                    "\ngate = " + path("gate") + "\n");
        moveIn("actor", "second.so");
        startReady();
        writeFile(path("slow"), "");
        moveIn("actor_v2", "second.so");
        waitStatus([](const StatusView& s) { return s.phase("second") == "surging"; }, "second: surging");
        remove("second.so");
        waitNoGroup("second");
        CPPUNIT_ASSERT(waitFor([this] { return spawners().size() == 1; }));
    }

    void theLastOneMayGo()
    {
        startReady();
        remove("first.so");
        waitNoGroup("first");
        const StatusView nobody = status();
        CPPUNIT_ASSERT(nobody.children().empty());
        moveIn("actor_v2", "first.so");
        waitGroup("first", "2.0.0");
        waitCount("first", 2);
    }

    void aStoppedGroupTakesUpWhatIsDropped()
    {
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/first/stop?wait=10s").status);
        moveIn("actor_v2", "first.so");
        waitStatus([](const StatusView& s) { return s.version("first") == "2.0.0"; },
                   "the stopped group should have the new plugin");
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(2), status().countOf("stopped"));
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/first/start?wait=10s").status);
        waitGroup("first", "2.0.0");
    }

    void theFileBesideItConfiguresIt()
    {
        descriptorsMayGrow();
        startReady();
        const auto before = firstPids();
        // Its configuration first, as whoever wants it configured from the start does.
        writeFile(dropped("second.properties"), sideText(3) + "greeting = hi\n");
        moveIn("actor", "second.so");
        waitCount("second", 3);
        const auto second = status().pidsOf("second");
        CPPUNIT_ASSERT_EQUAL(std::string("hi"), probe(3).ask("config greeting"));

        // The number of children alone: at once, and no process is replaced.
        writeFile(dropped("second.properties"), sideText(2) + "greeting = hi\n");
        waitCount("second", 2);
        CPPUNIT_ASSERT_EQUAL(second.front(), status().pidsOf("second").front());
        CPPUNIT_ASSERT_EQUAL(0u, reloadsOf("second"));

        // What a child reads when it starts.
        writeFile(dropped("second.properties"), sideText(2) + "greeting = good day\n");
        waitStatus(
            [](const StatusView& s) {
                return s.generation("second") == 3 && s.phase("second").empty() && s.allReady();
            },
            "second should be of another generation");
        CPPUNIT_ASSERT_EQUAL(std::string("good day"), probe(3).ask("config greeting"));

        remove("second.properties");
        waitCount("second", 1);
        settle();
        CPPUNIT_ASSERT_EQUAL(2u, reloadsOf("second"));
        checkFirstUntouched(before);
    }

    void theFileBesideItMayBeAnIni()
    {
        descriptorsMayGrow();
        startReady();
        writeFile(dropped("second.ini"), sideText(2));
        moveIn("actor", "second.so");
        waitCount("second", 2);
        // Two files for one plugin: whichever is meant, it is not to be guessed.
        expectProblem("second.properties");
        writeFile(dropped("second.properties"), sideText(4));
        waitOutput("keep one of the two files");
        waitCount("second", 2);
        remove("second.ini");
        waitCount("second", 4);
    }

    void aWrongFileBesideItChangesNothing()
    {
        startReady();
        const auto before = firstPids();
        expectProblem("first.properties:4: plugin.first.count");
        writeFile(dropped("first.properties"), "# one\n# two\n\ncount = many\n");
        waitOutput("first.properties:4: plugin.first.count");
        checkFirstUntouched(before);
        expectProblem("first.properties:1: cluster.count");
        writeFile(dropped("first.properties"), "cluster.count = 3\n");
        waitOutput("does not belong in a file beside a plugin");
        checkFirstUntouched(before);
        writeFile(dropped("first.properties"), sideText(3));
        waitCount("first", 3);
        descriptorsMayGrow();
    }

    void hundredReplacementsEndInTheLast()
    {
        startReady();
        const auto begun = std::chrono::steady_clock::now();
        const std::string one = readFile(testPlugin("actor"));
        const std::string two = readFile(testPlugin("actor_v2"));
        for (int i = 1; i <= 100; ++i)
        {
            if (i % 3 == 0)
                writeFile(dropped("first.so"), i % 2 == 0 ? two : one);
            else
                moveIn(i % 2 == 0 ? "actor_v2" : "actor", "first.so");
        }
        waitGroup("first", "2.0.0");
        const StatusView after = settle();
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), after.version("first"));
        CPPUNIT_ASSERT_EQUAL(std::string(), after.failedReload("first"));
        const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
        // At most one for each settle time that went by.
        CPPUNIT_ASSERT(reloadsOf("first") <= static_cast<unsigned>(took.count() / 300));
        CPPUNIT_ASSERT(after.allReady());
    }

    void aFolderThatGoesAndComesBackStopsNothing()
    {
        startReady();
        const auto before = firstPids();
        std::filesystem::rename(path("plugins"), path("away"));
        waitOutput("was moved away");
        checkFirstUntouched(before);
        std::filesystem::rename(path("away"), path("plugins"));
        settle();
        checkFirstUntouched(before);
        moveIn("actor_v2", "first.so");
        waitGroup("first", "2.0.0");
    }

    /// Also where nobody has written down that there is one.
    void aFolderThatIsGoneIsNotAnEmptyOne()
    {
        for (const bool written : {false, true})
        {
            renew();
            if (!written) unset("cluster.plugins");
            startReady();
            const auto before = firstPids();
            std::filesystem::rename(path("plugins"), path("away"));
            expectProblem("the folder '" + path("plugins") + "'");
            const HttpAnswer answer = post("/config/reload");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 422, answer.status);
            CPPUNIT_ASSERT_MESSAGE(answer.body, answer.body.find(path("plugins")) != std::string::npos);
            checkFirstUntouched(before);
            std::filesystem::rename(path("away"), path("plugins"));
            CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
            checkFirstUntouched(before);
        }
    }

    void aFolderThatAppearsLaterIsWatched()
    {
        descriptorsMayGrow();
        std::filesystem::remove_all(path("plugins"));
        unset("cluster.plugins");
        set("plugin.first.path", testPlugin("actor"));
        startReady();
        std::filesystem::create_directory(path("plugins"));
        moveIn("overseer", "second.so");
        waitGroup("second");
        CPPUNIT_ASSERT(status().hasGroup("first"));
    }

    /// Then it is asked for.
    void isNotWatchedWhereThatIsNotWanted()
    {
        set("cluster.pluginsWatch", "false");
        descriptorsMayGrow();
        startReady();
        moveIn("actor_v2", "first.so");
        moveIn("actor", "second.so");
        CPPUNIT_ASSERT_EQUAL(std::string("1.2.3"), status().version("first"));
        host().signal(SIGHUP);
        waitGroup("first", "2.0.0");
        waitGroup("second");
        remove("second.so");
        const HttpAnswer answer = post("/config/reload?wait=10s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
        CPPUNIT_ASSERT_MESSAGE(answer.body, answer.body.find("group second: removed") != std::string::npos);
        waitNoGroup("second");
        // From now on it is.
        set("cluster.pluginsWatch", "true");
        writeConfig();
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        moveIn("actor", "third.so");
        waitGroup("third");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DropInTest);

}  // namespace
