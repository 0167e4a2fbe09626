/// Goal: when descriptors or processes run out, starts fail with a reason, what runs goes on, and all is well
/// once there are some again.
/// Method: prlimit on the running master or spawner takes them away and gives them back.
#include "HostFixture.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <vector>

#include "Nobody.h"
#include "base/Sanitizers.h"

namespace {

using namespace clustermanager::integration;

class ResourceTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ResourceTest);
    CPPUNIT_TEST(survivesASpawnerWithoutDescriptors);
    CPPUNIT_TEST(survivesAMasterWithoutDescriptors);
    CPPUNIT_TEST(answersWithoutDescriptors);
    CPPUNIT_TEST(survivesAMasterWithoutMemory);
    CPPUNIT_TEST(waitsForMemoryInTheMidstOfItsWork);
    CPPUNIT_TEST(survivesAForkThatFails);
    CPPUNIT_TEST(survivesAMasterWithoutThreads);
    CPPUNIT_TEST(startsWithFewDescriptors);
    CPPUNIT_TEST(survivesAFileSizeLimit);
    CPPUNIT_TEST(passesTheLimitOn);
    CPPUNIT_TEST_SUITE_END();

    /// Only its owner may limit a process where root lacks the capability, so a helper becomes the owner.
    static void setLimit(pid_t pid, __rlimit_resource resource, const rlimit& wanted)
    {
        struct stat process = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(("/proc/" + std::to_string(pid)).c_str(), &process));
        const pid_t helper = ::fork();
        if (helper == 0)
        {
            const bool owner = ::geteuid() == process.st_uid ||
                               (::setresgid(process.st_gid, process.st_gid, process.st_gid) == 0 &&
                                ::setresuid(process.st_uid, process.st_uid, process.st_uid) == 0);
            ::_exit(owner && ::prlimit(pid, resource, &wanted, nullptr) == 0 ? 0 : 1);
        }
        int status = 0;
        CPPUNIT_ASSERT_EQUAL(helper, ::waitpid(helper, &status, 0));
        CPPUNIT_ASSERT_EQUAL(0, exitCode(status));
    }

    /// The host has the limits of this process until they are changed.
    static rlimit inherited(__rlimit_resource resource)
    {
        rlimit own = {};
        ::getrlimit(resource, &own);
        return own;
    }

    static void limit(pid_t pid, __rlimit_resource resource, rlim_t soft)
    {
        setLimit(pid, resource, {soft, inherited(resource).rlim_max});
    }

    static void restore(pid_t pid, __rlimit_resource resource)
    {
        setLimit(pid, resource, inherited(resource));
    }

    /// A process that has just become ready may have one open for a moment.
    static std::size_t fewestDescriptors(pid_t pid)
    {
        std::size_t fewest = openDescriptors(pid);
        for (int i = 0; i < 200; ++i) fewest = std::min(fewest, openDescriptors(pid));
        return fewest;
    }

    static std::size_t highestDescriptor(pid_t pid)
    {
        std::size_t highest = 0;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
            highest = std::max<std::size_t>(highest, std::stoul(entry.path().filename()));
        return highest;
    }

    void twoActorsWithoutSpares()
    {
        actors(2);
        restartFast();
        set("cluster.backoffMinMs", "20");
        set("cluster.backoffMaxMs", "20");
        set("cluster.spares", "0");
        allowProblem("child 1");
        allowProblem("descriptor");
        allowProblem("Too many open files");
    }

    bool said(const std::string& text) const { return output().find(text) != std::string::npos; }

    /// A request whose answer is left to wait for.
    static void ask(Poco::Net::StreamSocket& client, const std::string& what)
    {
        const std::string request = what + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
        (void)client.sendBytes(request.data(), static_cast<int>(request.size()));
    }

    /// Kills child 1 and waits until a start of it has failed.
    void killInVain()
    {
        signalChild(1);
        waitState(1, "backoff");
        waitOutput("child 1");
    }

    /// Root is exempt from the limit of processes, so the host runs as nobody where the test is root.
    void runAsNobody()
    {
        if (::geteuid() != 0) return;
        giveToNobody(path(""));
        before(&becomeNobody);
    }

public:
    void survivesASpawnerWithoutDescriptors()
    {
        twoActorsWithoutSpares();
        const StatusView before = startReady();
        const pid_t spawner = spawners().front();
        limit(spawner, RLIMIT_NOFILE, fewestDescriptors(spawner));
        killInVain();
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
        for (const pid_t pid : spawners()) restore(pid, RLIMIT_NOFILE);
        descriptorsMayGrow();
        waitReady();
    }

    void survivesAMasterWithoutDescriptors()
    {
        twoActorsWithoutSpares();
        startReady();
        const pid_t victim = status().child(1).pid;
        limit(host().pid(), RLIMIT_NOFILE, 3);
        ::kill(victim, SIGKILL);
        CPPUNIT_ASSERT(waitFor([&] { return !alive(victim); }));
        // Nobody can ask now, so only the end is seen: the host lives, and is itself again.
        CPPUNIT_ASSERT(!host().ended());
        restore(host().pid(), RLIMIT_NOFILE);
        descriptorsMayGrow();
        waitReady();
    }

    void answersWithoutDescriptors()
    {
        twoActorsWithoutSpares();
        startReady();
        limit(host().pid(), RLIMIT_NOFILE, highestDescriptor(host().pid()) + 1);
        // Whoever waits for a request holds one that was still free.
        std::vector<Poco::Net::StreamSocket> holders;
        for (auto free = highestDescriptor(host().pid()) + 1 - openDescriptors(host().pid()); free > 0;
             --free)
            holders.emplace_back(controlSocket());
        for (int i = 0; i < 5; ++i) CPPUNIT_ASSERT_EQUAL(std::size_t{2}, status().countOf("ready"));
        // One that was in use for a moment when they were counted may be free.
        const auto told = [this] { return said("control port: cannot accept a connection: "); };
        for (int i = 0; i < 10 && !waitFor(told, Millis(300)); ++i)
        {
            holders.emplace_back(controlSocket());
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, status().countOf("ready"));
        }
        CPPUNIT_ASSERT(told());
        restore(host().pid(), RLIMIT_NOFILE);
        descriptorsMayGrow();
    }

    /// A sanitizer maps more than it uses, and cannot be without.
    void survivesAMasterWithoutMemory()
    {
        if (clustermanager::kSanitized) return;
        twoActorsWithoutSpares();
        allowProblem("bad_alloc");  // of a request that there was no memory for
        const StatusView before = startReady();
        limit(host().pid(), RLIMIT_AS, 1);
        for (int i = 0; i < 20; ++i)
        {
            Poco::Net::StreamSocket client(controlSocket());
            ask(client, "GET /");
        }
        ::kill(before.child(1).pid, SIGKILL);
        CPPUNIT_ASSERT(waitFor([&] { return !alive(before.child(1).pid); }));
        restore(host().pid(), RLIMIT_AS);
        descriptorsMayGrow();
        waitReady();
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=20s").status);
    }

    /// For so many it needs more than what it has laid aside, and more than what its heap has to spare.
    void waitsForMemoryInTheMidstOfItsWork()
    {
        if (clustermanager::kSanitized) return;
        constexpr std::size_t kMany = 300;
        twoActorsWithoutSpares();
        allowProblem("memory");
        allowProblem("bad_alloc");
        startReady();
        limit(host().pid(), RLIMIT_AS, 1);
        const auto waits = [this] { return said("there is no memory; the host waits"); };
        std::vector<Poco::Net::StreamSocket> clients;  // a request that there is no memory for is lost
        while (clients.size() < 10 && !waits())
        {
            ask(clients.emplace_back(controlSocket()), "POST /groups/actor/scale/" + std::to_string(kMany));
            (void)waitFor(waits, Millis(1000));
        }
        CPPUNIT_ASSERT(waits());
        CPPUNIT_ASSERT(!host().ended());
        restore(host().pid(), RLIMIT_AS);
        descriptorsMayGrow();
        waitStatus([](const StatusView& view) { return view.countOf("ready") == kMany; }, "all are ready");
        waitOutput("there was no memory for the host; there is again");
    }

    void survivesAForkThatFails()
    {
        if (!everybodyMayRead(CM_HOST_BINARY)) return;
        twoActorsWithoutSpares();
        runAsNobody();
        const StatusView ready = startReady();
        const pid_t spawner = spawners().front();
        limit(spawner, RLIMIT_NPROC, 1);
        killInVain();
        CPPUNIT_ASSERT_EQUAL(ready.child(2).pid, status().child(2).pid);
        CPPUNIT_ASSERT_EQUAL(spawner, spawners().front());
        restore(spawner, RLIMIT_NPROC);
        waitReady();
    }

    void survivesAMasterWithoutThreads()
    {
        if (!everybodyMayRead(CM_HOST_BINARY)) return;
        twoActorsWithoutSpares();
        allowProblem("crash reports");
        allowProblem("crashed");
        allowProblem("the files cannot be read now");
        runAsNobody();
        const StatusView before = startReady();
        limit(host().pid(), RLIMIT_NPROC, 1);
        signalChild(1, SIGSEGV);
        waitOutput("crash reports:");
        waitReady();
        const HttpAnswer refused = post("/config/reload?wait=10s");
        CPPUNIT_ASSERT_MESSAGE(refused.body,
                               refused.body.find("the files cannot be read now: pthread_create: "
                                                 "Resource temporarily unavailable") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);

        restore(host().pid(), RLIMIT_NPROC);
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        signalChild(2, SIGSEGV);
        waitOutput("report actor-2-2");
        waitReady();
    }

    void startsWithFewDescriptors()
    {
        actors(60);
        set("cluster.backoffMinMs", "1");
        set("cluster.backoffMaxMs", "1");
        set("cluster.maxRestarts", "1");
        allowProblem("child");
        allowProblem("actor");
        allowProblem("Too many open files");
        before([] {
            const rlimit few = {40, 40};
            ::setrlimit(RLIMIT_NOFILE, &few);
        });
        start();
        waitFor([this] { return host().ended() || exists(path("run/control.sock")); });
        descriptorsMayGrow();
        const int code = stop();
        CPPUNIT_ASSERT_MESSAGE(output(), code == 0 || code == 71);
    }

    /// SIGXFSZ would kill: what does not fit is dropped and counted.
    void survivesAFileSizeLimit()
    {
        actors(1);
        limit(startReady().child(1).pid, RLIMIT_FSIZE, 100'000);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("lines 3000"));
        CPPUNIT_ASSERT_EQUAL(0u, status().child(1).restarts);
        CPPUNIT_ASSERT(readFile(path("log/actor-1.log")).size() <= 100'000);
    }

    void passesTheLimitOn()
    {
        actors(1);
        set("plugin.actor.dump", path("files"));
        before([] {
            const rlimit some = {300, 300};
            ::setrlimit(RLIMIT_NOFILE, &some);
        });
        startReady();
        CPPUNIT_ASSERT(readFile(path("files/1.json")).find("\"nofile\":300") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ResourceTest);

}  // namespace
