/// Goal: the death of a child, of the spawner and of the master leaves no orphan and never gives one id to
/// two processes. Method: SIGKILL to each of them; actors hold a lock on their id as long as their process
/// lives and record where another one has it; strays of a dead master come to this process.
#include "HostFixture.h"

#include <csignal>

namespace {

using namespace clustermanager::integration;

class ThreeDeathsTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ThreeDeathsTest);
    CPPUNIT_TEST(childrenComeBackOneByOne);
    CPPUNIT_TEST(childrenComeBackAllAtOnce);
    CPPUNIT_TEST(aChildIsFollowedWhileTheMasterStandsStill);
    CPPUNIT_TEST(killingAChildEndsItsDescendants);
    CPPUNIT_TEST(childrenOutliveTheSpawner);
    CPPUNIT_TEST(adoptedChildrenAreSupervised);
    CPPUNIT_TEST(adoptedChildrenStopGracefully);
    CPPUNIT_TEST(spawnerDiesWhileItSpawns);
    CPPUNIT_TEST(aStoppedSpawnerIsReplaced);
    CPPUNIT_TEST(aSpawnerMayDieWhileItLoadsAgain);
    CPPUNIT_TEST(nothingOutlivesTheMaster);
    CPPUNIT_TEST(nothingOutlivesTheMasterWhenChildrenAreDeaf);
    CPPUNIT_TEST(nothingOutlivesMasterAndSpawner);
    CPPUNIT_TEST(theNextMasterStartsAtOnce);
    CPPUNIT_TEST_SUITE_END();

    void lockedActors(unsigned count)
    {
        actors(count);
        restartFast();
        set("plugin.actor.exclusive", path("files"));
        set("cluster.shutdownTimeoutMs", "500");
        allowProblem("child ");
        allowProblem("spawner");
    }

    pid_t spawner() const
    {
        const std::vector<pid_t> all = spawners();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
        return all.front();
    }

    pid_t killSpawner()
    {
        const pid_t victim = spawner();
        ::kill(victim, SIGKILL);
        descriptorsMayGrow();
        return victim;
    }

    StatusView waitNewPids(const StatusView& before)
    {
        return waitStatus(
            [&](const StatusView& now) {
                for (const ChildView& child : before.children())
                    if (now.child(child.id).pid == child.pid) return false;
                return now.allReady();
            },
            "every child should have a new process");
    }

public:
    void tearDown() override
    {
        const std::string doubles = readFile(path("files/doubles"));
        HostFixture::tearDown();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("two processes had one id", std::string(), doubles);
    }

    void childrenComeBackOneByOne()
    {
        lockedActors(3);
        startReady();
        for (unsigned round = 1; round <= 10; ++round)
            for (int id = 1; id <= 3; ++id)
            {
                signalChild(id);
                waitRestarts(id, round);
            }
    }

    void childrenComeBackAllAtOnce()
    {
        lockedActors(8);
        StatusView before = startReady();
        for (int round = 0; round < 5; ++round)
        {
            for (const ChildView& child : before.children()) ::kill(child.pid, SIGKILL);
            before = waitNewPids(before);
        }
    }

    /// The supervisor has ordered the successor ahead, and looks at what has become of it when it can again.
    void aChildIsFollowedWhileTheMasterStandsStill()
    {
        lockedActors(2);
        const StatusView before = startReady();
        const pid_t old = before.child(1).pid;
        ::kill(host().pid(), SIGSTOP);
        ::kill(old, SIGKILL);
        const bool gone = waitFor([&] { return !alive(old); });
        const std::string successor = probe(1).ask("who");
        ::kill(host().pid(), SIGCONT);
        CPPUNIT_ASSERT(gone);
        CPPUNIT_ASSERT(!successor.empty());
        (void)waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(successor, probe(1).ask("who"));
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
    }

    void killingAChildEndsItsDescendants()
    {
        lockedActors(1);
        startReady();
        const pid_t grandchild = std::stoi(probe(1).ask("fork"));
        CPPUNIT_ASSERT(alive(grandchild));
        signalChild(1);
        waitRestarts(1, 1);
        CPPUNIT_ASSERT(waitFor([&] { return !alive(grandchild); }));
    }

    void childrenOutliveTheSpawner()
    {
        lockedActors(2);
        const StatusView before = startReady();
        const Probe first = probe(1);
        const pid_t dead = killSpawner();
        waitStatus([&](const StatusView&) { return spawners().size() >= 3 && !alive(dead); },
                   "a new spawner should run beside the two adopted children");
        CPPUNIT_ASSERT(!first.ask("who").empty());
        const StatusView after = waitReady();
        for (int id = 1; id <= 2; ++id)
        {
            CPPUNIT_ASSERT_EQUAL(before.child(id).pid, after.child(id).pid);
            CPPUNIT_ASSERT_EQUAL(0u, after.child(id).restarts);
        }
    }

    void adoptedChildrenAreSupervised()
    {
        lockedActors(2);
        const StatusView before = startReady();
        killSpawner();
        ::kill(before.child(1).pid, SIGKILL);
        probe(2).ask("crash segv");
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), waitRestarts(1, 1).lastExit());
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGSEGV"), waitRestarts(2, 1).lastExit());
    }

    void adoptedChildrenStopGracefully()
    {
        lockedActors(2);
        const StatusView before = startReady();
        killSpawner();
        CPPUNIT_ASSERT_EQUAL(200, control("/children/exit").status);
        const StatusView after = waitNewPids(before);
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), after.child(1).lastExit());
    }

    void spawnerDiesWhileItSpawns()
    {
        lockedActors(4);
        StatusView before = startReady();
        for (int round = 0; round < 6; ++round)
        {
            for (const ChildView& child : before.children()) ::kill(child.pid, SIGKILL);
            // Whoever is a child of the master and no child of the cluster is a spawner.
            for (const pid_t pid : spawners()) ::kill(pid, SIGKILL);
            descriptorsMayGrow();
            before = waitNewPids(before);
        }
    }

    /// The plugin was loaded once, so it is not to blame when the next spawner dies before it has loaded it.
    void aSpawnerMayDieWhileItLoadsAgain()
    {
        lockedActors(1);
        restartFast();
        set("cluster.maxRestarts", "0");
        const StatusView before = startReady();
        descriptorsMayGrow();
        allowProblem("spawner lost");
        const pid_t first = spawner();
        ::kill(first, SIGKILL);
        // The replacement is there from its exec on, long before it has loaded anything.
        pid_t next = 0;
        CPPUNIT_ASSERT(waitFor([&] {
            const std::vector<pid_t> all = spawners();
            next = all.empty() ? 0 : all.back();
            return next != 0 && next != first;
        }));
        ::kill(next, SIGKILL);
        CPPUNIT_ASSERT(waitFor([&] {
            const auto group = status().group("actor");
            return group->getValue<std::string>("generationState") == "open" &&
                   !group->isNull("spawnerPid") && group->getValue<int>("spawnerPid") != next;
        }));
        ::kill(before.child(1).pid, SIGKILL);
        waitNewPids(before);
    }

    void aStoppedSpawnerIsReplaced()
    {
        lockedActors(1);
        set("cluster.startTimeoutMs", std::to_string(300 * timeFactor()));
        const StatusView before = startReady();
        ::kill(spawner(), SIGSTOP);
        descriptorsMayGrow();
        ::kill(before.child(1).pid, SIGKILL);
        waitNewPids(before);
    }

    void nothingOutlivesTheMaster()
    {
        lockedActors(3);
        startReady();
        probe(1).ask("fork");
        probe(2).ask("fork-setsid");
        masterIsKilled();
        CPPUNIT_ASSERT_EQUAL(1000 + SIGKILL, stop(SIGKILL));
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

    void nothingOutlivesTheMasterWhenChildrenAreDeaf()
    {
        lockedActors(2);
        set("plugin.actor.stop", "ignore");
        startReady();
        probe(1).ask("spin");
        masterIsKilled();
        CPPUNIT_ASSERT_EQUAL(1000 + SIGKILL, stop(SIGKILL));
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

    void nothingOutlivesMasterAndSpawner()
    {
        lockedActors(2);
        startReady();
        masterIsKilled();
        const pid_t spawnerPid = spawner();
        host().signal(SIGSTOP);
        ::kill(spawnerPid, SIGKILL);
        CPPUNIT_ASSERT_EQUAL(1000 + SIGKILL, stop(SIGKILL));
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

    void theNextMasterStartsAtOnce()
    {
        lockedActors(2);
        startReady();
        masterIsKilled();
        CPPUNIT_ASSERT_EQUAL(1000 + SIGKILL, stop(SIGKILL));
        // The socket's file is still there, and the old children may be, too: the lock tells.
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
        start();
        waitReady();
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ThreeDeathsTest);

}  // namespace
