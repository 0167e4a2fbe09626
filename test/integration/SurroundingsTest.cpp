/// Goal: whatever machine the host finds itself on (no inotify, no IPv6, a full disk, an odd umask, a user
/// nobody knows, little CPU, another host beside it), it works or says in one sentence why it cannot.
/// Method: the process is put into these surroundings between fork and exec; what the kernel refuses is
/// refused by a filter of system calls.
#include "HostFixture.h"
#include "Nobody.h"
#include "fakes/Forbid.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <sstream>

namespace {

using namespace clustermanager::integration;

constexpr uid_t kStranger = 12345;  // no passwd entry has it

int oomScoreOf(pid_t pid)
{
    return std::stoi(readFile("/proc/" + std::to_string(pid) + "/oom_score_adj"));
}

class SurroundingsTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(SurroundingsTest);
    CPPUNIT_TEST(withoutInotifyDroppedPluginsAndRemovedSocketsAreFoundByLooking);
    CPPUNIT_TEST(withoutMemfdPluginsAreLoadedFromFilesWithoutAName);
    CPPUNIT_TEST(aRunFolderThatIsRemovedComesBackWithItsSocket);
    CPPUNIT_TEST(aRunFolderThatCannotBeMadeIsToldOnceAndUsedWhenItIsBack);
    CPPUNIT_TEST(childrenAreTheKernelsToTakeBeforeTheMaster);
    CPPUNIT_TEST(theOomScoreOfAChildIsAtMostAThousand);
    CPPUNIT_TEST(twoHostsWithOneLogFolderAreWarned);
    CPPUNIT_TEST(aListenerWithoutIPv6IsRefusedByName);
    CPPUNIT_TEST(aLowPortWithoutTheRightIsRefusedByName);
    CPPUNIT_TEST(theBacklogIsAsLongAsTheKernelAllows);
    CPPUNIT_TEST(aPidFileOnAFullDiskIsRefusedByName);
    CPPUNIT_TEST(aUmaskThatTakesEverythingChangesNothing);
    CPPUNIT_TEST(aUmaskThatTakesNothingOpensNothing);
    CPPUNIT_TEST(aUserWithoutAnEntryIsUserEnough);
    CPPUNIT_TEST(librariesInTheCurrentFolderAreLeftAlone);
    CPPUNIT_TEST(theNicestHostRestartsNobodyForBeingSlow);
    CPPUNIT_TEST_SUITE_END();

    static bool isRoot() { return ::geteuid() == 0; }

    /// Another user than the one that runs the test is to find its files.
    void openFolders(uid_t user) const
    {
        ::chmod(path("").c_str(), 0755);
        for (const char* name : {"run", "log", "probe", "files"})
            CPPUNIT_ASSERT_EQUAL(0, ::chown(path(name).c_str(), user, user));
        for (const auto& file : std::filesystem::directory_iterator(path("files")))
            CPPUNIT_ASSERT_EQUAL(0, ::chown(file.path().c_str(), user, user));
    }

    void expectRefusal(int code, const std::string& words)
    {
        expectProblem(words);
        const int ended = startAndEnd();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), code, ended);
    }

    bool answers() const
    {
        try
        {
            return control("/").status == 200;
        }
        catch (const std::exception&)
        {
            return false;
        }
    }

    /// The files of the libraries that this process uses: most of the host's are among them.
    static std::set<std::string> libraryNames()
    {
        std::set<std::string> names;
        std::istringstream maps(readFile("/proc/self/maps"));
        for (std::string line; std::getline(maps, line);)
            if (line.find(".so.") != std::string::npos) names.insert(line.substr(line.rfind('/') + 1));
        return names;
    }

    static mode_t modeOf(const std::string& file)
    {
        struct stat facts = {};
        CPPUNIT_ASSERT_EQUAL_MESSAGE(file, 0, ::lstat(file.c_str(), &facts));
        return facts.st_mode & 07777;
    }

public:
    void withoutInotifyDroppedPluginsAndRemovedSocketsAreFoundByLooking()
    {
        std::filesystem::create_directory(path("plugins"));
        set("cluster.plugins", path("plugins"));
        set("cluster.count", "1");
        std::filesystem::rename(testPlugin("actor"), path("plugins/first.so"));
        descriptorsMayGrow();
        before([] { clustermanager::test::forbid(SYS_inotify_init1, EMFILE); });
        startReady();
        waitOutput("cannot be watched: Too many open files; it is looked through");
        waitOutput("the control socket's file: the kernel gives no watch (inotify: Too many open files)");
        std::filesystem::remove(path("run/control.sock"));
        CPPUNIT_ASSERT(waitFor([&] { return answers(); }, Millis(20'000)));
        std::filesystem::rename(testPlugin("overseer"), path("plugins/late.so"));
        CPPUNIT_ASSERT_MESSAGE(output(), waitFor([&] { return status().hasGroup("late"); }, Millis(20'000)));
        CPPUNIT_ASSERT(output().find("Bad file descriptor") == std::string::npos);
    }

    void withoutMemfdPluginsAreLoadedFromFilesWithoutAName()
    {
        actors(2);
        before([] { clustermanager::test::forbid(SYS_memfd_create, EPERM); });
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=20s").status);
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void aRunFolderThatIsRemovedComesBackWithItsSocket()
    {
        actors(1);
        startReady();
        // Moved first: where it stands the host would put its socket back while it is being removed.
        std::filesystem::rename(path("run"), path("away"));
        std::filesystem::remove_all(path("away"));
        CPPUNIT_ASSERT(waitFor([&] { return answers(); }, Millis(20'000)));
        // The new folder is watched as the old one was.
        std::filesystem::remove(path("run/control.sock"));
        CPPUNIT_ASSERT(waitFor([&] { return answers(); }, Millis(20'000)));
    }

    void aRunFolderThatCannotBeMadeIsToldOnceAndUsedWhenItIsBack()
    {
        actors(1);
        set("cluster.controlSocket", "run/deep/control.sock");
        std::filesystem::create_directory(path("run/deep"));
        const std::string words = "the control socket's file was removed, and cannot be made again yet";
        expectProblem(words);
        start();
        waitOutput("serving as process");
        mayLeaveFiles();
        // Moved first: where it stands the host would put its socket back while it is being removed.
        std::filesystem::rename(path("run"), path("away"));
        std::filesystem::remove_all(path("away"));
        waitOutput(words);
        std::filesystem::create_directories(path("run/deep"));
        waitOutput("the control socket's file was removed; it is there again");
        const std::string all = output();
        CPPUNIT_ASSERT_MESSAGE(all, all.find(words) == all.rfind(words));
    }

    void childrenAreTheKernelsToTakeBeforeTheMaster()
    {
        actors(1);
        restartFast();
        allowProblem("child ");
        const StatusView view = startReady();
        const int master = oomScoreOf(host().pid());
        CPPUNIT_ASSERT_EQUAL(std::min(master + 200, 1000), oomScoreOf(spawners().front()));
        CPPUNIT_ASSERT_EQUAL(std::min(master + 200, 1000), oomScoreOf(view.child(1).pid));
        signalChild(1);  // the next one was a spare
        CPPUNIT_ASSERT_EQUAL(std::min(master + 200, 1000), oomScoreOf(waitRestarts(1, 1).pid));
    }

    void theOomScoreOfAChildIsAtMostAThousand()
    {
        actors(1);
        before([] { writeFile("/proc/self/oom_score_adj", "900"); });
        const StatusView view = startReady();
        CPPUNIT_ASSERT_EQUAL(900, oomScoreOf(host().pid()));
        CPPUNIT_ASSERT_EQUAL(1000, oomScoreOf(view.child(1).pid));
    }

    void twoHostsWithOneLogFolderAreWarned()
    {
        actors(1);
        startReady();
        CPPUNIT_ASSERT(output().find("another running host logs there too") == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        CPPUNIT_ASSERT(output().find("another running host logs there too") == std::string::npos);

        writeFile(path("second.properties"), "cluster.controlSocket = run/second.sock\ncluster.count = 1\n");
        Launch launch;
        launch.program = CM_HOST_BINARY;
        launch.arguments = {"--config-file=" + path("second.properties"), testPlugin("actor")};
        launch.workingFolder = path("");
        launch.output = path("second");
        HostProcess second(launch);
        CPPUNIT_ASSERT_MESSAGE(readFile(path("second")),
                               waitFor([&] { return exists(path("run/second.sock")); }));
        second.signal(SIGTERM);
        CPPUNIT_ASSERT(second.waitForEnd());
        const std::string said = readFile(path("second"));
        CPPUNIT_ASSERT_MESSAGE(said,
                               said.find("/log': another running host logs there too") != std::string::npos);
    }

    void aListenerWithoutIPv6IsRefusedByName()
    {
        actors(1);
        set("listen.front", "[::1]:0");
        before([] { clustermanager::test::forbid(SYS_socket, EAFNOSUPPORT, AF_INET6); });
        expectRefusal(69, "listen.front: ");
        CPPUNIT_ASSERT_MESSAGE(output(), output().find("::1") != std::string::npos);
    }

    void aLowPortWithoutTheRightIsRefusedByName()
    {
        if (!isRoot() || !everybodyMayRead(CM_HOST_BINARY)) return;
        if (std::stoi(readFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")) <= 80) return;
        actors(1);
        openFolders(kNobody);
        set("listen.front", "127.0.0.1:80");
        before(&becomeNobody);
        expectRefusal(77, "listen.front: ");
        CPPUNIT_ASSERT_MESSAGE(output(), output().find("CAP_NET_BIND_SERVICE") != std::string::npos);
    }

    void theBacklogIsAsLongAsTheKernelAllows()
    {
        actors(1);
        set("listen.front", "127.0.0.1:0");
        startReady();
        const int longest = std::stoi(readFile("/proc/sys/net/core/somaxconn"));
        CPPUNIT_ASSERT(waitFor([&] {
            return status().text().find("\"queueLimit\":" + std::to_string(longest)) != std::string::npos;
        }));
    }

    void aPidFileOnAFullDiskIsRefusedByName()
    {
        actors(1);
        set("cluster.spares", "0");
        argument("--pidfile=" + path("run/host.pid"));
        before([] {
            (void)::signal(SIGXFSZ, SIG_IGN);
            const rlimit none{0, 0};
            (void)::setrlimit(RLIMIT_FSIZE, &none);
        });
        mayLeaveFiles();
        start();
        CPPUNIT_ASSERT_EQUAL(73, waitForExit());
    }

    void aUmaskThatTakesEverythingChangesNothing()
    {
        actors(1);
        set("listen.front", "unix:" + path("run/front.sock"));
        set("plugin.actor.serve", "front");
        before([] { ::umask(0777); });
        startReady();
        CPPUNIT_ASSERT_EQUAL(mode_t{0600}, modeOf(path("run/control.sock")));
        CPPUNIT_ASSERT_EQUAL(mode_t{0660}, modeOf(path("run/front.sock")));
        CPPUNIT_ASSERT(!exchangeBytes(Poco::Net::SocketAddress(path("run/front.sock")), "").empty());
        (void)probe(1).ask("log 2 written all the same");
        CPPUNIT_ASSERT(childLog("actor", 1).find("written all the same") != std::string::npos);
    }

    void aUmaskThatTakesNothingOpensNothing()
    {
        actors(1);
        before([] { ::umask(0); });
        startReady();
        (void)probe(1).ask("log 2 a line");
        CPPUNIT_ASSERT_EQUAL(mode_t{0600}, modeOf(path("run/control.sock")));
        CPPUNIT_ASSERT(exists(path("log/actor-1.log")));
        for (const auto& file : std::filesystem::recursive_directory_iterator(path("log")))
            CPPUNIT_ASSERT_EQUAL_MESSAGE(file.path(), mode_t{0}, modeOf(file.path()) & 0022);
    }

    void aUserWithoutAnEntryIsUserEnough()
    {
        if (!isRoot() || !everybodyMayRead(CM_HOST_BINARY)) return;
        actors(1);
        restartFast();
        allowProblem("child ");
        openFolders(kStranger);
        before([] { become(kStranger); });
        startReady();
        signalChild(1);
        waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void librariesInTheCurrentFolderAreLeftAlone()
    {
        actors(1);
        CPPUNIT_ASSERT(libraryNames().size() > 3);
        for (const std::string& name : libraryNames()) writeFile(path(name), "not a library\n");
        startReady();
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void theNicestHostRestartsNobodyForBeingSlow()
    {
        actors(4);
        before([] { (void)::setpriority(PRIO_PROCESS, 0, 19); });
        const StatusView view = startReady();
        for (const ChildView& child : view.children())
        {
            CPPUNIT_ASSERT_EQUAL(19, ::getpriority(PRIO_PROCESS, static_cast<id_t>(child.pid)));
            CPPUNIT_ASSERT_EQUAL(0u, child.restarts);
        }
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        CPPUNIT_ASSERT_EQUAL(view.child(1).pid, status().child(1).pid);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SurroundingsTest);

}  // namespace
