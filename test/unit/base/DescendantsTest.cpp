#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/Descendants.h"
#include "base/ProcessSysLinux.h"
#include "base/Signals.h"
#include "unit/base/InForkedProcess.h"

namespace clustermanager {

using namespace std::chrono_literals;

namespace {

[[noreturn]] void sleepUntilKilled()
{
    (void)::alarm(60);
    for (;;) ::pause();
}

/// A process in a group and a session of its own, with a child that has the same; neither listens to signals
/// that can be ignored.
void leaveFamily()
{
    if (::fork() != 0) return;
    (void)::setsid();
    (void)std::signal(SIGTERM, SIG_IGN);
    if (::fork() == 0) (void)::setsid();
    sleepUntilKilled();
}

bool noProcessIsLeft()
{
    return ::waitpid(-1, nullptr, WNOHANG) < 0 && processesWithParent(::getpid()).empty();
}

/// What a process does that wants to end all of its own: 0 where that worked.
int endAll(Millis limit)
{
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const sigset_t blocked = signalSet({SIGCHLD});
    (void)setSignalMask(blocked);
    Result<FileDescriptor> signals = openSignalFd(blocked);
    if (!signals) return 2;
    ProcessSysLinux sys;
    return endDescendants(sys, signals.value(), limit) ? 0 : 1;
}

}  // namespace

/// Goal: when we leave, nothing that our processes have started stays behind.
/// Method: families of real processes under a process of their own, which is their subreaper.
class DescendantsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DescendantsTest);
    CPPUNIT_TEST(findsTheChildrenOfAParent);
    CPPUNIT_TEST(oddNamesConfuseNobody);
    CPPUNIT_TEST(endsWholeFamilies);
    CPPUNIT_TEST(withoutDescendantsThereIsNothingToDo);
    CPPUNIT_TEST(zombiesAreTakenAway);
    CPPUNIT_TEST(givesUpWhenTheTimeIsOver);
    CPPUNIT_TEST_SUITE_END();

    void findsTheChildrenOfAParent()
    {
        const int result = test::inForkedProcess([] {
            if (!processesWithParent(::getpid()).empty()) return 1;
            const pid_t first = ::fork();
            if (first == 0) sleepUntilKilled();
            const pid_t second = ::fork();
            if (second == 0) sleepUntilKilled();
            std::vector<pid_t> found = processesWithParent(::getpid());
            std::sort(found.begin(), found.end());
            (void)::kill(first, SIGKILL);
            (void)::kill(second, SIGKILL);
            return found == std::vector<pid_t>{std::min(first, second), std::max(first, second)} ? 0 : 2;
        });
        CPPUNIT_ASSERT_EQUAL(0, result);
    }

    void oddNamesConfuseNobody()
    {
        const int result = test::inForkedProcess([] {
            int ready[2] = {-1, -1};
            if (::pipe(ready) != 0) return 1;
            const pid_t child = ::fork();
            if (child == 0)
            {
                (void)::prctl(PR_SET_NAME, ") R 1 (\n)");
                (void)!::write(ready[1], "x", 1);
                sleepUntilKilled();
            }
            char byte = 0;
            if (::read(ready[0], &byte, 1) != 1) return 2;
            const bool found = processesWithParent(::getpid()) == std::vector<pid_t>{child};
            (void)::kill(child, SIGKILL);
            return found ? 0 : 3;
        });
        CPPUNIT_ASSERT_EQUAL(0, result);
    }

    void endsWholeFamilies()
    {
        const int result = test::inForkedProcess([] {
            for (int i = 0; i < 3; ++i) leaveFamily();
            if (endAll(30s) != 0) return 1;
            return noProcessIsLeft() ? 0 : 2;
        });
        CPPUNIT_ASSERT_EQUAL(0, result);
    }

    void withoutDescendantsThereIsNothingToDo()
    {
        CPPUNIT_ASSERT_EQUAL(0, test::inForkedProcess([] { return endAll(0ms); }));
    }

    void zombiesAreTakenAway()
    {
        const int result = test::inForkedProcess([] {
            for (int i = 0; i < 20; ++i)
                if (::fork() == 0) ::_exit(i);
            if (endAll(30s) != 0) return 1;
            return noProcessIsLeft() ? 0 : 2;
        });
        CPPUNIT_ASSERT_EQUAL(0, result);
    }

    void givesUpWhenTheTimeIsOver()
    {
        const int result = test::inForkedProcess([] {
            const pid_t child = ::fork();
            if (child == 0) sleepUntilKilled();
            const int ended = endAll(0ms);
            (void)::kill(child, SIGKILL);
            return ended;
        });
        CPPUNIT_ASSERT_EQUAL(1, result);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DescendantsTest);

}  // namespace clustermanager
