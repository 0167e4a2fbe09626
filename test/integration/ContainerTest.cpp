/// Goal: what a container is made of does not trouble the host: a small share of memory, processes and
/// time, a root that cannot be written to, the number 1, no /proc of others, or none at all.
/// Method: control groups and namespaces of the tests' own. Where the machine does not let us have one
/// there is nothing to see.
#include "HostFixture.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>

#include "ControlGroup.h"
#include "Nobody.h"
#include "base/Sanitizers.h"

namespace {

using namespace clustermanager::integration;
using clustermanager::kSanitized;

bool ownMounts()
{
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool mayHaveNamespaces()
{
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(ownMounts() && ::mount("proc", "/proc", "proc", 0, nullptr) == 0 ? 0 : 1);
    int status = 0;
    return ::waitpid(pid, &status, 0) == pid && status == 0;
}

class ContainerTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ContainerTest);
    CPPUNIT_TEST(aChildThatTheKernelTakesForMemoryIsNamedAndReplaced);
    CPPUNIT_TEST(withoutRoomForAProcessItWaitsUntilThereIs);
    CPPUNIT_TEST(aSmallShareOfTimeBlamesNobody);
    CPPUNIT_TEST(aRootThatCannotBeWrittenToIsEnough);
    CPPUNIT_TEST(othersProcessesNeedNotBeSeen);
    CPPUNIT_TEST(withoutProcItSaysSo);
    CPPUNIT_TEST(itIsAGoodFirstProcess);
    CPPUNIT_TEST_SUITE_END();

    void inside(const ControlGroup& group)
    {
        before([group] {
            if (!group.enter()) ::_exit(99);
        });
    }

    void leave(const ControlGroup& group)
    {
        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT(group.remove());
    }

public:
    void aChildThatTheKernelTakesForMemoryIsNamedAndReplaced()
    {
        const std::optional<ControlGroup> group = ControlGroup::make("memory");
        if (!group || kSanitized) return;
        const char* limit = group->isSecondVersion() ? "memory.max" : "memory.limit_in_bytes";
        if (!group->set(limit, "150000000")) return (void)group->remove();
        // What does not fit could go to a disk.
        (void)group->set(group->isSecondVersion() ? "memory.swap.max" : "memory.swappiness", "0");
        inside(*group);
        actors(2);
        restartFast();
        expectProblem("child 1: killed by the kernel: out of memory");
        const StatusView ready = startReady();
        (void)probe(1).ask("eat 400000000");
        const ChildView after = waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), after.lastExit());
        waitStatus(
            [](const StatusView& s) {
                return s.child(1).lastReason() == "killed by the kernel: out of memory";
            },
            "the status should say why");
        CPPUNIT_ASSERT_EQUAL(ready.child(2).pid, status().child(2).pid);
        leave(*group);
    }

    void withoutRoomForAProcessItWaitsUntilThereIs()
    {
        const std::optional<ControlGroup> group = ControlGroup::make("pids");
        if (!group) return;
        inside(*group);
        actors(2);
        restartFast();
        set("cluster.spares", "0");
        set("cluster.backoffMaxMs", "20");
        allowProblem("child 1");
        const StatusView ready = startReady();
        if (!group->set("pids.max", "1")) return leave(*group);
        signalChild(1);
        waitState(1, "backoff");
        waitOutput("Resource temporarily unavailable");
        CPPUNIT_ASSERT_EQUAL(ready.child(2).pid, status().child(2).pid);
        CPPUNIT_ASSERT(group->set("pids.max", "max"));
        waitReady();
        leave(*group);
    }

    void aSmallShareOfTimeBlamesNobody()
    {
        const std::optional<ControlGroup> group = ControlGroup::make("cpu");
        if (!group) return;
        const std::string share = std::to_string(10'000 * timeFactor());  // of 100'000
        const bool slow = group->isSecondVersion() ? group->set("cpu.max", share + " 100000")
                                                   : group->set("cpu.cfs_quota_us", share);
        if (!slow) return (void)group->remove();
        inside(*group);
        actors(4);
        const StatusView ready = startReady();
        CPPUNIT_ASSERT_EQUAL(200, post("/reload?wait=60s").status);
        const StatusView reloaded = status();
        for (const ChildView& child : reloaded.children())
        {
            CPPUNIT_ASSERT_EQUAL(1U, child.restarts);
            CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), child.lastExit());
        }
        descriptorsMayGrow();
        host().signal(SIGTERM);
        CPPUNIT_ASSERT_EQUAL(0, waitForExit(Millis(30'000)));
        CPPUNIT_ASSERT(group->remove());
    }

    void aRootThatCannotBeWrittenToIsEnough()
    {
        if (!mayHaveNamespaces()) return;
        actors(2);
        before([folder = path("")] {
            const bool done = ownMounts() &&
                              ::mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
                              ::mount("none", "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
            if (!done) ::_exit(99);
        });
        startReady();
        const pid_t victim = signalChild(1);
        CPPUNIT_ASSERT(waitRestarts(1, 1).pid != victim);
    }

    void othersProcessesNeedNotBeSeen()
    {
        if (!mayHaveNamespaces() || !everybodyMayRead(CM_HOST_BINARY)) return;
        actors(2);
        restartFast();
        giveToNobody(path(""));
        before([] {
            if (!ownMounts() || ::mount("proc", "/proc", "proc", 0, "hidepid=2") != 0) ::_exit(99);
            becomeNobody();
        });
        startReady();
        signalChild(1);
        waitRestarts(1, 1);
        descriptorsMayGrow();
        CPPUNIT_ASSERT_EQUAL(200, post("/reload?wait=20s").status);
    }

    /// A sanitizer cannot be without it either.
    void withoutProcItSaysSo()
    {
        if (kSanitized || !mayHaveNamespaces()) return;
        actors(1);
        expectProblem("/proc is not mounted here");
        before([] {
            if (!ownMounts() || ::umount2("/proc", MNT_DETACH) != 0) ::_exit(99);
        });
        CPPUNIT_ASSERT_EQUAL(71, startAndEnd());
    }

    /// Whoever loses its parent comes to it, and it gets no signal that it has no handler for.
    void itIsAGoodFirstProcess()
    {
        const char* unshareProgram = "/usr/bin/unshare";
        if (!mayHaveNamespaces() || ::access(unshareProgram, X_OK) != 0) return;
        actors(2);
        restartFast();
        writeConfig();
        Launch launch;
        launch.program = unshareProgram;
        launch.arguments = {"--pid",
                            "--fork",
                            "--mount-proc",
                            "--kill-child",
                            CM_HOST_BINARY,
                            "--config-file=" + path("host.properties"),
                            path("files/actor.so")};
        launch.workingFolder = path("");
        launch.output = path("output");
        HostProcess unshare(launch);
        waitRestartsInside(0);
        const std::vector<pid_t> first = childrenOf(unshare.pid());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, first.size());
        (void)probe(1).ask("fork-setsid");
        (void)probe(1).ask("crash kill");
        waitRestartsInside(1);
        const std::string processes = "/proc/" + std::to_string(first.front()) + "/root/proc";
        CPPUNIT_ASSERT_MESSAGE(output(), waitFor([&] { return zombies(processes) == 0; }));
        CPPUNIT_ASSERT_EQUAL(0, ::kill(first.front(), SIGTERM));
        const std::optional<int> end = unshare.waitForEnd();
        CPPUNIT_ASSERT_MESSAGE(output(), end && exitCode(*end) == 0);
        CPPUNIT_ASSERT(output().find("serving as process 1;") != std::string::npos);
    }

private:
    void waitRestartsInside(unsigned restarts) const
    {
        CPPUNIT_ASSERT_MESSAGE(output(), waitFor([&] {
                                   if (!listens(path("run/control.sock"))) return false;
                                   const StatusView now = status();
                                   return now.allReady() && now.child(1).restarts == restarts;
                               }));
    }

    /// Its file is there a moment before.
    static bool listens(const std::string& socket)
    {
        if (!exists(socket)) return false;
        try
        {
            const Poco::Net::StreamSocket client{Poco::Net::SocketAddress(socket)};
            return true;
        }
        catch (const Poco::Net::ConnectionRefusedException&)
        {
            return false;
        }
    }

    static std::size_t zombies(const std::string& processes)
    {
        std::size_t found = 0;
        for (const auto& entry : std::filesystem::directory_iterator(processes))
            if (readFile(entry.path().string() + "/stat").find(") Z ") != std::string::npos) ++found;
        return found;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ContainerTest);

}  // namespace
