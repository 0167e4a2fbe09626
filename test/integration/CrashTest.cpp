/// Goal: however a child ends, it is back at once under its id, and the status says why it ended.
/// Method: one actor is told to end in each way; the status must name exactly that end.
#include "HostFixture.h"

namespace {

using namespace clustermanager::integration;

class CrashTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(CrashTest);
    CPPUNIT_TEST(namesEachFatalSignal);
    CPPUNIT_TEST(namesEachExitCode);
    CPPUNIT_TEST(namesEndsThatRunNoHandlers);
    CPPUNIT_TEST(tellsTheTextOfAnException);
    CPPUNIT_TEST(reportsAReturn);
    CPPUNIT_TEST(reportsAKillFromOutside);
    CPPUNIT_TEST(keepsTheIdentityAndCountsRestarts);
    CPPUNIT_TEST(leavesTheOtherChildrenAlone);
    CPPUNIT_TEST(reportsACrashInAStaticDestructor);
    CPPUNIT_TEST_SUITE_END();

    void endAndExpect(const std::string& command, const std::string& end)
    {
        const unsigned restarts = status().child(1).restarts;
        probe(1).ask(command);
        const ChildView back = waitRestarts(1, restarts + 1);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(command, end, back.lastExit());
    }

    void startOneActor()
    {
        actors(1);
        restartFast();
        allowProblem("child 1");
        startReady();
    }

public:
    void namesEachFatalSignal()
    {
        startOneActor();
        endAndExpect("crash segv", "signal SIGSEGV");
        endAndExpect("crash abort", "signal SIGABRT");
        endAndExpect("crash ill", "signal SIGILL");
        endAndExpect("crash fpe", "signal SIGFPE");
        endAndExpect("crash bus", "signal SIGBUS");
        endAndExpect("crash stack", "signal SIGSEGV");
        endAndExpect("crash kill", "signal SIGKILL");
        endAndExpect("crash terminate", "signal SIGABRT");
    }

    void namesEachExitCode()
    {
        startOneActor();
        for (int code = 0; code < 256; code += code < 2 ? 1 : 17)
            if (code != 78) endAndExpect("exit " + std::to_string(code), "exit code " + std::to_string(code));
        endAndExpect("exit 255", "exit code 255");
    }

    void namesEndsThatRunNoHandlers()
    {
        startOneActor();
        endAndExpect("crash _exit", "exit code 3");
        endAndExpect("crash quick_exit", "exit code 3");
    }

    void tellsTheTextOfAnException()
    {
        startOneActor();
        const std::pair<const char*, const char*> kinds[] = {{"throw-std", "a standard misfortune"},
                                                             {"throw-poco", "a Poco misfortune"},
                                                             {"throw-int", "run_child threw"}};
        for (const auto& [kind, text] : kinds)
        {
            const unsigned restarts = status().child(1).restarts;
            probe(1).ask(std::string("crash ") + kind);
            const ChildView back = waitRestarts(1, restarts + 1);
            CPPUNIT_ASSERT_MESSAGE(back.lastReason(), back.lastReason().find(text) != std::string::npos);
            CPPUNIT_ASSERT_EQUAL(std::string("exit code "), back.lastExit().substr(0, 10));
            CPPUNIT_ASSERT(back.lastExit() != "exit code 0");
        }
    }

    void reportsAReturn()
    {
        startOneActor();
        endAndExpect("return 0", "exit code 0");
        endAndExpect("return 3", "exit code 3");
    }

    void reportsAKillFromOutside()
    {
        startOneActor();
        const pid_t victim = status().child(1).pid;
        ::kill(victim, SIGKILL);
        const ChildView back = waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), back.lastExit());
        CPPUNIT_ASSERT(back.pid != victim);
    }

    void keepsTheIdentityAndCountsRestarts()
    {
        startOneActor();
        CPPUNIT_ASSERT_EQUAL(std::string("(unset)"), probe(1).ask("env CM_RESTART"));
        CPPUNIT_ASSERT(!status().child(1).isRestart);
        for (unsigned restarts = 1; restarts <= 3; ++restarts)
        {
            probe(1).ask("crash segv");
            CPPUNIT_ASSERT(waitRestarts(1, restarts).isRestart);
            const auto who = probe(1).askJson("who");
            CPPUNIT_ASSERT_EQUAL(1, who->getValue<int>("id"));
            CPPUNIT_ASSERT_EQUAL(restarts, who->getValue<unsigned>("restarts"));
            CPPUNIT_ASSERT(who->getValue<bool>("isRestart"));
            CPPUNIT_ASSERT_EQUAL(std::string("1"), probe(1).ask("env CM_CHILD_ID"));
            CPPUNIT_ASSERT_EQUAL(std::to_string(restarts), probe(1).ask("env CM_RESTART"));
        }
    }

    void leavesTheOtherChildrenAlone()
    {
        actors(3);
        restartFast();
        allowProblem("child 2");
        const StatusView before = startReady();
        for (unsigned i = 1; i <= 5; ++i)
        {
            probe(2).ask("crash segv");
            waitRestarts(2, i);
        }
        const StatusView after = status();
        CPPUNIT_ASSERT_EQUAL(before.child(1).pid, after.child(1).pid);
        CPPUNIT_ASSERT_EQUAL(before.child(3).pid, after.child(3).pid);
    }

    void reportsACrashInAStaticDestructor()
    {
        plugin("construct_destructor");
        set("cluster.autoRestart", "false");
        allowProblem("child ");
        startReady();
        control("/children/exit");
        const ChildView stopped = waitState(1, "stopped");
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGSEGV"), stopped.lastExit());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashTest);

}  // namespace
