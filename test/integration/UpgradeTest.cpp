/// Goal: a new host program takes over in the same process, and nobody notices; one that cannot changes
/// nothing.
/// Method: the host runs from a copy of its program, which is replaced by itself, by files that are no host,
/// and by a double that fails at every step.
#include <filesystem>

#include "UpgradeFixture.h"

namespace {

using namespace clustermanager::integration;

class UpgradeTest : public UpgradeFixture
{
    CPPUNIT_TEST_SUITE(UpgradeTest);
    CPPUNIT_TEST(everythingIsKept);
    CPPUNIT_TEST(childrenAreSupervisedAsBefore);
    CPPUNIT_TEST(theNextSpawnerIsOfTheNewProgram);
    CPPUNIT_TEST(theControlPortIsKept);
    CPPUNIT_TEST(runMasterIsStoppedBeforeAndStartedAfter);
    CPPUNIT_TEST(aReloadGoesOn);
    CPPUNIT_TEST(manyInARow);
    CPPUNIT_TEST(whatIsNoHostIsRefused);
    CPPUNIT_TEST(aHostThatDoesNotAnswerIsRefused);
    CPPUNIT_TEST(aHostThatRelentsGivesWayToTheOldOne);
    CPPUNIT_TEST(aHostThatDiesLeavesNobody);
    CPPUNIT_TEST(aRunMasterThatDoesNotReturnHoldsItUpForGood);
    CPPUNIT_TEST(aRunMasterOfARemovedGroupIsNamedWhereItHoldsUp);
    CPPUNIT_TEST(aStopGoesBeforeAnUpgrade);
    CPPUNIT_TEST(aKillOfTheHostMeanwhileLeavesNobody);
    CPPUNIT_TEST(theSpawnerMayDieMeanwhile);
    CPPUNIT_TEST(pidFileIsKept);
    CPPUNIT_TEST_SUITE_END();

public:
    void everythingIsKept()
    {
        restartFast();
        allowProblem("child 1");
        actors(3);
        set("listen.web", "127.0.0.1:0");
        startReady();
        signalChild(1);
        waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(200, control("/logLevel/debug").status);
        const StatusView before = status();

        upgrade();
        const StatusView now = status();
        assertSameChildren(before, now);
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), now.child(1).lastExit());
        CPPUNIT_ASSERT_EQUAL(before.listenerAddress("web"), now.listenerAddress("web"));
        for (const char* key : {"pid", "startTime", "logLevel"})
            CPPUNIT_ASSERT_EQUAL(before.master()->getValue<std::string>(key),
                                 now.master()->getValue<std::string>(key));
        CPPUNIT_ASSERT_EQUAL(std::string("done"), lastOperation()->getValue<std::string>("state"));
        CPPUNIT_ASSERT_EQUAL(std::string("upgrade"), lastOperation()->getValue<std::string>("kind"));
        waitOutput("goes on as version");
    }

    void childrenAreSupervisedAsBefore()
    {
        restartFast();
        allowProblem("child");
        actors(2);
        startReady();
        upgrade();
        signalChild(2);
        CPPUNIT_ASSERT_EQUAL(1U, waitRestarts(2, 1).restarts);
        CPPUNIT_ASSERT_EQUAL(200, control("/children/1/exit?wait=10s", "POST").status);
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), waitRestarts(1, 1).lastExit());
    }

    void theNextSpawnerIsOfTheNewProgram()
    {
        allowProblem("spawner");
        allowProblem("child");
        actors(2);
        const StatusView before = startReady();
        descriptorsMayGrow();  // the next spawner has its own
        upgrade();
        const auto spawner = before.group("actor")->getValue<pid_t>("spawnerPid");
        CPPUNIT_ASSERT_EQUAL(spawner, status().group("actor")->getValue<pid_t>("spawnerPid"));
        ::kill(spawner, SIGKILL);
        waitOtherSpawner("actor", spawner);
        assertSameChildren(before, status());
        signalChild(1);
        waitRestarts(1, 1);
    }

    void theControlPortIsKept()
    {
        set("cluster.webServerPort", "0");
        actors(1);
        startReady();
        waitOutput("control port: http://");
        const std::string words = output();
        const std::size_t at = words.find("http://") + 7;
        const Poco::Net::SocketAddress port(words.substr(at, words.find('/', at) - at));
        upgrade();
        CPPUNIT_ASSERT_EQUAL(200, get(port, "/").status);
        CPPUNIT_ASSERT_EQUAL(202, request(port, "POST", "/upgrade").status);
        waitUpgrades(2);
        CPPUNIT_ASSERT_EQUAL(200, get(port, "/").status);
    }

    void runMasterIsStoppedBeforeAndStartedAfter()
    {
        actors(1, "overseer");
        set("plugin.overseer.master", "wait");
        set("plugin.overseer.masterFile", path("notes"));
        startReady();
        waitStatus([](const StatusView& s) { return s.masterState("overseer") == "running"; },
                   "run_master runs");
        upgrade();
        waitStatus([](const StatusView& s) { return s.masterState("overseer") == "running"; },
                   "run_master should run again");
        CPPUNIT_ASSERT(waitFor([&] { return readFile(path("notes")) == "began\nended\nbegan\n"; }));
    }

    void aReloadGoesOn()
    {
        actors(3);
        descriptorsMayGrow();  // another generation
        startReady();
        CPPUNIT_ASSERT_EQUAL(202, control("/reload", "POST").status);
        host().signal(SIGUSR2);
        waitUpgrades(1);
        const StatusView done = waitStatus(
            [](const StatusView& s) {
                const auto group = s.group("actor");
                return group->getValue<int>("generation") == 2 &&
                       group->getValue<std::string>("phase").empty();
            },
            "the reload should come to its end");
        CPPUNIT_ASSERT(done.allReady() && done.children().size() == 3);
    }

    void manyInARow()
    {
        actors(2);
        const StatusView before = startReady();
        for (int i = 0; i < 10; ++i) upgrade();
        assertSameChildren(before, status());
    }

    void whatIsNoHostIsRefused()
    {
        expectProblem("upgrade failed");
        actors(2);
        const StatusView before = startReady();
        writeFile(path("files/text"), "no program\n");
        std::filesystem::permissions(path("files/text"), std::filesystem::perms::owner_all);
        for (const std::string& file : {std::string("/bin/true"), path("files/text")})
        {
            replaceHost(file);
            const HttpAnswer answer = control("/upgrade", "POST");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 409, answer.status);
            CPPUNIT_ASSERT(answer.body.find(hostPath()) != std::string::npos);
        }
        std::filesystem::remove(hostPath());
        const HttpAnswer answer = control("/upgrade", "POST");
        CPPUNIT_ASSERT(answer.status == 409 && answer.body.find("No such file") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("failed"), lastOperation()->getValue<std::string>("state"));
        CPPUNIT_ASSERT_EQUAL(0U, upgrades());
        assertSameChildren(before, status());
    }

    void aHostThatDoesNotAnswerIsRefused()
    {
        expectProblem("did not say within 10 s");
        allowProblem("child 1");
        restartFast();
        beDouble("hang");
        startReady();
        replaceHost(CM_UPGRADE_DOUBLE);
        host().signal(SIGUSR2);
        waitOutput("is tried");
        CPPUNIT_ASSERT_EQUAL(409, control("/upgrade", "POST").status);  // one is under way
        signalChild(1);                                                 // and all else goes on
        waitRestarts(1, 1);
        CPPUNIT_ASSERT(
            waitFor([&] { return output().find("upgrade failed") != std::string::npos; }, Millis(15'000)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, waitReady().countOf("ready"));
    }

    void aHostThatRelentsGivesWayToTheOldOne()
    {
        expectProblem("no-such-option");
        beDouble("relent");
        const StatusView before = startReady();
        replaceHost(CM_UPGRADE_DOUBLE);
        host().signal(SIGUSR2);
        waitStatus(
            [&](const StatusView&) { return lastOperation()->getValue<std::string>("state") == "failed"; },
            "the upgrade should fail");
        CPPUNIT_ASSERT(lastOperation()->getValue<std::string>("reason").find("no-such-option") !=
                       std::string::npos);
        CPPUNIT_ASSERT_EQUAL(0U, upgrades());
        assertSameChildren(before, status());

        replaceHost(CM_HOST_BINARY);
        upgrade();
        assertSameChildren(before, status());
    }

    void aHostThatDiesLeavesNobody()
    {
        beDouble("die");
        startReady();
        replaceHost(CM_UPGRADE_DOUBLE);
        masterIsKilled();
        host().signal(SIGUSR2);
        CPPUNIT_ASSERT_EQUAL(3, waitForExit());
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

    void aRunMasterThatDoesNotReturnHoldsItUpForGood()
    {
        expectProblem("run_master of overseer did not end in time");
        allowProblem("left behind");
        descriptorsMayGrow();  // by the plugin's copy for the run_master that would follow
        actors(1, "overseer");
        set("plugin.overseer.master", "deaf");
        set("plugin.overseer.masterFile", path("notes"));
        set("plugin.overseer.shutdownTimeoutMs", "200");
        const StatusView before = startReady();
        waitStatus([](const StatusView& s) { return s.masterState("overseer") == "running"; },
                   "run_master runs");
        host().signal(SIGUSR2);
        waitOutput("can take over");
        CPPUNIT_ASSERT(
            waitFor([&] { return output().find("upgrade failed") != std::string::npos; }, Millis(20'000)));
        assertSameChildren(before, status());
        CPPUNIT_ASSERT_EQUAL(0U, upgrades());
    }

    /// Its group is gone but for it, and is to be seen as long as it runs.
    void aRunMasterOfARemovedGroupIsNamedWhereItHoldsUp()
    {
        expectProblem("run_master of over did not end in time");
        expectProblem("run_master of over: did not return in time; left behind");
        descriptorsMayGrow();  // by the plugin's copy for the run_master
        actors(1);
        set("plugin.over.path", testPlugin("overseer"));
        set("plugin.over.master", "deaf");
        set("plugin.over.shutdownTimeoutMs", "200");
        startReady();
        waitStatus([](const StatusView& s) { return s.masterState("over") == "running"; }, "run_master runs");
        set("plugin.over.enabled", "false");
        writeConfig();
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        waitStatus(
            [](const StatusView& s) {
                return s.children().size() == 1 && s.masterState("over") == "stopping" &&
                       s.group("over")->getValue<std::string>("generationState") == "closed";
            },
            "nothing but its run_master should be left of over");
        CPPUNIT_ASSERT_EQUAL(200, control("/readyz").status);
        host().signal(SIGUSR2);
        CPPUNIT_ASSERT(
            waitFor([&] { return output().find("upgrade failed") != std::string::npos; }, Millis(20'000)));
        CPPUNIT_ASSERT(status().hasGroup("over"));
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void aStopGoesBeforeAnUpgrade()
    {
        allowProblem("upgrade failed");
        beDouble("hang");
        startReady();
        replaceHost(CM_UPGRADE_DOUBLE);
        host().signal(SIGUSR2);
        waitOutput("is tried");
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void aKillOfTheHostMeanwhileLeavesNobody()
    {
        beDouble("hang");
        startReady();
        replaceHost(CM_UPGRADE_DOUBLE);
        host().signal(SIGUSR2);
        waitOutput("is tried");
        masterIsKilled();
        CPPUNIT_ASSERT_EQUAL(1000 + SIGKILL, stop(SIGKILL));
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

    /// Its children are the host's own when it goes on.
    void theSpawnerMayDieMeanwhile()
    {
        allowProblem("spawner");
        allowProblem("child");
        restartFast();
        actors(2, "overseer");
        set("plugin.overseer.master", "slow");
        set("plugin.overseer.masterFile", path("notes"));
        const StatusView before = startReady();
        descriptorsMayGrow();
        waitStatus([](const StatusView& s) { return s.masterState("overseer") == "running"; },
                   "run_master runs");
        host().signal(SIGUSR2);
        waitOutput("can take over");
        ::kill(before.group("overseer")->getValue<pid_t>("spawnerPid"), SIGKILL);
        writeFile(path("notes.go"), "");  // run_master returns, and the host leaves
        waitUpgrades(1);
        assertSameChildren(before, waitReady());
        signalChild(1);
        waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
    }

    void pidFileIsKept()
    {
        actors(1);
        argument("--pidfile=" + path("pid"));
        startReady();
        upgrade();
        CPPUNIT_ASSERT_EQUAL(std::to_string(host().pid()) + "\n", readFile(path("pid")));
        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT(!exists(path("pid")));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpgradeTest);

}  // namespace
