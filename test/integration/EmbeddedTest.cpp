/// Goal: a program that calls cm::start() is a whole host with itself as the plugin.
/// Method: the example is run like the host.
#include "HostFixture.h"

#include <csignal>

namespace {

using namespace clustermanager::integration;

class EmbeddedTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(EmbeddedTest);
    CPPUNIT_TEST(supervisesItself);
    CPPUNIT_TEST(restartsItsChildren);
    CPPUNIT_TEST(obeysTheCommandLine);
    CPPUNIT_TEST(upgradesItself);
    CPPUNIT_TEST(leavesNothingWhenKilled);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        HostFixture::setUp();
        program(CM_EMBEDDED_BINARY);
    }

    void supervisesItself()
    {
        const StatusView view = startReady();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, view.children().size());
        CPPUNIT_ASSERT(view.group("embedded")->getObject("plugin")->isNull("path"));
        waitStatus([](const StatusView& s) { return s.masterState("embedded") == "running"; },
                   "its master should run");
        waitOutput("the master is up");
        CPPUNIT_ASSERT(childLog("embedded", 2).find("hello from inside") != std::string::npos);
    }

    void restartsItsChildren()
    {
        restartFast();
        allowProblem("child 1");
        const pid_t victim = startReady().child(1).pid;
        ::kill(victim, SIGKILL);
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), waitRestarts(1, 1).lastExit());
        CPPUNIT_ASSERT_EQUAL(200, control("/children/exit").status);
        waitRestarts(1, 2);
        waitRestarts(2, 1);
    }

    void obeysTheCommandLine()
    {
        argument("-Dcluster.count=3");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, startReady().countOf("ready"));
    }

    void upgradesItself()
    {
        const StatusView before = startReady();
        host().signal(SIGUSR2);
        const StatusView now = waitStatus(
            [](const StatusView& s) {
                return s.master()->getValue<int>("upgrades") == 1 && s.masterState("embedded") == "running";
            },
            "the program should go on as itself");
        for (const ChildView& child : before.children())
            CPPUNIT_ASSERT_EQUAL(child.pid, now.child(child.id).pid);
    }

    void leavesNothingWhenKilled()
    {
        startReady();
        masterIsKilled();
        CPPUNIT_ASSERT_EQUAL(1000 + SIGKILL, stop(SIGKILL));
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EmbeddedTest);

}  // namespace
