#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <cerrno>
#include <csignal>

#include "base/ExitStatus.h"
#include "base/SysError.h"

namespace clustermanager {

/// Goal: what an operator reads about an end or an error names it exactly.
/// Method: texts of chosen values.
class ExitStatusTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ExitStatusTest);
    CPPUNIT_TEST(anEndIsNamed);
    CPPUNIT_TEST(onlyExitCodeZeroIsSuccess);
    CPPUNIT_TEST(anErrorNamesOperationObjectAndReason);
    CPPUNIT_TEST_SUITE_END();

public:
    void anEndIsNamed()
    {
        using Kind = ExitStatus::Kind;
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 3"), ExitStatus({Kind::Exited, 3, false}).text());
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGSEGV (core dumped)"),
                             ExitStatus({Kind::Signaled, SIGSEGV, true}).text());
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIG40"), ExitStatus({Kind::Signaled, 40, false}).text());
        CPPUNIT_ASSERT_EQUAL(std::string("unknown"), ExitStatus().text());
    }

    void onlyExitCodeZeroIsSuccess()
    {
        using Kind = ExitStatus::Kind;
        CPPUNIT_ASSERT(ExitStatus({Kind::Exited, 0, false}).success());
        CPPUNIT_ASSERT(!ExitStatus({Kind::Exited, 1, false}).success());
        CPPUNIT_ASSERT(!ExitStatus({Kind::Signaled, 0, false}).success());
        CPPUNIT_ASSERT(!ExitStatus().success());
    }

    void anErrorNamesOperationObjectAndReason()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("open '/etc/x': Permission denied (13)"),
                             SysError({"open", "/etc/x", EACCES}).text());
        CPPUNIT_ASSERT_EQUAL(std::string("fork: Resource temporarily unavailable (11)"),
                             SysError({"fork", "", EAGAIN}).text());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExitStatusTest);

}  // namespace clustermanager
