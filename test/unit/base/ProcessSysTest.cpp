#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

#include "base/FileDescriptor.h"
#include "base/ProcessSysLinux.h"

namespace clustermanager {

/// Goal: what the kernel says about the end of a process is read as it was, and the process stays ours until
/// we reap it.
/// Method: real processes of the test.
class ProcessSysTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ProcessSysTest);
    CPPUNIT_TEST(withoutProcessesThereIsNothingToPeekAt);
    CPPUNIT_TEST(aLivingProcessIsNotDead);
    CPPUNIT_TEST(aDeadProcessStaysUntilItIsReaped);
    CPPUNIT_TEST(aSignalIsToldFromAnExitCode);
    CPPUNIT_TEST(theResourcesItUsedAreKnownBeforeItIsReaped);
    CPPUNIT_TEST(aNewProcessLeadsItsGroupAtOnce);
    CPPUNIT_TEST(aGroupEndsTogether);
    CPPUNIT_TEST_SUITE_END();

public:
    void tearDown() override
    {
        const Result<std::optional<DeadProcess>> left = _sys.peekDead();
        CPPUNIT_ASSERT_MESSAGE("no process is left", !left && left.error().code == ECHILD);
    }

    void withoutProcessesThereIsNothingToPeekAt()
    {
        const Result<std::optional<DeadProcess>> peeked = _sys.peekDead();
        CPPUNIT_ASSERT(!peeked);
        CPPUNIT_ASSERT_EQUAL(ECHILD, peeked.error().code);
    }

    void aLivingProcessIsNotDead()
    {
        const pid_t pid = start([] { ::pause(); });
        const Result<std::optional<DeadProcess>> peeked = _sys.peekDead();
        CPPUNIT_ASSERT(peeked.ok() && !peeked.value());
        _sys.kill(pid, SIGKILL);
        _sys.reap(awaitDead().pid);
    }

    void aDeadProcessStaysUntilItIsReaped()
    {
        const pid_t pid = start([] { ::_exit(7); });
        for (int i = 0; i < 2; ++i)
        {
            const DeadProcess dead = awaitDead();
            CPPUNIT_ASSERT_EQUAL(pid, dead.pid);
            CPPUNIT_ASSERT_EQUAL(std::string("exit code 7"), dead.status.text());
        }
        CPPUNIT_ASSERT_EQUAL(0, ::kill(pid, 0));
        _sys.reap(pid);
        CPPUNIT_ASSERT(::kill(pid, 0) != 0 && errno == ESRCH);
    }

    void aSignalIsToldFromAnExitCode()
    {
        const pid_t pid = start([] { (void)::raise(SIGKILL); });
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), awaitDead().status.text());
        _sys.reap(pid);
    }

    void theResourcesItUsedAreKnownBeforeItIsReaped()
    {
        const pid_t pid = start([] {
            rusage use = {};
            while (use.ru_utime.tv_usec + use.ru_stime.tv_usec < 20'000) (void)::getrusage(RUSAGE_SELF, &use);
            ::_exit(0);
        });
        const ResourceUse use = awaitDead().use;
        CPPUNIT_ASSERT(use.userMicros + use.systemMicros >= 20'000);
        CPPUNIT_ASSERT(use.maxRssKiB > 0);
        _sys.reap(pid);
    }

    void aNewProcessLeadsItsGroupAtOnce()
    {
        const pid_t pid = start([] { ::_exit(::getpgrp() == ::getpid() ? 0 : 1); });
        CPPUNIT_ASSERT_EQUAL(pid, ::getpgid(pid));
        CPPUNIT_ASSERT(awaitDead().status.success());
        _sys.reap(pid);
    }

    void aGroupEndsTogether()
    {
        (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
        const pid_t leader = start([] {
            (void)::fork();
            ::pause();
        });
        _sys.killGroup(leader, SIGSTOP);
        _sys.killGroup(leader, SIGKILL);
        for (const DeadProcess* dead = &(_last = awaitDead()); dead != nullptr;)
        {
            CPPUNIT_ASSERT_EQUAL(SIGKILL, dead->status.number);
            _sys.reap(dead->pid);
            dead = nullptr;
            if (_sys.peekDead().ok()) dead = &(_last = awaitDead());
        }
        (void)::prctl(PR_SET_CHILD_SUBREAPER, 0);
    }

private:
    pid_t start(const std::function<void()>& life)
    {
        const Result<pid_t> pid = _sys.forkLeader();
        CPPUNIT_ASSERT(pid.ok());
        if (pid.value() != 0) return pid.value();
        life();
        ::_exit(99);
    }

    DeadProcess awaitDead()
    {
        for (int i = 0; i < 20'000; ++i)
        {
            const Result<std::optional<DeadProcess>> peeked = _sys.peekDead();
            CPPUNIT_ASSERT(peeked.ok());
            if (peeked.value()) return *peeked.value();
            (void)::poll(nullptr, 0, 1);
        }
        CPPUNIT_FAIL("nobody died in time");
    }

    ProcessSysLinux _sys;
    DeadProcess _last;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProcessSysTest);

}  // namespace clustermanager
