/// Goal: whatever a plugin's code does, at load, at start, while it runs or at its end, only its own process
/// suffers, and the operator reads what happened.
/// Method: plugins that do it (test/plugins).
#include "HostFixture.h"

#include <sys/stat.h>

#include <csignal>
#include <cstring>
#include <filesystem>

namespace {

using namespace clustermanager::integration;

std::size_t occurrences(const std::string& words, const std::string& text)
{
    std::size_t count = 0;
    for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++count;
    return count;
}

/// The file that a process has open under this number.
std::string target(pid_t pid, const std::string& number)
{
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/fd/" + number).string();
}

/// The most that the process has ever had in memory.
std::size_t peakMemoryKiB(pid_t pid)
{
    const std::string facts = readFile("/proc/" + std::to_string(pid) + "/status");
    const std::size_t at = facts.find("VmHWM:");
    CPPUNIT_ASSERT_MESSAGE(facts, at != std::string::npos);
    return std::stoul(facts.substr(at + std::strlen("VmHWM:")));
}

class PluginCodeTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(PluginCodeTest);
    CPPUNIT_TEST(refusesAConstructorThatExits);
    CPPUNIT_TEST(refusesAConstructorThatThrows);
    CPPUNIT_TEST(refusesAConstructorThatHangs);
    CPPUNIT_TEST(refusesAConstructorThatCrashes);
    CPPUNIT_TEST(refusesAConstructorThatClosesEverything);
    CPPUNIT_TEST(doesNotForkFromAThreadedImage);
    CPPUNIT_TEST(loadsAThreadedPluginInTheChild);
    CPPUNIT_TEST(undoesWhatAConstructorChanged);
    CPPUNIT_TEST(namesWhatAConstructorThrowsWithoutPreloadToo);
    CPPUNIT_TEST(opensTheStreamsThatAConstructorClosed);
    CPPUNIT_TEST(livesWithAConstructorThatMakesASession);
    CPPUNIT_TEST(knowsOneOfWhomAConstructorForked);
    CPPUNIT_TEST(refusesBadConstructorsWithoutPreloadToo);
    CPPUNIT_TEST(endsAChildThatNeverGetsReady);
    CPPUNIT_TEST(waitsForALateChild);
    CPPUNIT_TEST(countsReturnsAsEnds);
    CPPUNIT_TEST(killsAChildThatIgnoresTheStop);
    CPPUNIT_TEST(killsAChildThatSpins);
    CPPUNIT_TEST(runsExitHandlersLastToFirst);
    CPPUNIT_TEST(replacesAChildThatClosedItsLink);
    CPPUNIT_TEST(replacesAChildThatWritesJunkToItsLink);
    CPPUNIT_TEST(replacesAChildThatSaysTooMuchAtOnce);
    CPPUNIT_TEST(replacesAChildThatFloodsItsLinkWithJunk);
    CPPUNIT_TEST(ignoresASecondReady);
    CPPUNIT_TEST(refusesGarbageAsStatus);
    CPPUNIT_TEST(isNotHeldUpByOutput);
    CPPUNIT_TEST(recyclesOnRequest);
    CPPUNIT_TEST_SUITE_END();

    void expectRefusal(const std::string& stem, const std::string& words)
    {
        plugin(stem);
        set("cluster.startTimeoutMs", std::to_string(500 * timeFactor()));
        expectProblem(stem + ".so");
        allowProblem(stem);
        const int code = startAndEnd();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), 69, code);
        CPPUNIT_ASSERT_MESSAGE("'" + words + "' in " + output(), output().find(words) != std::string::npos);
    }

public:
    void refusesAConstructorThatExits() { expectRefusal("construct_exit", "exit"); }
    void refusesAConstructorThatThrows()
    {
        expectRefusal(
            "construct_throw",
            "/construct_throw.so: a constructor threw std::runtime_error: the constructor is out of luck");
    }
    void refusesAConstructorThatHangs() { expectRefusal("construct_pause", "ms"); }
    void refusesAConstructorThatCrashes() { expectRefusal("construct_crash", "SIGSEGV"); }
    void refusesAConstructorThatClosesEverything() { expectRefusal("construct_close", "construct_close"); }

    /// It says so, and loads the plugin in each child instead.
    void doesNotForkFromAThreadedImage()
    {
        plugin("construct_thread");
        set("cluster.count", "2");
        expectProblem("construct_thread.so");
        startReady();
        CPPUNIT_ASSERT_MESSAGE(output(), output().find("preload=false") != std::string::npos);
    }

    void loadsAThreadedPluginInTheChild()
    {
        plugin("construct_thread");
        set("cluster.preload", "false");
        set("cluster.count", "2");
        startReady();
    }

    void undoesWhatAConstructorChanged()
    {
        plugin("construct_change");
        const StatusView ready = startReady();
        // Signals that the constructor blocked reach the child again: its stop is graceful.
        control("/children/exit");
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), waitRestarts(1, 1).lastExit());
        CPPUNIT_ASSERT(ready.child(1).pid != status().child(1).pid);
    }

    void namesWhatAConstructorThrowsWithoutPreloadToo()
    {
        set("cluster.preload", "false");
        expectRefusal("construct_throw",
                      "a constructor threw std::runtime_error: the constructor is out of luck");
    }

    /// Healthy children, also after one of them was killed: with the plugin loaded ahead and by each child.
    void expectHealthy(const std::string& stem)
    {
        for (const char* preload : {"true", "false"})
        {
            renew();
            plugin(stem);
            restartFast();
            set("cluster.count", "2");
            set("cluster.preload", preload);
            allowProblem("child 1");
            const StatusView before = startReady();
            signalChild(1);
            waitRestarts(1, 1);
            CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
        }
    }

    /// In the spawner, which has loaded it, and in the children.
    void opensTheStreamsThatAConstructorClosed()
    {
        for (const char* preload : {"true", "false"})
        {
            renew();
            plugin("construct_streams");
            set("cluster.preload", preload);
            const pid_t child = startReady().child(1).pid;
            for (const pid_t pid : {spawners().front(), child})
                for (const std::string stream : {"0", "1", "2"})
                    CPPUNIT_ASSERT_EQUAL(target(host().pid(), stream), target(pid, stream));
        }
    }
    void livesWithAConstructorThatMakesASession() { expectHealthy("construct_session"); }
    void knowsOneOfWhomAConstructorForked() { expectHealthy("construct_fork"); }

    void refusesBadConstructorsWithoutPreloadToo()
    {
        set("cluster.preload", "false");
        expectRefusal("construct_crash", "SIGSEGV");
    }

    void endsAChildThatNeverGetsReady()
    {
        actors(1);
        restartFast();
        set("plugin.actor.start", "never");
        set("plugin.actor.startIf", path("trouble"));
        set("cluster.startTimeoutMs", std::to_string(300 * timeFactor()));
        set("cluster.shutdownTimeoutMs", "300");
        writeFile(path("trouble"), "");
        expectProblem("ready");
        allowProblem("child 1");
        start();
        waitStatus([](const StatusView& s) { return s.child(1).restarts >= 2; }, "it should be restarted");
        ::remove(path("trouble").c_str());
        waitReady();
    }

    void waitsForALateChild()
    {
        actors(1);
        set("plugin.actor.start", "late");
        set("plugin.actor.gate", path("gate"));
        start();
        waitState(1, "starting");
        writeFile(path("gate"), "");
        CPPUNIT_ASSERT_EQUAL(0u, waitReady().child(1).restarts);
    }

    void countsReturnsAsEnds()
    {
        actors(1);
        set("plugin.actor.start", "return0");
        set("cluster.backoffMinMs", "1");
        set("cluster.backoffMaxMs", "1");
        set("cluster.maxRestarts", "2");
        allowProblem("child 1");
        allowProblem("actor");
        start();
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), waitState(1, "failed").lastExit());
    }

    void killsAChildThatIgnoresTheStop()
    {
        actors(2);
        set("plugin.actor.stop", "ignore");
        set("cluster.shutdownTimeoutMs", "200");
        allowProblem("child");
        startReady();
        control("/children/exit");
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), waitRestarts(1, 1).lastExit());
        const auto begin = std::chrono::steady_clock::now();
        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begin < Millis(2000) * timeFactor());
    }

    void killsAChildThatSpins()
    {
        actors(1);
        set("cluster.shutdownTimeoutMs", "200");
        allowProblem("child");
        startReady();
        probe(1).ask("spin");
        control("/children/1/exit", "POST");
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), waitRestarts(1, 1).lastExit());
    }

    void runsExitHandlersLastToFirst()
    {
        actors(1);
        set("plugin.actor.handlers", path("handlers"));
        startReady();
        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT_EQUAL(std::string("third\nsecond\nfirst\n"), readFile(path("handlers")));
        const std::string log = childLog("actor", 1);
        CPPUNIT_ASSERT_MESSAGE(log, log.find("the second handler fails") != std::string::npos);
    }

    void replacesAChildThatClosedItsLink()
    {
        actors(2);
        restartFast();
        set("cluster.shutdownTimeoutMs", "300");
        allowProblem("child 1");
        const StatusView before = startReady();
        probe(1).ask("close-all");
        waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
    }

    /// The child that takes the command is replaced, and the operator reads why, once; the other one serves.
    void expectReplaced(const std::string& command, const std::string& cause)
    {
        actors(2);
        restartFast();
        allowProblem("child 1");
        const StatusView before = startReady();
        const std::size_t memory = peakMemoryKiB(host().pid());
        static_cast<void>(probe(1).ask(command));
        const ChildView after = waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), after.lastExit());
        CPPUNIT_ASSERT_MESSAGE(after.lastReason(), after.lastReason().find(cause) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
        CPPUNIT_ASSERT_EQUAL(0u, status().child(2).restarts);
        waitOutput("its link to the master was lost");
        CPPUNIT_ASSERT_MESSAGE(output(), occurrences(cause, output()) <= 3);
        CPPUNIT_ASSERT(peakMemoryKiB(host().pid()) < memory + 65'536);
    }

    void replacesAChildThatWritesJunkToItsLink() { expectReplaced("raw EEEE", "malformed"); }

    void replacesAChildThatSaysTooMuchAtOnce() { expectReplaced("junk 65537 65537", "too large"); }

    void replacesAChildThatFloodsItsLinkWithJunk() { expectReplaced("junk 1000000000 60000", "malformed"); }

    void ignoresASecondReady()
    {
        actors(1);
        const StatusView before = startReady();
        for (int i = 0; i < 100; ++i) CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("ready"));
        // What it says after them has been read after them.
        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(1).ask("status {\"after\": \"them\"}"));
        const StatusView after =
            waitStatus([](const StatusView& s) { return s.text().find("\"them\"") != std::string::npos; },
                       "its status should be shown");
        CPPUNIT_ASSERT_EQUAL(before.child(1).pid, after.child(1).pid);
        CPPUNIT_ASSERT_EQUAL(std::string("ready"), after.child(1).state);
        CPPUNIT_ASSERT_EQUAL(0u, after.child(1).restarts);
    }

    void refusesGarbageAsStatus()
    {
        actors(1);
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("-1"), probe(1).ask("status {\"broken\": "));
        CPPUNIT_ASSERT_EQUAL(std::string("-1"), probe(1).ask("status " + std::string(40'000, '1')));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(1).ask("flood-status 5000"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(1).ask("status {\"fine\": true}"));
        waitStatus([](const StatusView& s) { return s.text().find("\"fine\"") != std::string::npos; },
                   "the good status should be shown");
    }

    void isNotHeldUpByOutput()
    {
        actors(2);
        set("cluster.output", "file");
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("print 20000000"));
        CPPUNIT_ASSERT(readFile(path("log/actor-1.out")).size() >= 20'000'000);
        status();
    }

    void recyclesOnRequest()
    {
        actors(2);
        const StatusView before = startReady();
        probe(1).ask("recycle");
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), waitRestarts(1, 1).lastExit());
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PluginCodeTest);

}  // namespace
