/// Goal: the program that an upgrade goes on in is the one at the host's path, is nobody else's, and is
/// looked after like any other process while it is tried.
/// Method: the path is a link that leads elsewhere by and by; the file can be written by others; the process
/// that tries ends and leaves somebody behind.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "UpgradeFixture.h"

namespace {

using namespace clustermanager::integration;

class UpgradeProgramTest : public UpgradeFixture
{
    CPPUNIT_TEST_SUITE(UpgradeProgramTest);
    CPPUNIT_TEST(aLinkIsFollowedAnew);
    CPPUNIT_TEST(theLinkIsKeptOnTheWayBack);
    CPPUNIT_TEST(aProgramThatOthersCanWriteIsRefused);
    CPPUNIT_TEST(aProgramInAFolderThatOthersCanWriteIsRefused);
    CPPUNIT_TEST(theProcessThatTriesIsNoStranger);
    CPPUNIT_TEST_SUITE_END();

    /// files/current is a link to it.
    void putInForce(const std::string& name, const std::string& file = "") const
    {
        if (!file.empty()) std::filesystem::copy_file(file, path("files/" + name));
        std::filesystem::create_symlink(name, path("files/next"));
        std::filesystem::rename(path("files/next"), path("files/current"));
    }

    void startByLink()
    {
        putInForce("host");
        program(path("files/current"));
        startReady();
    }

    std::string running()
    {
        return std::filesystem::read_symlink("/proc/" + std::to_string(host().pid()) + "/exe").string();
    }

    void expectRefusal()
    {
        expectProblem("can be written");
        const HttpAnswer answer = control("/upgrade", "POST");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 409, answer.status);
        CPPUNIT_ASSERT(answer.body.find(hostPath()) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(0U, upgrades());
    }

public:
    void aLinkIsFollowedAnew()
    {
        actors(1);
        startByLink();
        for (const char* next : {"v2", "v3"})
        {
            putInForce(next, CM_HOST_BINARY);
            upgrade();
            CPPUNIT_ASSERT_EQUAL(path("files/") + next, running());
        }
    }

    void theLinkIsKeptOnTheWayBack()
    {
        expectProblem("no-such-option");
        beDouble("relent");
        startByLink();
        putInForce("v2", CM_UPGRADE_DOUBLE);
        host().signal(SIGUSR2);
        waitOutput("the host before goes on");
        CPPUNIT_ASSERT_EQUAL(hostPath(), running());
        putInForce("v3", CM_HOST_BINARY);
        upgrade();
        CPPUNIT_ASSERT_EQUAL(path("files/v3"), running());
    }

    void aProgramThatOthersCanWriteIsRefused()
    {
        if (::geteuid() != 0) return;  // concerns root alone
        actors(1);
        startReady();
        ::chmod(hostPath().c_str(), 0777);
        expectRefusal();
    }

    void aProgramInAFolderThatOthersCanWriteIsRefused()
    {
        if (::geteuid() != 0) return;
        actors(1);
        startReady();
        ::chmod(path("files").c_str(), 0777);
        expectRefusal();
    }

    /// Its number is nobody else's until it has been judged, so what is killed then is no other process.
    void theProcessThatTriesIsNoStranger()
    {
        allowProblem("upgrade failed");
        beDouble("leave");
        startReady();
        replaceHost(CM_UPGRADE_DOUBLE);
        host().signal(SIGUSR2);
        pid_t tries = 0;
        CPPUNIT_ASSERT(waitFor([&] {
            // The first of that name. Whom it leaves behind came later, and others that the host starts have
            // the name until they run their own program; one that has ended already has none.
            for (const pid_t pid : childrenOf(host().pid()))
            {
                std::error_code ended;
                const auto program =
                    std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", ended);
                if (nameOf(pid) != "host" || (!ended && program != hostPath())) continue;
                tries = pid;
                break;
            }
            return tries != 0;
        }));
        CPPUNIT_ASSERT(waitFor([tries] { return !alive(tries); }));
        // Whatever SIGCHLD has to say was heard before this is answered.
        CPPUNIT_ASSERT_EQUAL(200, control("/children/1/exit?wait=10s", "POST").status);
        CPPUNIT_ASSERT_EQUAL(host().pid(), parentOf(tries));
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpgradeProgramTest);

}  // namespace
