/// Goal: whoever dies at whatever step of a reload leaves no orphan, gives no id to two processes and loses
/// no listener; where the host lives on the service answers, and the next reload works. Where it does not,
/// the next host starts at once.
/// Method: the host with fault points (base/FaultPoint.h); all of its steps, one after the other.
#include <algorithm>

#include "FaultFixture.h"

namespace {

using namespace clustermanager;
using namespace clustermanager::integration;

class ReloadFaultTest : public FaultFixture
{
    CPPUNIT_TEST_SUITE(ReloadFaultTest);
    CPPUNIT_TEST(theShippedHostHasNoFaultPoint);
    CPPUNIT_TEST(theMasterDiesAtEachStep);
    CPPUNIT_TEST(theSpawnerDiesAtEachStep);
    CPPUNIT_TEST(aChildDiesAtEachStep);
    CPPUNIT_TEST(spawnersDieWhileTheMasterIsAtEachStep);
    CPPUNIT_TEST(childrenDieWhileTheMasterIsAtEachStep);
    CPPUNIT_TEST(theMastersStepsFail);
    CPPUNIT_TEST(aSpawnerThatHangsIsReplaced);
    CPPUNIT_TEST(masterAndSpawnerDie);
    CPPUNIT_TEST(theHostIsStoppedAtEachStep);
    CPPUNIT_TEST(anUpgradeComesAtEachStep);
    CPPUNIT_TEST(theMasterDiesAtEachStepOfTheOthers);
    CPPUNIT_TEST_SUITE_END();

    static std::vector<std::string> masterPoints() { return points(FaultAt::Master, "reload."); }

    /// All those of spawners but the one after the master's death.
    static std::vector<std::string> spawnerPoints()
    {
        std::vector<std::string> all = points(FaultAt::Spawner);
        all.erase(std::find(all.begin(), all.end(), "spawner.masterEnded"));
        return all;
    }

    static std::vector<std::string> othersPoints()
    {
        std::vector<std::string> all = spawnerPoints();
        for (const std::string& point : points(FaultAt::Child)) all.push_back(point);
        return all;
    }

    /// Makes somebody come to the point: a spare has its turn only where a child ends, and another child only
    /// where there is no spare.
    void provoke(const std::string& point)
    {
        if (point != "child.ordered" && point != "child.born" && point != "spawner.spare") return askReload();
        if (point == "child.ordered") (void)waitSpare();
        if (point == "child.born")
        {
            const pid_t spare = waitSpare();
            ::kill(spare, SIGKILL);  // the next one is put off for a while
            CPPUNIT_ASSERT(waitFor([spare] { return !alive(spare); }));
        }
        signalChild(1);
    }

    pid_t waitSpare()
    {
        pid_t spare = 0;
        CPPUNIT_ASSERT(waitFor([&] {
            for (const pid_t pid : childrenOf(parentOf(status().child(1).pid)))
                if (nameOf(pid) == "cm-spare") spare = pid;
            return spare != 0;
        }));
        return spare;
    }

    void strikeEach(const std::vector<std::string>& all, const std::string& action)
    {
        startReady();
        for (const std::string& point : all)
        {
            arm(point, action);
            provoke(point);
            waitStruck(point);
            waitWhole();
            reloadWorks();
        }
    }

    void whileTheMasterHangs(const std::function<void()>& kill)
    {
        startReady();
        for (const std::string& point : masterPoints())
        {
            arm(point, "hang");
            askReload();
            (void)waitHang(point);
            kill();
            letGoOf(point);
            waitWhole();
            reloadWorks();
        }
    }

public:
    void theShippedHostHasNoFaultPoint()
    {
        const std::string shipped = readFile(CM_HOST_BINARY);
        const std::string faulty = readFile(CM_FAULTY_BINARY);
        for (const FaultPoint& point : kFaultPoints)
        {
            const std::string name(point.name);
            CPPUNIT_ASSERT_MESSAGE(name, faulty.find(name) != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(name, shipped.find(name) == std::string::npos);
        }
        CPPUNIT_ASSERT(shipped.find("CM_FAULTS") == std::string::npos);
        CPPUNIT_ASSERT(shipped.find("faultPoint") == std::string::npos);
    }

    void theMasterDiesAtEachStep()
    {
        startReady();
        for (const std::string& point : masterPoints())
        {
            arm(point, "kill");
            askReload();
            hostDied(1000 + SIGKILL);
            CPPUNIT_ASSERT_MESSAGE(point, struck(point));
        }
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void theSpawnerDiesAtEachStep() { strikeEach(spawnerPoints(), "kill"); }

    void aChildDiesAtEachStep() { strikeEach(points(FaultAt::Child), "kill"); }

    void spawnersDieWhileTheMasterIsAtEachStep()
    {
        whileTheMasterHangs([this] {
            // Also one that has not got its name yet. A child may be the master's own by now.
            for (const pid_t pid : spawners())
                if (nameOf(pid).rfind("cm-actor", 0) != 0) killProcesses({pid});
        });
    }

    void childrenDieWhileTheMasterIsAtEachStep()
    {
        whileTheMasterHangs([this] {
            for (const pid_t spawner : spawners()) killProcesses(childrenOf(spawner));
        });
    }

    /// As where the kernel has no descriptor, process or memory left.
    void theMastersStepsFail()
    {
        startReady();
        for (const char* point : {"reload.spawner", "reload.planned", "reload.order"})
        {
            arm(point, "fail");
            askReload();
            waitStruck(point);
            waitWhole();
            reloadWorks();
        }
    }

    void aSpawnerThatHangsIsReplaced()
    {
        set("cluster.startTimeoutMs", "1500");  // of which a busy machine takes a third to load a plugin
        set("cluster.shutdownTimeoutMs", "300");
        startReady();
        for (const char* point : {"spawner.begun", "spawner.opened", "spawner.loaded", "spawner.order",
                                  "spawner.born", "spawner.dead", "spawner.reported"})
        {
            // Who has just reported something is done with it too, and does not come to the point with it.
            for (const pid_t pid : spawners()) (void)waitFor([pid] { return asleep(pid); });
            arm(point, "hang");
            askReload();
            const Hanging spawner = waitHang(point);
            CPPUNIT_ASSERT_MESSAGE(point, waitFor([&] { return !alive(spawner.pid); }));
            waitWhole();
            reloadWorks();
        }
    }

    void masterAndSpawnerDie()
    {
        startReady();
        arm("spawner.masterEnded", "kill");
        host().signal(SIGKILL);
        waitStruck("spawner.masterEnded");
        hostDied(1000 + SIGKILL);
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void theHostIsStoppedAtEachStep()
    {
        stopsAtEach(masterPoints(), [this] { askReload(); });
    }

    /// What a spawner or a child was about to say is heard by the program that follows.
    void anUpgradeComesAtEachStep()
    {
        startReady();
        for (const std::string& point : othersPoints())
        {
            arm(point, "hang");
            provoke(point);
            (void)waitHang(point);
            upgrade();
            letGoOf(point);
            waitWhole();
            reloadWorks();
        }
    }

    void theMasterDiesAtEachStepOfTheOthers()
    {
        startReady();
        for (const std::string& point : othersPoints())
        {
            arm(point, "hang");
            provoke(point);
            (void)waitHang(point);
            host().signal(SIGKILL);
            letGoOf(point);
            hostDied(1000 + SIGKILL);
        }
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReloadFaultTest);

}  // namespace
