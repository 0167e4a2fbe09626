/// Goal: run_master with a process of its own has the same API as one in the host, is supervised like a
/// child, and whatever it does ends nothing else; there are never two of one group. Method: the overseer
/// plugin, commanded through its children; it holds a lock while it runs and notes where another process has
/// it.
#include "HostFixture.h"

#include <csignal>
#include <filesystem>
#include <system_error>

namespace {

using namespace clustermanager::integration;

class IsolatedMasterTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(IsolatedMasterTest);
    CPPUNIT_TEST(hasAProcessAndNoChildId);
    CPPUNIT_TEST(exchangesMessagesWithChildren);
    CPPUNIT_TEST(seesTheChildrenAsTheyAre);
    CPPUNIT_TEST(logsToAFileOfItsOwnAtTheLevelInForce);
    CPPUNIT_TEST(itsCrashEndsNothing);
    CPPUNIT_TEST(isStartedAgainHoweverItEnds);
    CPPUNIT_TEST(isDoneWhenItReturnsZero);
    CPPUNIT_TEST(givesUpAloneAndComesBack);
    CPPUNIT_TEST(isKilledWhereItDoesNotStop);
    CPPUNIT_TEST(stopsAndStartsWithItsGroup);
    CPPUNIT_TEST(followsAReload);
    CPPUNIT_TEST(changesPlacesWithoutEverBeingTwo);
    CPPUNIT_TEST(ofAGroupThatComesBackWaitsForTheOneThatGoes);
    CPPUNIT_TEST(isLoadedInItsProcessWithoutPreload);
    CPPUNIT_TEST(outlivesTheSpawner);
    CPPUNIT_TEST(goesOnThroughAnUpgradeOfTheHost);
    CPPUNIT_TEST(doesNotOutliveTheMaster);
    CPPUNIT_TEST(oneThatReadsNothingHurtsNobody);
    CPPUNIT_TEST_SUITE_END();

    void overseer(const std::string& how, unsigned children = 1)
    {
        actors(children, "overseer");
        restartFast();
        set("cluster.runMaster", "isolated");
        set("plugin.overseer.master", how);
        set("plugin.overseer.masterFile", path("notes"));
        set("plugin.overseer.masterLock", path("lock"));
    }

    std::string notes() const { return readFile(path("notes")); }

    StatusView waitMaster(const std::string& state, pid_t except = 0)
    {
        return waitStatus(
            [&](const StatusView& s) {
                return s.masterState("overseer") == state &&
                       (except == 0 || s.masterPid("overseer") != except);
            },
            "run_master should be " + state);
    }

    /// Everything ready, run_master included.
    StatusView startAll()
    {
        startReady();
        return waitMaster("running");
    }

    void tellMaster(const std::string& text)
    {
        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(1).ask("send 0 " + text));
    }

    unsigned masterRestarts() const { return status().runMaster("overseer")->getValue<unsigned>("restarts"); }

public:
    void tearDown() override
    {
        const std::string doubles = readFile(path("lock"));
        HostFixture::tearDown();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("there were two run_master", std::string(), doubles);
    }

    void hasAProcessAndNoChildId()
    {
        overseer("echo", 2);
        set("listen.http", "127.0.0.1:0");
        const StatusView view = startAll();
        const auto master = view.runMaster("overseer");
        const pid_t pid = view.masterPid("overseer");
        CPPUNIT_ASSERT(master->getValue<bool>("isolated"));
        CPPUNIT_ASSERT_EQUAL(spawners().front(), parentOf(pid));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), view.children().size());
        for (const ChildView& child : view.children()) CPPUNIT_ASSERT(child.pid != pid);
        CPPUNIT_ASSERT_EQUAL(std::string("cm-overs-master\n"),
                             readFile("/proc/" + std::to_string(pid) + "/comm"));

        const auto descriptor = [](pid_t process, const std::string& name) {
            std::error_code none;
            return std::filesystem::read_symlink("/proc/" + std::to_string(process) + "/fd/" + name, none)
                .string();
        };
        const std::string listening = descriptor(view.child(1).pid, probe(1).ask("listener http"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), listening.find("socket:"));
        for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
            CPPUNIT_ASSERT(descriptor(pid, entry.path().filename().string()) != listening);

        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(2).ask("send 0 who"));
        const Probe actor = probe(2);
        std::string answer;
        CPPUNIT_ASSERT(waitFor([&] { return (answer = actor.ask("received")) != "(none)"; }));
        CPPUNIT_ASSERT_EQUAL("0:echo " + std::to_string(pid) + " overseer-master (unset) (unset) 0 0\n",
                             answer);
        CPPUNIT_ASSERT_EQUAL(404, control("/children/2147483649").status);
        CPPUNIT_ASSERT_EQUAL(404, control("/children/2147483649/exit", "POST").status);

        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT_EQUAL(std::string("began\nended\n"), notes());
    }

    void exchangesMessagesWithChildren()
    {
        overseer("echo", 3);
        startAll();
        tellMaster("how are you");
        const Probe first = probe(1);
        CPPUNIT_ASSERT(waitFor([&] { return first.ask("received") == "0:echo how are you\n"; }));
        CPPUNIT_ASSERT_EQUAL(std::string("(none)"), probe(2).ask("received"));
        probe(2).ask("send 0 all hands");
        for (int id = 1; id <= 3; ++id)
        {
            const Probe actor = probe(id);
            CPPUNIT_ASSERT(
                waitFor([&] { return actor.ask("received").find("0:hands\n") != std::string::npos; }));
        }
    }

    void seesTheChildrenAsTheyAre()
    {
        overseer("echo", 2);
        allowProblem("child 2");
        startAll();
        const auto waitSeen = [&](const std::string& text) {
            CPPUNIT_ASSERT_MESSAGE(notes(), waitFor([&] {
                                       tellMaster("children");
                                       return notes().find(text) != std::string::npos;
                                   }));
        };
        waitSeen("children 2 1=ready 2=ready\n");
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/overseer/scale/3?wait=10s", "POST").status);
        waitSeen("children 3 1=ready 2=ready 3=ready\n");
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/overseer/scale/1?wait=10s", "POST").status);
        waitSeen("children 1 1=ready\n");
    }

    void logsToAFileOfItsOwnAtTheLevelInForce()
    {
        overseer("echo");
        startAll();
        const auto log = [&] { return readFile(path("log/overseer-master.log")); };
        tellMaster("log");
        tellMaster("children");
        CPPUNIT_ASSERT(waitFor([&] { return notes().find("children") != std::string::npos; }));
        CPPUNIT_ASSERT_EQUAL(std::string(), log());
        const HttpAnswer answer = control("/logLevel/debug?group=overseer");
        CPPUNIT_ASSERT_EQUAL(200, answer.status);
        CPPUNIT_ASSERT_MESSAGE(log(), waitFor([&] {
                                   tellMaster("log");
                                   return log().find("a word of run_master") != std::string::npos;
                               }));
    }

    void itsCrashEndsNothing()
    {
        overseer("echo", 2);
        allowProblem("run_master");
        const StatusView before = startAll();
        const pid_t pid = before.masterPid("overseer");
        tellMaster("crash segv");
        const StatusView after = waitMaster("running", pid);
        CPPUNIT_ASSERT_EQUAL(before.child(1).pid, after.child(1).pid);
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, after.child(2).pid);
        const auto exit = after.runMaster("overseer")->getObject("lastExit");
        CPPUNIT_ASSERT_EQUAL(pid, exit->getValue<int>("pid"));
        CPPUNIT_ASSERT_EQUAL(std::string("SIGSEGV"), exit->getValue<std::string>("signal"));
        CPPUNIT_ASSERT_EQUAL(1U, after.runMaster("overseer")->getValue<unsigned>("restarts"));
        waitOutput("run_master (overseer): ended by signal SIGSEGV");
        tellMaster("who");
        const Probe actor = probe(1);
        const std::string wanted =
            "0:echo " + std::to_string(after.masterPid("overseer")) + " overseer-master (unset) 1 1 0\n";
        CPPUNIT_ASSERT(waitFor([&] { return actor.ask("received") == wanted; }));
    }

    void isStartedAgainHoweverItEnds()
    {
        overseer("echo");
        set("cluster.maxRestarts", "0");
        allowProblem("run_master");
        allowProblem("a standard misfortune");
        pid_t pid = startAll().masterPid("overseer");
        unsigned restarts = 0;
        const std::pair<const char*, const char*> ends[] = {
            {"crash kill", "signal SIGKILL"}, {"crash throw-std", "exit code 70"},
            {"return 7", "exit code 7"},      {"crash exit", "exit code 3"},
            {"crash _exit", "exit code 3"},   {"crash abort", "signal SIGABRT"}};
        for (const auto& [order, text] : ends)
        {
            tellMaster(order);
            const StatusView view = waitMaster("running", pid);
            const auto exit = view.runMaster("overseer")->getObject("lastExit");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(order, ++restarts, masterRestarts());
            CPPUNIT_ASSERT_MESSAGE(order + exit->getValue<std::string>("text"),
                                   exit->getValue<std::string>("text").find(text) == 0);
            if (std::string(order) == "crash throw-std")
                CPPUNIT_ASSERT(exit->getValue<std::string>("reason").find("a standard misfortune") !=
                               std::string::npos);
            pid = view.masterPid("overseer");
        }
        ::kill(pid, SIGTERM);  // an operator's stop: it ends with 0, and has done what it was for
        waitMaster("ended");
    }

    void isDoneWhenItReturnsZero()
    {
        overseer("echo");
        startAll();
        tellMaster("return 0");
        const StatusView view = waitMaster("ended");
        CPPUNIT_ASSERT_EQUAL(0, view.runMaster("overseer")->getValue<int>("result"));
        CPPUNIT_ASSERT_EQUAL(pid_t(0), view.masterPid("overseer"));
        // Nobody is there to take it, and that is counted.
        tellMaster("lost");
        waitStatus([](const StatusView& s) { return s.child(1).json->getValue<int>("droppedMessages") == 1; },
                   "a message without a receiver should be counted");
    }

    void givesUpAloneAndComesBack()
    {
        overseer("segv");
        set("cluster.maxRestarts", "3");
        set("cluster.onGiveUp", "exit");
        expectProblem("run_master (overseer): failed: gave up after 3 restarts");
        allowProblem("run_master");
        startReady();
        const StatusView view = waitMaster("failed");
        CPPUNIT_ASSERT(view.runMaster("overseer")->getValue<std::string>("reason").find("SIGSEGV") !=
                       std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("ready"), view.child(1).state);
        const unsigned restarts = masterRestarts();
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/overseer/exit?wait=10s", "POST").status);
        waitStatus(
            [&](const StatusView& s) {
                return s.runMaster("overseer")->getValue<unsigned>("restarts") > restarts;
            },
            "an operator's exit should bring run_master back");
    }

    void isKilledWhereItDoesNotStop()
    {
        overseer("deaf");
        set("cluster.shutdownTimeoutMs", "200");
        allowProblem("run_master");
        startAll();
        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT_MESSAGE(output(), output().find("run_master (overseer): did not exit within 200 ms") !=
                                             std::string::npos);
    }

    void stopsAndStartsWithItsGroup()
    {
        overseer("echo");
        const pid_t pid = startAll().masterPid("overseer");
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/overseer/stop?wait=10s", "POST").status);
        waitStatus([](const StatusView& s) { return s.masterPid("overseer") == 0; },
                   "run_master should stop");
        CPPUNIT_ASSERT(!alive(pid));
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/overseer/start?wait=10s", "POST").status);
        waitMaster("running", pid);
    }

    void followsAReload()
    {
        overseer("echo", 2);
        descriptorsMayGrow();
        pid_t pid = startAll().masterPid("overseer");
        for (int round = 1; round <= 3; ++round)
        {
            CPPUNIT_ASSERT_EQUAL(200, control("/groups/overseer/reload?wait=20s", "POST").status);
            pid = waitMaster("running", pid).masterPid("overseer");
            // The spawner before has ended with its last process.
            CPPUNIT_ASSERT(waitFor([&] { return spawners() == std::vector<pid_t>{parentOf(pid)}; }));
        }
        // It runs a moment before its first statement.
        CPPUNIT_ASSERT_MESSAGE(
            notes(), waitFor([&] { return notes() == "began\nended\nbegan\nended\nbegan\nended\nbegan\n"; }));
    }

    void changesPlacesWithoutEverBeingTwo()
    {
        overseer("echo");
        descriptorsMayGrow();
        startAll();
        for (const char* place : {"inside", "isolated", "false", "isolated", "inside"})
        {
            set("cluster.runMaster", place);
            writeConfig();
            const HttpAnswer answer = control("/config/reload?wait=20s", "POST");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
            const bool isolated = std::string(place) == "isolated";
            waitStatus(
                [&](const StatusView& s) {
                    return s.masterState("overseer") ==
                               (std::string(place) == "false" ? "ended" : "running") ||
                           s.masterState("overseer") == "none";
                },
                std::string("run_master should be ") + place);
            waitStatus([&](const StatusView& s) { return (s.masterPid("overseer") != 0) == isolated; },
                       std::string("run_master should be ") + place);
        }
    }

    /// Wherever the two run. One in the host holds up its successor alone, and not the children.
    void ofAGroupThatComesBackWaitsForTheOneThatGoes()
    {
        actors(1);
        descriptorsMayGrow();
        set("plugin.over.count", "1");
        set("plugin.over.master", "slow");
        set("plugin.over.masterFile", path("notes"));
        set("plugin.over.masterLock", path("lock"));
        set("plugin.over.runMaster", "isolated");
        set("plugin.over.path", testPlugin("overseer"));
        startReady();
        const auto wait = [this](const std::string& group, const std::string& master) {
            const bool is = waitFor([&] {
                const auto json = parseObject(control("/groups/over").body);
                return json->getValue<std::string>("state") == group &&
                       json->getObject("runMaster")->getValue<std::string>("state") == master;
            });
            CPPUNIT_ASSERT_MESSAGE(control("/").body, is);
        };
        const auto reread = [this](bool enabled, const std::string& place) {
            set("plugin.over.enabled", enabled ? "true" : "false");
            set("plugin.over.runMaster", place);
            writeConfig();
            CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        };
        wait("running", "running");
        std::string expected = "began\n";
        std::string before = "isolated";
        for (const char* place : {"isolated", "inside", "inside", "isolated"})
        {
            CPPUNIT_ASSERT_MESSAGE(notes(), waitFor([&] { return notes() == expected; }));
            reread(false, before);
            reread(true, place);
            before == "isolated" ? wait("waiting", "none") : wait("running", "waiting");
            if (before == "inside") waitStatus([](const StatusView& s) { return s.allReady(); }, "ready");
            CPPUNIT_ASSERT_EQUAL(expected, notes());
            writeFile(path("notes.go"), "");
            wait("running", "running");
            std::filesystem::remove(path("notes.go"));
            expected += "ended\nbegan\n";
            before = place;
        }
        writeFile(path("notes.go"), "");
    }

    void isLoadedInItsProcessWithoutPreload()
    {
        overseer("echo");
        set("cluster.preload", "false");
        startAll();
        tellMaster("hello");
        const Probe actor = probe(1);
        CPPUNIT_ASSERT(waitFor([&] { return actor.ask("received") == "0:echo hello\n"; }));
    }

    void outlivesTheSpawner()
    {
        overseer("echo", 2);
        allowProblem("spawner");
        allowProblem("run_master");
        descriptorsMayGrow();
        const pid_t pid = startAll().masterPid("overseer");
        const pid_t spawner = spawners().front();
        ::kill(spawner, SIGKILL);
        waitOtherSpawner("overseer", spawner);
        CPPUNIT_ASSERT_EQUAL(pid, status().masterPid("overseer"));
        tellMaster("still there");
        const Probe actor = probe(1);
        CPPUNIT_ASSERT(waitFor([&] { return actor.ask("received") == "0:echo still there\n"; }));
        ::kill(pid, SIGKILL);  // adopted, and supervised
        waitMaster("running", pid);
    }

    void goesOnThroughAnUpgradeOfTheHost()
    {
        overseer("echo", 2);
        allowProblem("run_master");
        descriptorsMayGrow();
        const pid_t pid = startAll().masterPid("overseer");
        host().signal(SIGUSR2);
        waitStatus([](const StatusView& s) { return s.master()->getValue<int>("upgrades") == 1; },
                   "the host should go on in another image");
        CPPUNIT_ASSERT_EQUAL(pid, status().masterPid("overseer"));
        tellMaster("still there");
        const Probe actor = probe(1);
        CPPUNIT_ASSERT(waitFor([&] { return actor.ask("received") == "0:echo still there\n"; }));
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/overseer/scale/1?wait=10s", "POST").status);
        CPPUNIT_ASSERT_MESSAGE(notes(), waitFor([&] {
                                   tellMaster("children");
                                   return notes().find("children 1 1=ready\n") != std::string::npos;
                               }));
        ::kill(pid, SIGKILL);
        waitMaster("running", pid);
    }

    void doesNotOutliveTheMaster()
    {
        overseer("deaf");
        set("cluster.shutdownTimeoutMs", "300");
        masterIsKilled();
        const pid_t pid = startAll().masterPid("overseer");
        ::kill(host().pid(), SIGKILL);
        CPPUNIT_ASSERT(waitFor([&] { return !alive(pid); }));
    }

    void oneThatReadsNothingHurtsNobody()
    {
        overseer("echo", 2);
        allowProblem("run_master");
        descriptorsMayGrow();
        const pid_t pid = startAll().masterPid("overseer");
        pauseProcess(pid);
        CPPUNIT_ASSERT(std::stoi(probe(1).ask("flood-messages 20000")) > 0);
        waitStatus(
            [](const StatusView& s) { return s.runMaster("overseer")->getValue<int>("droppedMessages") > 0; },
            "messages it does not read should be dropped and counted");
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/overseer/scale/3?wait=10s", "POST").status);
        ::kill(pid, SIGCONT);
        CPPUNIT_ASSERT(waitFor([&] {
            tellMaster("children");
            return notes().find("children 3 1=ready 2=ready 3=ready") != std::string::npos;
        }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IsolatedMasterTest);

}  // namespace
