/// Goal: a process that has become another account cannot go back; one that could not become it says why.
/// Method: in processes of their own. Who is not root cannot become anybody, which is tested then.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "spawner/Confinement.h"
#include "unit/base/InForkedProcess.h"

using namespace clustermanager;
using namespace clustermanager::spawner;
using clustermanager::test::inForkedProcess;

class ConfinementTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConfinementTest);
    CPPUNIT_TEST(withoutAnAccountNothingChanges);
    CPPUNIT_TEST(whoHasNoRightsCannotBecomeAnother);
    CPPUNIT_TEST(anotherAccountIsForGood);
    CPPUNIT_TEST(itMustBeAbleToLog);
    CPPUNIT_TEST(coreFilesKeepToTheHardLimit);
    CPPUNIT_TEST(limitsAreForGoodAndNotBeyondTheHosts);
    CPPUNIT_TEST_SUITE_END();

    static link::GenerationPlan planOf(const std::string& user)
    {
        link::GenerationPlan plan;
        plan.account = *findAccount(user).value();
        return plan;
    }

    static bool isRoot() { return ::geteuid() == 0; }

    static bool has(const std::optional<std::string>& problem, const std::string& part)
    {
        return problem && problem->find(part) != std::string::npos;
    }

    void withoutAnAccountNothingChanges()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([] {
                                 const uid_t before = ::geteuid();
                                 if (becomeAccountOf({})) return 1;
                                 return ::geteuid() == before ? 0 : 2;
                             }));
    }

    void whoHasNoRightsCannotBecomeAnother()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([] {
                                 if (isRoot() && becomeAccountOf(planOf("nobody"))) return 1;
                                 const auto problem = becomeAccountOf(planOf("daemon"));
                                 return has(problem, "cannot run as user 'daemon': setgroups: ") ? 0 : 2;
                             }));
    }

    void anotherAccountIsForGood()
    {
        if (!isRoot()) return whoHasNoRightsCannotBecomeAnother();
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([] {
                                 const link::GenerationPlan plan = planOf("nobody");
                                 if (becomeAccountOf(plan)) return 1;
                                 if (::getuid() != plan.account->user || ::getegid() != plan.account->group)
                                     return 2;
                                 if (::setuid(0) == 0 || ::setgid(0) == 0 || ::setgroups(0, nullptr) == 0)
                                     return 3;
                                 if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 4;
                                 if (::access("/proc/self/fd", R_OK) != 0) return 5;
                                 return std::string(std::getenv("USER")) == "nobody" ? 0 : 6;
                             }));
    }

    void itMustBeAbleToLog()
    {
        if (!isRoot()) return whoHasNoRightsCannotBecomeAnother();
        link::GenerationPlan plan = planOf("nobody");
        plan.logFolder = "/root";
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([plan] {
                                 const auto problem = becomeAccountOf(plan);
                                 return has(problem, "user 'nobody' cannot write to cluster.logFolder: "
                                                     "access '/root': ")
                                            ? 0
                                            : 1;
                             }));
        plan.logsConfigured = true;  // logs go elsewhere
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([plan] { return becomeAccountOf(plan) ? 1 : 0; }));
    }

    static bool isLimited(__rlimit_resource resource, rlim_t soft, rlim_t hard)
    {
        rlimit limit = {};
        return ::getrlimit(resource, &limit) == 0 && limit.rlim_cur == soft && limit.rlim_max == hard;
    }

    void coreFilesKeepToTheHardLimit()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([] {
                                 const rlimit limit = {0, 4'096};
                                 if (::setrlimit(RLIMIT_CORE, &limit) != 0) return 1;
                                 setLimits({100, 0, 0});
                                 if (!isLimited(RLIMIT_CORE, 100, 4'096)) return 2;
                                 setLimits({RLIM_INFINITY, 0, 0});
                                 return isLimited(RLIMIT_CORE, 4'096, 4'096) ? 0 : 3;
                             }));
    }

    void limitsAreForGoodAndNotBeyondTheHosts()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([] {
                                 const rlimit files = {100, 200};
                                 if (::setrlimit(RLIMIT_NOFILE, &files) != 0) return 1;
                                 setLimits({0, 0, 0});
                                 if (!isLimited(RLIMIT_NOFILE, 100, 200)) return 2;
                                 setLimits({0, 300, 0});
                                 if (!isLimited(RLIMIT_NOFILE, 200, 200)) return 3;
                                 setLimits({0, 150, 4'000'000'000});
                                 if (!isLimited(RLIMIT_NOFILE, 150, 150)) return 4;
                                 return isLimited(RLIMIT_AS, 4'000'000'000, 4'000'000'000) ? 0 : 5;
                             }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfinementTest);
