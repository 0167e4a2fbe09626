/// Goal: a child whose run_child hangs, or that is stopped, is ended by SIGABRT and restarted; one that beats
/// never is.
/// Method: actors that beat until they are told to hang.
#include "HostFixture.h"

#include <csignal>

namespace {

using namespace clustermanager::integration;

class WatchdogTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(WatchdogTest);
    CPPUNIT_TEST(aChildThatHangsIsAborted);
    CPPUNIT_TEST(aChildThatIsStoppedIsAborted);
    CPPUNIT_TEST(oneThatCannotBeAbortedIsKilled);
    CPPUNIT_TEST(aSlowStopIsNoHang);
    CPPUNIT_TEST(aMachineThatWasAsleepBlamesNobody);
    CPPUNIT_TEST_SUITE_END();

    void watched(int watchdogMs = 400)
    {
        _watchdogMs = std::to_string(watchdogMs * timeFactor());
        actors(2);
        restartFast();
        set("cluster.watchdogMs", _watchdogMs);
        set("cluster.shutdownTimeoutMs", "1000");
        allowProblem("child ");
    }

    /// Child 1 has come back, and how it ended; child 2 has beaten all the time.
    void expectEnd(const StatusView& before, const std::string& end)
    {
        const ChildView child = waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(end, child.lastExit());
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
        waitOutput("child 1 (actor): its watchdog was not beaten for " + _watchdogMs + " ms; ended by " +
                   end);
    }

public:
    void aChildThatHangsIsAborted()
    {
        watched();
        const StatusView before = startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("hang"));
        expectEnd(before, "signal SIGABRT");
        CPPUNIT_ASSERT_EQUAL(std::string("its watchdog was not beaten"), status().child(1).lastReason());
    }

    void aChildThatIsStoppedIsAborted()
    {
        watched();
        const StatusView before = startReady();
        pauseProcess(before.child(1).pid);
        expectEnd(before, "signal SIGABRT");
    }

    void oneThatCannotBeAbortedIsKilled()
    {
        watched(1'500);  // it takes a processor to itself, and the other child has to come to its beats
        const StatusView before = startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("spin"));  // with every signal blocked
        expectEnd(before, "signal SIGKILL");
    }

    void aSlowStopIsNoHang()
    {
        watched();
        set("cluster.shutdownTimeoutMs", std::to_string(1200 * timeFactor()));
        set("plugin.actor.stop", "ignore");
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, control("/children/1/exit", "POST").status);
        const ChildView child = waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), child.lastExit());
        CPPUNIT_ASSERT(output().find("watchdog was not beaten") == std::string::npos);
    }

    /// All of the host is stopped for longer than the watchdog waits, as when a machine is suspended.
    void aMachineThatWasAsleepBlamesNobody()
    {
        watched();
        const StatusView before = startReady();
        const std::vector<pid_t> all{host().pid(), spawners().front(), before.child(1).pid,
                                     before.child(2).pid};
        for (const pid_t pid : all) pauseProcess(pid);
        pass(3);
        for (const pid_t pid : all) CPPUNIT_ASSERT_EQUAL(0, ::kill(pid, SIGCONT));
        pass(3);
        for (const int id : {1, 2}) CPPUNIT_ASSERT_EQUAL(before.child(id).pid, status().child(id).pid);
    }

private:
    std::string _watchdogMs;

    /// So many times what the watchdog waits.
    static void pass(int times)
    {
        (void)waitFor([] { return false; }, Millis(400 * times));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WatchdogTest);

}  // namespace
