/// Goal: a level set over the control port holds for the master and every child at once, and for later ones.
/// Method: when the answer is there, the very next record of each level must be written, or not.
#include "HostFixture.h"

namespace {

using namespace clustermanager::integration;

class LogLevelTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(LogLevelTest);
    CPPUNIT_TEST(startsAtInfo);
    CPPUNIT_TEST(startsAsConfigured);
    CPPUNIT_TEST(allSixNamesWork);
    CPPUNIT_TEST(theVeryNextRecordObeys);
    CPPUNIT_TEST(laterChildrenHaveItToo);
    CPPUNIT_TEST(canBeNarrowedToAChild);
    CPPUNIT_TEST(canBeNarrowedToAGroup);
    CPPUNIT_TEST(refusesAWrongLevel);
    CPPUNIT_TEST(isNotHeldUpByADeafChild);
    CPPUNIT_TEST_SUITE_END();

    /// The lowest level that this child writes.
    int lowest(int id) const
    {
        for (int level = 0; level <= 5; ++level)
            if (probe(id).ask("enabled " + std::to_string(level)) == "1") return level;
        return 6;
    }

public:
    void startsAtInfo()
    {
        actors(2);
        startReady();
        CPPUNIT_ASSERT_EQUAL(2, lowest(1));
        probe(1).ask("log 1 not to be seen");
        probe(1).ask("log 2 plainly visible");
        const std::string log = childLog("actor", 1);
        CPPUNIT_ASSERT(log.find("not to be seen") == std::string::npos);
        CPPUNIT_ASSERT(log.find("plainly visible") != std::string::npos);
    }

    void startsAsConfigured()
    {
        actors(1);
        set("cluster.logLevel", "debug");
        startReady();
        CPPUNIT_ASSERT_EQUAL(1, lowest(1));
    }

    void allSixNamesWork()
    {
        actors(2);
        startReady();
        const char* names[] = {"trace", "debug", "info", "warn", "error", "fatal"};
        for (int level = 0; level <= 5; ++level)
        {
            const HttpAnswer answer = control(std::string("/logLevel/") + names[level]);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
            CPPUNIT_ASSERT_EQUAL(level, lowest(1));
            CPPUNIT_ASSERT_EQUAL(level, lowest(2));
            CPPUNIT_ASSERT_EQUAL(std::string(names[level]),
                                 status().master()->getValue<std::string>("logLevel"));
            CPPUNIT_ASSERT_EQUAL(std::string(names[level]),
                                 status().child(2).json->getValue<std::string>("logLevel"));
        }
    }

    void theVeryNextRecordObeys()
    {
        actors(2);
        startReady();
        for (int round = 0; round < 20; ++round)
        {
            const std::string mark = "round " + std::to_string(round) + ".";
            CPPUNIT_ASSERT_EQUAL(200, control(round % 2 == 0 ? "/logLevel/debug" : "/logLevel/info").status);
            probe(2).ask("log 1 " + mark);
            const bool written = childLog("actor", 2).find(mark) != std::string::npos;
            CPPUNIT_ASSERT_EQUAL(round % 2 == 0, written);
        }
    }

    void laterChildrenHaveItToo()
    {
        actors(1);
        startReady();
        control("/logLevel/debug");
        // A hot spare was forked before the level changed, a fresh one after.
        for (unsigned restarts = 1; restarts <= 3; ++restarts)
        {
            CPPUNIT_ASSERT_EQUAL(200, control("/children/1/exit", "POST").status);
            waitRestarts(1, restarts);
            CPPUNIT_ASSERT_EQUAL(1, lowest(1));
        }
    }

    void canBeNarrowedToAChild()
    {
        actors(2);
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, control("/logLevel/trace?child=2").status);
        CPPUNIT_ASSERT_EQUAL(2, lowest(1));
        CPPUNIT_ASSERT_EQUAL(0, lowest(2));
        CPPUNIT_ASSERT_EQUAL(404, control("/logLevel/trace?child=9").status);
        CPPUNIT_ASSERT_EQUAL(400, control("/logLevel/trace?child=x").status);
    }

    void canBeNarrowedToAGroup()
    {
        actors(1);
        actors(1, "overseer");
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, control("/logLevel/error?group=overseer").status);
        const StatusView view = status();
        for (const ChildView& child : view.children())
            CPPUNIT_ASSERT_EQUAL(child.group == "overseer" ? 4 : 2, lowest(child.id));
        CPPUNIT_ASSERT_EQUAL(404, control("/logLevel/error?group=nobody").status);
    }

    void refusesAWrongLevel()
    {
        actors(1);
        startReady();
        for (const char* level : {"verbose", "DEBUG", "7", "debug%20", "warning"})
        {
            const HttpAnswer answer = control(std::string("/logLevel/") + level);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(level, 400, answer.status);
            CPPUNIT_ASSERT(answer.body.find("trace, debug, info, warn, error, fatal") != std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(2, lowest(1));
    }

    /// A stopped process cannot confirm: the answer says so, and comes in time.
    void isNotHeldUpByADeafChild()
    {
        actors(2);
        startReady();
        pauseProcess(status().child(1).pid);
        const HttpAnswer answer = control("/logLevel/debug");
        CPPUNIT_ASSERT_EQUAL(202, answer.status);
        CPPUNIT_ASSERT_EQUAL(1, lowest(2));
        signalChild(1, SIGCONT);
        CPPUNIT_ASSERT(waitFor([this] { return lowest(1) == 1; }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogLevelTest);

}  // namespace
