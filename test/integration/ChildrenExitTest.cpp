/// Goal: /children/exit stops every child gracefully; with autoRestart they come back as the same children.
/// Method: actors note the order of their exit handlers and their starts; identity and log file are compared.
#include "HostFixture.h"

#include <thread>

namespace {

using namespace clustermanager::integration;

class ChildrenExitTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ChildrenExitTest);
    CPPUNIT_TEST(bringsThemBackUnderTheSameIds);
    CPPUNIT_TEST(continuesTheSameLogFile);
    CPPUNIT_TEST(leavesThemStoppedWithoutAutoRestart);
    CPPUNIT_TEST(endsOneChildOnly);
    CPPUNIT_TEST(endsOneGroupOnly);
    CPPUNIT_TEST(isNoFailure);
    CPPUNIT_TEST(refusesChildrenThatAreNone);
    CPPUNIT_TEST(takesManyAtOnce);
    CPPUNIT_TEST_SUITE_END();

public:
    void bringsThemBackUnderTheSameIds()
    {
        actors(3);
        const StatusView before = startReady();
        for (unsigned round = 1; round <= 3; ++round)
        {
            CPPUNIT_ASSERT_EQUAL(200, control("/children/exit").status);
            for (int id = 1; id <= 3; ++id)
            {
                const ChildView back = waitRestarts(id, round);
                CPPUNIT_ASSERT_EQUAL(round, back.restarts);
                CPPUNIT_ASSERT(back.isRestart);
                CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), back.lastExit());
                CPPUNIT_ASSERT(back.pid != before.child(id).pid);
                CPPUNIT_ASSERT_EQUAL(std::to_string(round), probe(id).ask("env CM_RESTART"));
            }
        }
    }

    void continuesTheSameLogFile()
    {
        actors(1);
        startReady();
        probe(1).ask("log 2 before the restart");
        control("/children/exit");
        waitRestarts(1, 1);
        probe(1).ask("log 2 after the restart");
        const std::string log = childLog("actor", 1);
        CPPUNIT_ASSERT_MESSAGE(log, log.find("before the restart") < log.find("after the restart"));
        CPPUNIT_ASSERT(log.find("after the restart") != std::string::npos);
    }

    void leavesThemStoppedWithoutAutoRestart()
    {
        actors(2);
        set("cluster.autoRestart", "false");
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, control("/children/exit").status);
        waitStatus([](const StatusView& s) { return s.countOf("stopped") == 2; }, "both should be stopped");
        CPPUNIT_ASSERT_EQUAL(0, static_cast<int>(status().child(1).pid));
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void endsOneChildOnly()
    {
        actors(3);
        const StatusView before = startReady();
        CPPUNIT_ASSERT_EQUAL(200, control("/children/2/exit", "POST").status);
        waitRestarts(2, 1);
        const StatusView after = waitReady();
        for (int id = 1; id <= 3; ++id)
            CPPUNIT_ASSERT_EQUAL(id != 2, before.child(id).pid == after.child(id).pid);
        CPPUNIT_ASSERT_EQUAL(405, control("/children/2/exit").status);
    }

    void endsOneGroupOnly()
    {
        actors(2);
        actors(1, "overseer");
        const StatusView before = startReady();
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/actor/exit", "POST").status);
        const auto done = [](const StatusView& s) {
            for (const ChildView& child : s.children())
                if (child.group == "actor" && child.restarts != 1) return false;
            return s.allReady();
        };
        const StatusView after = waitStatus(done, "the group's children should be back");
        for (const ChildView& child : before.children())
            CPPUNIT_ASSERT_EQUAL(child.group == "overseer", child.pid == after.child(child.id).pid);
    }

    /// More of them than failures are allowed: no backoff, no `failed`.
    void isNoFailure()
    {
        actors(1);
        set("cluster.backoffMinMs", "60000");
        set("cluster.backoffMaxMs", "60000");
        set("cluster.maxRestarts", "2");
        startReady();
        for (unsigned round = 1; round <= 8; ++round)
        {
            control("/children/exit");
            waitRestarts(1, round);
        }
    }

    void refusesChildrenThatAreNone()
    {
        actors(1);
        startReady();
        for (const char* id : {"0", "2", "-1", "01", "2147483648", "99999999999999999999", "..", "one"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, 404,
                                         control(std::string("/children/") + id + "/exit", "POST").status);
        CPPUNIT_ASSERT_EQUAL(404, control("/groups/nobody/exit", "POST").status);
        CPPUNIT_ASSERT_EQUAL(400, control("/children//exit", "POST").status);
        CPPUNIT_ASSERT_EQUAL(0u, status().child(1).restarts);
    }

    void takesManyAtOnce()
    {
        actors(3);
        startReady();
        std::vector<std::thread> clients;
        for (int client = 0; client < 4; ++client)
            clients.emplace_back([this] {
                for (int round = 0; round < 5; ++round) control("/children/exit");
            });
        for (std::thread& client : clients) client.join();
        const StatusView after = waitReady();
        for (const ChildView& child : after.children()) CPPUNIT_ASSERT(child.restarts >= 1);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChildrenExitTest);

}  // namespace
