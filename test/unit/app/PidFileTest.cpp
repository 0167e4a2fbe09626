/// Goal: one host at a time holds a pid file; what is not a pid file is left alone.
/// Method: files in a folder of the test's own, and a second process where the lock matters.
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "app/PidFile.h"
#include "runtime/StartError.h"
#include "unit/TemporaryFolder.h"
#include "unit/base/InForkedProcess.h"

namespace clustermanager::app::test {

class PidFileTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PidFileTest);
    CPPUNIT_TEST(holdsOurPidAndGoesWithUs);
    CPPUNIT_TEST(anotherHostsFileInItsPlaceStays);
    CPPUNIT_TEST(isHeldByOneProcess);
    CPPUNIT_TEST(lockEndsWithItsProcess);
    CPPUNIT_TEST(longerContentIsReplaced);
    CPPUNIT_TEST(symbolicLinkIsRefused);
    CPPUNIT_TEST(whatIsNoFileIsRefused);
    CPPUNIT_TEST(childrenDoNotInheritIt);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    const std::string _path = _folder / "host.pid";

    /// 0 where it can be had.
    static int exitCodeFor(const std::string& path)
    {
        try
        {
            const PidFile file(path);
        }
        catch (const runtime::StartError& problem)
        {
            return problem.message().find("pid file '" + path + "': ") == 0 ? problem.exitCode() : -1;
        }
        return 0;
    }

    void holdsOurPidAndGoesWithUs()
    {
        {
            const PidFile file(_path);
            CPPUNIT_ASSERT_EQUAL(std::to_string(::getpid()) + "\n", contentOf(_path));
        }
        CPPUNIT_ASSERT(!std::filesystem::exists(_path));
    }

    void anotherHostsFileInItsPlaceStays()
    {
        {
            const PidFile file(_path);
            std::filesystem::remove(_path);
            std::ofstream(_path) << "4711\n";
        }
        CPPUNIT_ASSERT_EQUAL(std::string("4711\n"), contentOf(_path));
    }

    void isHeldByOneProcess()
    {
        const PidFile file(_path);
        CPPUNIT_ASSERT_EQUAL(69, clustermanager::test::inForkedProcess([&] { return exitCodeFor(_path); }));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the file of the one that holds it is whole",
                                     std::to_string(::getpid()) + "\n", contentOf(_path));
    }

    void lockEndsWithItsProcess()
    {
        const int died = clustermanager::test::inForkedProcess([&] {
            (void)new PidFile(_path);  // as with SIGKILL: the file stays
            return 9;
        });
        CPPUNIT_ASSERT_EQUAL(9, died);
        CPPUNIT_ASSERT(std::filesystem::exists(_path));
        CPPUNIT_ASSERT_EQUAL(0, exitCodeFor(_path));
    }

    void longerContentIsReplaced()
    {
        std::ofstream(_path) << std::string(100, '9');
        const PidFile file(_path);
        CPPUNIT_ASSERT_EQUAL(std::to_string(::getpid()) + "\n", contentOf(_path));
    }

    void symbolicLinkIsRefused()
    {
        std::ofstream(_folder / "precious") << "precious";
        std::filesystem::create_symlink(_folder / "precious", _path);
        CPPUNIT_ASSERT_EQUAL(73, exitCodeFor(_path));
        CPPUNIT_ASSERT_EQUAL(std::string("precious"), contentOf(_folder / "precious"));
        CPPUNIT_ASSERT(std::filesystem::is_symlink(_path));
    }

    void whatIsNoFileIsRefused()
    {
        CPPUNIT_ASSERT_EQUAL(73, exitCodeFor(_folder.path()));
        CPPUNIT_ASSERT_EQUAL(73, exitCodeFor(_folder / "missing/host.pid"));
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(_path.c_str(), 0600));
        CPPUNIT_ASSERT_EQUAL(73, exitCodeFor(_path));
        CPPUNIT_ASSERT(std::filesystem::is_fifo(_path));
    }

    void childrenDoNotInheritIt()
    {
        const PidFile file(_path);
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        {
            std::error_code gone;
            if (std::filesystem::read_symlink(entry.path(), gone) != _path) continue;
            const int flags = ::fcntl(std::stoi(entry.path().filename()), F_GETFD);
            CPPUNIT_ASSERT((flags & FD_CLOEXEC) != 0);
            return;
        }
        CPPUNIT_FAIL("the file is not open");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PidFileTest);

}  // namespace clustermanager::app::test
