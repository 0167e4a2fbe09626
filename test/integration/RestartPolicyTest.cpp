/// Goal: restarts follow the policy: the first at once, then a growing backoff, then `failed`; an operator
/// revives.
/// Method: actors that fail at their start as long as a file exists, with short times in the configuration.
#include "HostFixture.h"

#include <csignal>
#include <filesystem>

namespace {

using namespace clustermanager::integration;

class RestartPolicyTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(RestartPolicyTest);
    CPPUNIT_TEST(restartsAtOnceAfterTheFirstFailure);
    CPPUNIT_TEST(waitsLongerAfterEachFailure);
    CPPUNIT_TEST(givesUpAfterMaxRestarts);
    CPPUNIT_TEST(isRevivedByAnOperator);
    CPPUNIT_TEST(takesExitCode78AsFinal);
    CPPUNIT_TEST(leavesAnEndedChildStoppedWithoutAutoRestart);
    CPPUNIT_TEST(restartsOnlyFailuresOnFailure);
    CPPUNIT_TEST(endsWithTheGroupThatGaveUp);
    CPPUNIT_TEST_SUITE_END();

    std::size_t starts() const { return linesOf(readFile(path("marks"))).size(); }

    /// Fails at every start while the file "trouble" exists.
    void failingActor(const std::string& how = "return3")
    {
        actors(1);
        set("plugin.actor.marks", path("marks"));
        set("plugin.actor.start", how);
        set("plugin.actor.startIf", path("trouble"));
        writeFile(path("trouble"), "");
        allowProblem("child 1");
        allowProblem("actor");
    }

public:
    void restartsAtOnceAfterTheFirstFailure()
    {
        actors(1);
        set("cluster.backoffMinMs", "60000");
        set("cluster.backoffMaxMs", "60000");
        allowProblem("child 1");
        const pid_t first = startReady().child(1).pid;
        ::kill(first, SIGKILL);
        waitRestarts(1, 1);
        // The second failure in a row waits.
        probe(1).ask("crash segv");
        waitState(1, "backoff");
    }

    void waitsLongerAfterEachFailure()
    {
        failingActor();
        set("cluster.backoffMinMs", "20");
        set("cluster.backoffMaxMs", "100000");
        set("cluster.maxRestarts", "0");
        const auto begin = std::chrono::steady_clock::now();
        start();
        CPPUNIT_ASSERT(waitFor([this] { return starts() >= 6; }));
        // Waits of 0, 20, 40, 80 and 160 ms, each with at most a half taken off by the jitter.
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begin >= Millis(150));
        std::filesystem::remove(path("trouble"));
        waitReady();
    }

    void givesUpAfterMaxRestarts()
    {
        failingActor();
        set("cluster.backoffMinMs", "1");
        set("cluster.backoffMaxMs", "1");
        set("cluster.maxRestarts", "3");
        start();
        const ChildView failed = waitState(1, "failed");
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, starts());
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 3"), failed.lastExit());
    }

    void isRevivedByAnOperator()
    {
        failingActor();
        set("cluster.backoffMinMs", "1");
        set("cluster.backoffMaxMs", "1");
        set("cluster.maxRestarts", "1");
        start();
        waitState(1, "failed");
        std::filesystem::remove(path("trouble"));
        CPPUNIT_ASSERT_EQUAL(200, control("/children/1/exit", "POST").status);
        waitReady();
    }

    void takesExitCode78AsFinal()
    {
        actors(1);
        restartFast();
        allowProblem("child 1");
        startReady();
        probe(1).ask("exit 78");
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 78"), waitState(1, "failed").lastExit());
        CPPUNIT_ASSERT_EQUAL(0u, status().child(1).restarts);
    }

    void leavesAnEndedChildStoppedWithoutAutoRestart()
    {
        actors(2);
        set("cluster.autoRestart", "false");
        allowProblem("child 1");
        const StatusView before = startReady();
        probe(1).ask("crash segv");
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGSEGV"), waitState(1, "stopped").lastExit());
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
    }

    void restartsOnlyFailuresOnFailure()
    {
        actors(2);
        restartFast();
        set("cluster.restart", "on-failure");
        allowProblem("child");
        startReady();
        probe(1).ask("return 0");
        probe(2).ask("return 1");
        waitRestarts(2, 1);
        waitState(1, "stopped");
    }

    void endsWithTheGroupThatGaveUp()
    {
        failingActor();
        set("cluster.backoffMinMs", "1");
        set("cluster.backoffMaxMs", "1");
        set("cluster.maxRestarts", "1");
        set("cluster.onGiveUp", "exit");
        CPPUNIT_ASSERT_EQUAL(70, startAndEnd());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RestartPolicyTest);

}  // namespace
