/// Goal: a plugin has the rights, the environment and the limits that its group was given, and no others.
/// Method: an actor says what its process has, and tries to get more. What needs another user needs root: as
/// anybody else a host must refuse it.

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include <Poco/JSON/Parser.h>

#include "UpgradeFixture.h"
#include "base/Account.h"
#include "base/Sanitizers.h"
#include "fakes/Forbid.h"

using namespace clustermanager::integration;

namespace {

bool isRoot()
{
    return ::geteuid() == 0;
}

rlim_t coreLimitOf(pid_t pid)
{
    struct rlimit limit = {};
    CPPUNIT_ASSERT_EQUAL(0, ::prlimit(pid, RLIMIT_CORE, nullptr, &limit));
    return limit.rlim_cur;
}

/// Of core files, in bytes: what the host of such a test is started with. A sanitizer has none written.
constexpr rlim_t kLimit = clustermanager::kSanitized ? 0 : 4'096;

/// Of whoever is to write none.
constexpr rlim_t kNone = 1;

/// What this machine lets us have of it.
rlim_t possible(rlim_t wanted)
{
    struct rlimit limit = {};
    CPPUNIT_ASSERT_EQUAL(0, ::getrlimit(RLIMIT_CORE, &limit));
    return std::min(wanted, limit.rlim_max);
}

void limitCoreFiles()
{
    struct rlimit limit = {};
    (void)::getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = std::min(kLimit, limit.rlim_max);
    (void)::setrlimit(RLIMIT_CORE, &limit);
}

/// Where the C library lies in that process, as the kernel prints it.
std::string libraryAt(pid_t pid)
{
    std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
    for (std::string line; std::getline(maps, line);)
        if (line.find("/libc.so") != std::string::npos) return line.substr(0, line.find('-'));
    return "";
}

class PrivilegeTest : public UpgradeFixture
{
    CPPUNIT_TEST_SUITE(PrivilegeTest);
    CPPUNIT_TEST(childrenOfAnotherUserAreThatUserForGood);
    CPPUNIT_TEST(theyStayThatUserThroughRestartAndReload);
    CPPUNIT_TEST(theyLoadACopyThatIsNoMemfd);
    CPPUNIT_TEST(theHostMakesTheLogFolderForThem);
    CPPUNIT_TEST(aUserThatCannotLogIsRefused);
    CPPUNIT_TEST(aGroupMayBecomeAnotherUserWhileItServes);
    CPPUNIT_TEST(runMasterStaysOutOfAMasterThatIsRoot);
    CPPUNIT_TEST(childrenGetNoVariableOfTheLoader);
    CPPUNIT_TEST(theyGetThemWhereTheyAreWanted);
    CPPUNIT_TEST(hostAndSpawnerLeaveNoCoreFile);
    CPPUNIT_TEST(childrenLeaveNoneWhereTheyMayNot);
    CPPUNIT_TEST(eachGenerationHasALayoutOfItsOwn);
    CPPUNIT_TEST_SUITE_END();

    const std::string _user = "nobody";

    void giveToUser(const std::string& name) const
    {
        const auto account = clustermanager::findAccount(_user);
        CPPUNIT_ASSERT(account && account.value());
        CPPUNIT_ASSERT_EQUAL(0, ::chown(path(name).c_str(), account.value()->user, account.value()->group));
    }

    void openFolders() const
    {
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path("").c_str(), 0755));
        for (const char* folder : {"log", "probe"}) giveToUser(folder);
    }

    /// False: this test may not do so, and the host refused it.
    bool actorsOfAnotherUser(unsigned count)
    {
        actors(count);
        set("plugin.actor.user", isRoot() ? _user : "root");
        if (isRoot())
        {
            openFolders();
            return true;
        }
        expectProblem("plugin.actor.user: only a host that root has started");
        CPPUNIT_ASSERT_EQUAL(78, startAndEnd());
        return false;
    }

    Poco::JSON::Object::Ptr dumped() const
    {
        return Poco::JSON::Parser().parse(readFile(path("probe/1.json"))).extract<Poco::JSON::Object::Ptr>();
    }

    static std::string kernel(const Poco::JSON::Object::Ptr& dump, const std::string& name)
    {
        return dump->getObject("status")->getValue<std::string>(name);
    }

    static bool hasVariable(const Poco::JSON::Object::Ptr& dump, const std::string& name)
    {
        return dump->getObject("environment")->has(name);
    }

    /// Its group makes files there, and cannot touch those of the host.
    void assertShared(const std::string& folder) const
    {
        struct stat facts = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(path(folder).c_str(), &facts));
        CPPUNIT_ASSERT_EQUAL(uid_t{0}, facts.st_uid);
        CPPUNIT_ASSERT_EQUAL(clustermanager::findAccount(_user).value()->group, facts.st_gid);
        CPPUNIT_ASSERT_EQUAL(mode_t{01770}, facts.st_mode & 07777);
    }

    std::string userOf(int id) const
    {
        struct stat facts = {};
        const std::string process = "/proc/" + std::to_string(status().child(id).pid);
        CPPUNIT_ASSERT_EQUAL(0, ::stat(process.c_str(), &facts));
        return facts.st_uid == 0 ? "root" : "another";
    }

public:
    void childrenOfAnotherUserAreThatUserForGood()
    {
        if (!actorsOfAnotherUser(1)) return;
        set("plugin.actor.dump", path("probe"));
        startReady();
        const auto dump = dumped();
        const std::string id = std::to_string(clustermanager::findAccount(_user).value()->user);
        const std::string group = std::to_string(clustermanager::findAccount(_user).value()->group);
        CPPUNIT_ASSERT_EQUAL(id + "\t" + id + "\t" + id + "\t" + id, kernel(dump, "Uid"));
        CPPUNIT_ASSERT_EQUAL(group + "\t" + group + "\t" + group + "\t" + group, kernel(dump, "Gid"));
        CPPUNIT_ASSERT_EQUAL(group + " ", kernel(dump, "Groups"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), kernel(dump, "NoNewPrivs"));
        for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(set, std::string("0000000000000000"), kernel(dump, set));
        CPPUNIT_ASSERT_EQUAL(id, dump->getValue<std::string>("constructedAs"));
        CPPUNIT_ASSERT_EQUAL(_user, dump->getObject("environment")->getValue<std::string>("USER"));
        CPPUNIT_ASSERT_EQUAL(std::string("(none)"), probe(1).ask("become-root"));
        // Nobody types into the terminal of who has started the host.
        CPPUNIT_ASSERT(::getsid(status().child(1).pid) != ::getsid(host().pid()));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("log 2 a line of another user"));
        CPPUNIT_ASSERT(waitFor(
            [this] { return childLog("actor", 1).find("a line of another user") != std::string::npos; }));
    }

    void theyStayThatUserThroughRestartAndReload()
    {
        if (!actorsOfAnotherUser(2)) return;
        restartFast();
        allowProblem("child ");
        descriptorsMayGrow();
        startReady();
        signalChild(1);
        waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("another"), userOf(1));
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=20s").status);
        for (int id = 1; id <= 2; ++id) CPPUNIT_ASSERT_EQUAL(std::string("another"), userOf(id));
        CPPUNIT_ASSERT_EQUAL(std::string("(none)"), probe(2).ask("become-root"));
    }

    void theyLoadACopyThatIsNoMemfd()
    {
        if (!actorsOfAnotherUser(1)) return;
        before([] { clustermanager::test::forbid(SYS_memfd_create, EPERM); });
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("another"), userOf(1));
    }

    void theHostMakesTheLogFolderForThem()
    {
        if (!actorsOfAnotherUser(1)) return;
        CPPUNIT_ASSERT_EQUAL(0, ::rmdir(path("log").c_str()));
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("log 2 a first line"));
        CPPUNIT_ASSERT(
            waitFor([this] { return childLog("actor", 1).find("a first line") != std::string::npos; }));
        assertShared("log");

        // So it does where the files name another one while it runs.
        descriptorsMayGrow();
        set("cluster.logFolder", path("other/"));
        writeConfig();
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=20s").status);
        assertShared("other");
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("log 2 a first line"));
        CPPUNIT_ASSERT(waitFor([this] { return exists(path("other/actor-1.log")); }));
    }

    void aUserThatCannotLogIsRefused()
    {
        if (!actorsOfAnotherUser(1)) return;
        CPPUNIT_ASSERT_EQUAL(0, ::chown(path("log").c_str(), 0, 0));
        expectProblem("user 'nobody' cannot write to cluster.logFolder");
        CPPUNIT_ASSERT_EQUAL(69, startAndEnd());
    }

    void aGroupMayBecomeAnotherUserWhileItServes()
    {
        if (!actorsOfAnotherUser(1)) return;
        unset("plugin.actor.user");
        startReady();
        descriptorsMayGrow();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("log 2 of root"));
        CPPUNIT_ASSERT(waitFor([this] { return exists(path("log/actor-1.log")); }));
        CPPUNIT_ASSERT_EQUAL(std::string("root"), userOf(1));

        set("plugin.actor.user", _user);
        writeConfig();
        expectProblem("user 'nobody' cannot write to its log: access '" + path("log/actor-1.log"));
        CPPUNIT_ASSERT(post("/config/reload?wait=20s").status != 200);
        CPPUNIT_ASSERT_EQUAL(std::string("root"), userOf(1));

        giveToUser("log/actor-1.log");
        writeFile(path("log/actor-b-1.log"), "of another group\n");
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=20s").status);
        CPPUNIT_ASSERT_EQUAL(std::string("another"), userOf(1));
    }

    void runMasterStaysOutOfAMasterThatIsRoot()
    {
        if (!actorsOfAnotherUser(1)) return;
        set("plugin.actor.runMaster", "inside");
        expectProblem("plugin.actor.runMaster: run_master inside the host would run as root");
        CPPUNIT_ASSERT_EQUAL(78, startAndEnd());
        exitCodeMayBe(78);
        renew();

        actors(1, "overseer");
        openFolders();
        set("plugin.overseer.user", _user);
        set("plugin.overseer.master", "echo");
        startReady();
        waitStatus([](const StatusView& s) { return s.masterState("overseer") == "running"; },
                   "run_master should run");
        const Probe child = probe(1);
        child.ask("send 0 who");
        std::string said;
        CPPUNIT_ASSERT(waitFor([&] {
            said = child.ask("received");
            return said.rfind("0:echo ", 0) == 0;
        }));
        const auto pid = std::stoi(said.substr(7));
        CPPUNIT_ASSERT(pid != host().pid());
        struct stat facts = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(("/proc/" + std::to_string(pid)).c_str(), &facts));
        CPPUNIT_ASSERT(facts.st_uid != 0);
    }

    void childrenGetNoVariableOfTheLoader()
    {
        actors(1);
        set("plugin.actor.dump", path("probe"));
        for (const char* name : {"LD_LIBRARY_PATH", "GCONV_PATH", "LOCPATH"}) environment(name, "/nowhere");
        environment("LANGUAGE", "kept");
        expectProblem("GCONV_PATH, LD_LIBRARY_PATH, LOCPATH: is not passed on to children");
        startReady();
        const auto dump = dumped();
        for (const char* name : {"LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT", "GCONV_PATH", "LOCPATH"})
            CPPUNIT_ASSERT_MESSAGE(name, !hasVariable(dump, name));
        CPPUNIT_ASSERT(hasVariable(dump, "LANGUAGE"));
    }

    void theyGetThemWhereTheyAreWanted()
    {
        actors(1);
        set("plugin.actor.dump", path("probe"));
        set("cluster.loaderVariables", "true");
        environment("LD_LIBRARY_PATH", "/nowhere");
        startReady();
        CPPUNIT_ASSERT(hasVariable(dumped(), "LD_LIBRARY_PATH"));
    }

    void hostAndSpawnerLeaveNoCoreFile()
    {
        actors(1);
        before(&limitCoreFiles);
        const StatusView view = startReady();
        CPPUNIT_ASSERT_EQUAL(possible(kNone), coreLimitOf(host().pid()));
        CPPUNIT_ASSERT_EQUAL(possible(kLimit), coreLimitOf(view.child(1).pid));
        for (const pid_t spawner : spawners()) CPPUNIT_ASSERT(coreLimitOf(spawner) <= kNone);
        // Another image of the host knows what it was started with.
        descriptorsMayGrow();
        upgrade();
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=20s").status);
        CPPUNIT_ASSERT_EQUAL(possible(kLimit), coreLimitOf(status().child(1).pid));
    }

    void childrenLeaveNoneWhereTheyMayNot()
    {
        actors(1);
        set("cluster.coreDumps", "false");
        before(&limitCoreFiles);
        CPPUNIT_ASSERT_EQUAL(possible(kNone), coreLimitOf(startReady().child(1).pid));
    }

    /// The children of one generation are forked from one process and share its layout; neither the host's
    /// nor that of another generation can be told from it.
    void eachGenerationHasALayoutOfItsOwn()
    {
        actors(1);
        descriptorsMayGrow();
        const std::string first = libraryAt(startReady().child(1).pid);
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=20s").status);
        const std::string second = libraryAt(status().child(1).pid);
        const std::string ofHost = libraryAt(host().pid());
        CPPUNIT_ASSERT(!first.empty() && !second.empty() && !ofHost.empty());
        CPPUNIT_ASSERT(first != second && first != ofHost && second != ofHost);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PrivilegeTest);

}  // namespace
