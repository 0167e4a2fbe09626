/// Goal: what a group's processes may do is what its keys say, and what they cannot say is refused.
/// Method: configurations for a host that root, or somebody else, has started.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "Loading.h"

using namespace clustermanager;
using namespace clustermanager::config;
using namespace clustermanager::config::test;

class PrivilegesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PrivilegesTest);
    CPPUNIT_TEST(withoutAKeyAGroupIsWhatTheHostIs);
    CPPUNIT_TEST(anAccountIsNamedOrNumbered);
    CPPUNIT_TEST(anAccountThatIsNotThereIsRefused);
    CPPUNIT_TEST(onlyRootMayHaveAnother);
    CPPUNIT_TEST(theHostsOwnIsNoOther);
    CPPUNIT_TEST(runMasterIsKeptOutOfAMasterThatStaysRoot);
    CPPUNIT_TEST(coreFilesAreLimitedAsTheHostWas);
    CPPUNIT_TEST(aChildMayHaveLessThanTheHost);
    CPPUNIT_TEST(aChildMayNotHaveMoreThanTheHost);
    CPPUNIT_TEST(listenersLeaveRoom);
    CPPUNIT_TEST(whatIsWrongForAllGroupsIsToldOnce);
    CPPUNIT_TEST(whatTheLoaderWouldObeyIsWarnedOf);
    CPPUNIT_TEST_SUITE_END();

    static constexpr uid_t kSomebody = 12'345;

    static Surroundings of(uid_t user)
    {
        Surroundings surroundings = embedded();
        surroundings.user = user;
        surroundings.coreLimit = 77;
        return surroundings;
    }

    static Group group(const Keys& keys, uid_t user = 0) { return good(keys, of(user)).groups.at(0); }

    void withoutAKeyAGroupIsWhatTheHostIs()
    {
        for (const uid_t user : {uid_t{0}, kSomebody})
        {
            const Group plain = group({}, user);
            CPPUNIT_ASSERT(!plain.account && !plain.loaderVariables);
            CPPUNIT_ASSERT(plain.runMaster == RunMaster::Inside);
        }
    }

    void anAccountIsNamedOrNumbered()
    {
        const std::optional<Account> named = group({{"plugin.hello.user", "nobody"}}).account;
        CPPUNIT_ASSERT(named);
        CPPUNIT_ASSERT_EQUAL(std::string("nobody"), named->name);
        CPPUNIT_ASSERT(named->user != 0 && !named->groups.empty());
        CPPUNIT_ASSERT(group({{"cluster.user", std::to_string(named->user)}}).account == named);
    }

    void anAccountThatIsNotThereIsRefused()
    {
        assertHas(wrong({{"plugin.hello.user", "nobody-at-all"}}, of(0)),
                  "plugin.hello.user: 'nobody-at-all' is no account of this machine");
        assertHas(wrong({{"cluster.user", "4294967290"}}, of(0)),
                  "cluster.user: '4294967290' is no account of this machine");
    }

    void onlyRootMayHaveAnother()
    {
        assertHas(wrong({{"plugin.hello.user", "nobody"}}, of(kSomebody)),
                  "plugin.hello.user: only a host that root has started can have children of another user");
        assertHas(wrong({{"plugin.hello.user", "root"}}, of(kSomebody)), "only a host that root has started");
    }

    void theHostsOwnIsNoOther()
    {
        CPPUNIT_ASSERT(!group({{"cluster.user", "root"}}).account);
        const uid_t nobody = group({{"cluster.user", "nobody"}}).account->user;
        CPPUNIT_ASSERT(!group({{"cluster.user", "nobody"}}, nobody).account);
    }

    void runMasterIsKeptOutOfAMasterThatStaysRoot()
    {
        CPPUNIT_ASSERT(group({{"cluster.user", "nobody"}}).runMaster == RunMaster::Isolated);
        CPPUNIT_ASSERT(group({{"cluster.user", "nobody"}, {"cluster.runMaster", "false"}}).runMaster ==
                       RunMaster::Off);
        assertHas(wrong({{"cluster.user", "nobody"}, {"plugin.hello.runMaster", "inside"}}, of(0)),
                  "plugin.hello.runMaster: run_master inside the host would run as root, and not as "
                  "cluster.user says; use 'isolated'");
    }

    void coreFilesAreLimitedAsTheHostWas()
    {
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{77}, group({}).limits.coreBytes);
        CPPUNIT_ASSERT_EQUAL(kNoCoreFile, group({{"cluster.coreDumps", "false"}}).limits.coreBytes);
    }

    void aChildMayHaveLessThanTheHost()
    {
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, group({}).limits.openFiles);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, group({}).limits.addressBytes);
        const ProcessLimits limits =
            group({{"cluster.maxOpenFiles", "4096"}, {"plugin.hello.maxAddressSpace", "2G"}}).limits;
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{4'096}, limits.openFiles);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2'000'000'000}, limits.addressBytes);
    }

    void aChildMayNotHaveMoreThanTheHost()
    {
        Surroundings surroundings = of(0);
        surroundings.openFilesLimit = 4'096;
        CPPUNIT_ASSERT_EQUAL(
            std::uint64_t{4'096},
            good({{"cluster.maxOpenFiles", "4096"}}, surroundings).groups.at(0).limits.openFiles);
        assertHas(
            wrong({{"cluster.maxOpenFiles", "4097"}}, surroundings),
            "cluster.maxOpenFiles: is more than this host may have itself, 4096: lower it, or raise the "
            "hard limit");
    }

    void listenersLeaveRoom()
    {
        Keys keys = {{"cluster.maxOpenFiles", "64"}};
        for (int i = 0; i < 32; ++i) keys["listen.l" + std::to_string(i)] = "/run/l" + std::to_string(i);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{64}, group(keys).limits.openFiles);
        keys["listen.one-more"] = "/run/one-more";
        assertHas(wrong(keys, of(0)),
                  "plugin.hello.maxOpenFiles: is 64; a child with 33 listeners needs at least 65");
    }

    void whatIsWrongForAllGroupsIsToldOnce()
    {
        const TemporaryFolder folder;
        folder.write("plugins/a.so", "");
        folder.write("plugins/b.so", "");
        Surroundings surroundings = startedIn(folder);
        surroundings.openFilesLimit = 4'096;
        const std::string told = wrong({{"cluster.maxOpenFiles", "4097"}}, surroundings);
        const std::size_t first = told.find("cluster.maxOpenFiles: ");
        CPPUNIT_ASSERT(first != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string::npos, told.find("cluster.maxOpenFiles: ", first + 1));
    }

    void whatTheLoaderWouldObeyIsWarnedOf()
    {
        Surroundings surroundings = of(0);
        surroundings.environment = {
            {"LD_PRELOAD", "x"}, {"LD_BIND_NOW", "1"}, {"PATH", "/bin"}, {"GCONV_PATH", "x"}, {"LDX", "x"}};
        const HostConfig warned = good({}, surroundings);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, warned.warnings.size());
        CPPUNIT_ASSERT_EQUAL(std::string("GCONV_PATH, LD_PRELOAD: is not passed on to children; "
                                         "cluster.loaderVariables = true does so"),
                             warned.warnings.front());
        const HostConfig wanted = good({{"cluster.loaderVariables", "true"}}, surroundings);
        CPPUNIT_ASSERT(wanted.warnings.empty() && wanted.groups.at(0).loaderVariables);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PrivilegesTest);
