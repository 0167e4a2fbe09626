/// Goal: whoever dies at whatever step of an upgrade leaves no orphan, gives no id to two processes and loses
/// no listener. Where the host lives on, the service answers and the next upgrade works; where it does not,
/// the next host starts at once.
/// Method: the host with fault points (base/FaultPoint.h) becomes itself; all steps, one after the other.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "FaultFixture.h"

namespace {

using namespace clustermanager;
using namespace clustermanager::integration;

class UpgradeFaultTest : public FaultFixture
{
    CPPUNIT_TEST_SUITE(UpgradeFaultTest);
    CPPUNIT_TEST(theMasterDiesAtEachStep);
    CPPUNIT_TEST(theNewProgramDiesAtEachStep);
    CPPUNIT_TEST(theNewProgramEndsAtEachStep);
    CPPUNIT_TEST(theOldProgramDiesOnItsWayBack);
    CPPUNIT_TEST(theRehearsalDiesAtEachStep);
    CPPUNIT_TEST(theMastersStepsFail);
    CPPUNIT_TEST(theNewProgramFailsBeforeItOwnsTheState);
    CPPUNIT_TEST(theNewProgramFailsAfterwards);
    CPPUNIT_TEST(theAlarmEndsOneThatHangsWithoutAWayBack);
    CPPUNIT_TEST(theAlarmTakesOneThatHangsBack);
    CPPUNIT_TEST(noAlarmIsLeft);
    CPPUNIT_TEST(execItselfMayFail);
    CPPUNIT_TEST(aProgramThatWasNotTriedIsNotGoneOnIn);
    CPPUNIT_TEST(spawnersDieAtEachStep);
    CPPUNIT_TEST(childrenDieAtEachStep);
    CPPUNIT_TEST(theHostIsStoppedAtEachStep);
    CPPUNIT_TEST(aChildIsNotBlamedForTheTimeAway);
    CPPUNIT_TEST_SUITE_END();

    static std::vector<std::string> masterPoints() { return points(FaultAt::Master, "upgrade."); }

    /// Those in the master's process, whatever runs in it.
    static std::vector<std::string> allPoints()
    {
        std::vector<std::string> all = masterPoints();
        for (const std::string& point : points(FaultAt::Image)) all.push_back(point);
        return all;
    }

    void hostDiesAtEach(const std::vector<std::string>& all, const std::string& action, int code)
    {
        startReady();
        for (const std::string& point : all)
        {
            arm(point, action);
            askUpgrade();
            hostDied(code);
            CPPUNIT_ASSERT_MESSAGE(point, struck(point));
        }
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void waitFailed()
    {
        waitStatus(
            [&](const StatusView& s) {
                return s.master()->getValue<unsigned>("upgrades") == 0 &&
                       lastOperation()->getValue<std::string>("kind") == "upgrade" &&
                       lastOperation()->getValue<std::string>("state") == "failed";
            },
            "the upgrade should fail");
    }

    /// The host goes on in the old program, with all its children.
    void comesToNothing(const std::string& point, const std::string& action)
    {
        const StatusView before = startReady();
        arm(point, action);
        askUpgrade();
        waitStruck(point);
        waitFailed();
        assertSameChildren(before, waitWhole());
        upgradeWorks();
        reloadWorks();
        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, strayFiles().size());
    }

    void whileTheHostHangs(const std::function<void()>& kill)
    {
        startReady();
        unsigned done = 0;
        for (const std::string& point : allPoints())
        {
            arm(point, "hang");
            askUpgrade();
            (void)waitHang(point);
            kill();
            letGoOf(point);
            waitUpgrades(++done);
            waitWhole();
            upgradeWorks();
            ++done;
        }
        reloadWorks();
    }

public:
    void theMasterDiesAtEachStep() { hostDiesAtEach(masterPoints(), "kill", 1000 + SIGKILL); }

    void theNewProgramDiesAtEachStep() { hostDiesAtEach(points(FaultAt::Image), "kill", 1000 + SIGKILL); }

    void theNewProgramEndsAtEachStep() { hostDiesAtEach(points(FaultAt::Image), "exit", 3); }

    void theOldProgramDiesOnItsWayBack()
    {
        startReady();
        for (const std::string& point : points(FaultAt::Image))
        {
            if (point == "image.wayBack") continue;  // it needs none
            arm("image.begun", "hang");
            askUpgrade();
            (void)waitHang("image.begun");
            arm("image.wayBack", "fail");
            arm(point, "kill");
            letGoOf("image.begun");
            hostDied(1000 + SIGKILL);
            CPPUNIT_ASSERT_MESSAGE(point, struck(point) && struck("image.wayBack"));
        }
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void theRehearsalDiesAtEachStep()
    {
        const StatusView before = startReady();
        unsigned done = 0;
        for (const std::string& point : points(FaultAt::Rehearsal))
            for (const char* action : {"kill", "exit"})
            {
                arm(point, action);
                askUpgrade();
                waitStruck(point);
                // What it has said counts.
                const bool good = point == "rehearsal.answered";
                waitStatus(
                    [&](const StatusView&) {
                        const std::string state = lastOperation()->getValue<std::string>("state");
                        return state == (good ? "done" : "failed");
                    },
                    "the upgrade should end");
                done += good ? 2 : 1;
                upgradeWorks();
                CPPUNIT_ASSERT_EQUAL(done, upgrades());
            }
        assertSameChildren(before, waitWhole());
    }

    /// As where the kernel has no memory, process or descriptor left.
    void theMastersStepsFail()
    {
        masterIsKilled();  // each run has its own checks
        for (const char* point : {"upgrade.asked", "upgrade.rehearses", "upgrade.paused", "upgrade.sealed"})
            comesToNothing(point, "fail");
    }

    void theNewProgramFailsBeforeItOwnsTheState()
    {
        masterIsKilled();
        for (const char* point : {"image.wayBack", "image.read"}) comesToNothing(point, "fail");
    }

    void theNewProgramFailsAfterwards()
    {
        expectProblem("image.");
        hostDiesAtEach({"image.owned", "image.resumed", "image.control"}, "fail", 71);
    }

    void theAlarmEndsOneThatHangsWithoutAWayBack()
    {
        startReady();
        arm("image.begun", "hang");
        askUpgrade();
        const long left = waitHang("image.begun").alarmSeconds;
        CPPUNIT_ASSERT(left > 0 && left <= 10);
        host().signal(SIGALRM);  // it is late
        hostDied(1000 + SIGALRM);
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void theAlarmTakesOneThatHangsBack()
    {
        expectProblem("was not up within 10 s");
        const StatusView before = startReady();
        for (const char* point : {"image.wayBack", "image.read"})
        {
            arm(point, "hang");
            askUpgrade();
            CPPUNIT_ASSERT(waitHang(point).alarmSeconds > 0);
            host().signal(SIGALRM);
            waitFailed();
        }
        assertSameChildren(before, waitWhole());
        upgradeWorks();
    }

    void noAlarmIsLeft()
    {
        startReady();
        arm("image.owned", "hang");
        askUpgrade();
        CPPUNIT_ASSERT_EQUAL(0L, waitHang("image.owned").alarmSeconds);
        host().signal(SIGALRM);
        letGoOf("image.owned");
        waitUpgrades(1);
        upgradeWorks();
    }

    void execItselfMayFail()
    {
        expectProblem("exec");
        const StatusView before = startReady();
        arm("upgrade.exec", "hang");
        askUpgrade();
        CPPUNIT_ASSERT(waitHang("upgrade.exec").alarmSeconds > 0);
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(hostPath().c_str(), 0644));
        letGoOf("upgrade.exec");
        waitFailed();
        replaceHost(CM_FAULTY_BINARY);
        arm("upgrade.asked", "hang");
        askUpgrade();
        CPPUNIT_ASSERT_EQUAL(0L, waitHang("upgrade.asked").alarmSeconds);
        host().signal(SIGALRM);
        letGoOf("upgrade.asked");
        waitUpgrades(1);
        assertSameChildren(before, waitWhole());
    }

    void aProgramThatWasNotTriedIsNotGoneOnIn()
    {
        expectProblem("has changed since it was tried");
        const StatusView before = startReady();
        arm("upgrade.exec", "hang");
        askUpgrade();
        (void)waitHang("upgrade.exec");
        writeFile(hostPath() + ".new", "#!/bin/sh\nexit 0\n");
        CPPUNIT_ASSERT_EQUAL(0, ::chmod((hostPath() + ".new").c_str(), 0755));
        std::filesystem::rename(hostPath() + ".new", hostPath());
        letGoOf("upgrade.exec");
        waitFailed();
        assertSameChildren(before, waitWhole());
        replaceHost(CM_FAULTY_BINARY);
        upgradeWorks();
    }

    void spawnersDieAtEachStep()
    {
        whileTheHostHangs([this] {
            for (const pid_t pid : spawners())
                if (nameOf(pid) == "cm-spawner") killProcesses({pid});
        });
    }

    void childrenDieAtEachStep()
    {
        whileTheHostHangs([this] {
            for (const pid_t spawner : spawners()) killProcesses(childrenOf(spawner));
        });
    }

    void theHostIsStoppedAtEachStep()
    {
        stopsAtEach(allPoints(), [this] { askUpgrade(); });
    }
    void aChildIsNotBlamedForTheTimeAway()
    {
        const Millis limit = std::min(Millis(3000) * timeFactor(), Millis(6000));  // an image has 10 s
        set("cluster.startTimeoutMs", std::to_string(limit.count()));
        set("plugin.actor.start", "late");
        set("plugin.actor.startIf", path("held"));
        set("plugin.actor.gate", path("gate"));
        startReady();
        writeFile(path("held"), "1 0");
        signalChild(1);
        waitState(1, "starting");
        arm("image.begun", "hang");
        askUpgrade();
        (void)waitHang("image.begun");
        const auto over = std::chrono::steady_clock::now() + limit;
        CPPUNIT_ASSERT(waitFor([over] { return std::chrono::steady_clock::now() >= over; }, limit * 2));
        letGoOf("image.begun");
        waitUpgrades(1);
        writeFile(path("gate"), "");
        CPPUNIT_ASSERT_EQUAL(1U, waitState(1, "ready").restarts);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpgradeFaultTest);

}  // namespace
