#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

#include "base/Descendants.h"
#include "base/ProcessSysLinux.h"
#include "base/Signals.h"
#include "child/ChildMain.h"
#include "spawner/OwnProcess.h"
#include "spawner/SpawnerLoop.h"
#include "unit/spawner/SpawnerProcess.h"

namespace clustermanager::test {

/// Goal: every end of a child is reported once, as what it was, and what it leaves behind ends too; whoever
/// ends first, spawner or master.
/// Method: a real spawner with real children. The test is the master, and as a subreaper it sees who is left.
class ExitTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ExitTest);
    CPPUNIT_TEST(everyExitCodeIsReported);
    CPPUNIT_TEST(everyDeadlySignalIsReported);
    CPPUNIT_TEST(whoDiesOfASignalIsFollowedByItsSuccessorAtOnce);
    CPPUNIT_TEST(signalsReachTheProcessOrItsGroup);
    CPPUNIT_TEST(whatAChildLeavesInItsGroupEndsWithIt);
    CPPUNIT_TEST(aStrangerIsReapedInSilence);
    CPPUNIT_TEST(closeEndsTheSpawnerAfterItsLastChildAndStrays);
    CPPUNIT_TEST(whenTheMasterEndsSoDoesEverybody);
    CPPUNIT_TEST(whoIgnoresTheMastersEndIsKilledInTime);
    CPPUNIT_TEST(signalsOfATerminalDoNotEndTheSpawner);
    CPPUNIT_TEST(childrenOutliveAKilledSpawnerAndItsSparesDoNot);
    CPPUNIT_TEST(aReportedZombieIsLeftToTheMasterWhenTheSpawnerDies);
    CPPUNIT_TEST(aLostDescriptorEndsTheSpawnerAndNotItsChildren);
    CPPUNIT_TEST(aLimitTooLowToWaitEndsTheSpawnerAndNotItsChildren);
    CPPUNIT_TEST(aForkThatFailsIsReportedAndTheNextOneWorks);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyExitCodeIsReported()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(1));
        for (std::uint32_t code = 0; code < 256; ++code)
        {
            const SpawnerProcess::Child child = spawner.spawn(FakeLife::Exit, code);
            const auto exited = spawner.expect<link::ChildExited>();
            CPPUNIT_ASSERT(exited.start == child.start);
            CPPUNIT_ASSERT_EQUAL(child.pid, exited.pid);
            CPPUNIT_ASSERT(exited.kind == link::ChildExited::Kind::Exited);
            CPPUNIT_ASSERT_EQUAL(static_cast<std::int32_t>(code), exited.number);
            CPPUNIT_ASSERT(exited.maxRssKiB > 0);
        }
        endWell(spawner);
    }

    void everyDeadlySignalIsReported()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(1));
        for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL,
                                 SIGUSR1, SIGSEGV, SIGUSR2, SIGALRM, SIGTERM, SIGXCPU, SIGSYS, SIGRTMIN + 3})
        {
            const SpawnerProcess::Child child =
                spawner.spawn(FakeLife::Raise, static_cast<std::uint32_t>(signal));
            const auto exited = spawner.expect<link::ChildExited>();
            CPPUNIT_ASSERT(exited.start == child.start);
            CPPUNIT_ASSERT(exited.kind == link::ChildExited::Kind::Signaled);
            CPPUNIT_ASSERT_EQUAL(signal, exited.number);
        }
        endWell(spawner);
    }

    void whoDiesOfASignalIsFollowedByItsSuccessorAtOnce()
    {
        for (const std::uint32_t spares : {0U, 1U})
        {
            SpawnerProcess spawner;
            spawner.openWell(SpawnerProcess::plan(spares));
            const SpawnerProcess::Child first = spawner.spawn(FakeLife::Pause);
            if (spares > 0) (void)spawner.awaitSpare(first.pid);
            const StartNumber next{number(first.start) + 1'000};
            const auto pause = static_cast<std::uint32_t>(FakeLife::Pause);
            spawner.send(link::SuccessorOrder{first.start, {next, ChildId{7}, pause, 1, 0}});
            spawner.send(link::SignalOrder{first.start, SIGKILL, false});
            const auto exited = spawner.expect<link::ChildExited>();
            CPPUNIT_ASSERT(exited.successor == next);
            const auto done = spawner.expect<link::SpawnDone>();
            CPPUNIT_ASSERT(done.start == next);
            CPPUNIT_ASSERT_EQUAL(0, ::kill(done.pid, 0));

            // It has none of its own, and one that is taken back is none.
            spawner.send(
                link::SuccessorOrder{next, {StartNumber{number(next) + 1}, ChildId{7}, pause, 2, 0}});
            spawner.send(link::SuccessorOrder{next, {}});
            spawner.send(link::SignalOrder{next, SIGKILL, false});
            CPPUNIT_ASSERT(spawner.expect<link::ChildExited>().successor == StartNumber{});
            endWell(spawner);
        }
    }

    void signalsReachTheProcessOrItsGroup()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(0));
        SpawnerProcess::Child single = spawner.spawn(FakeLife::Pause);
        spawner.send(link::SignalOrder{single.start, SIGUSR1, false});
        CPPUNIT_ASSERT_EQUAL(SIGUSR1, spawner.expect<link::ChildExited>().number);

        SpawnerProcess::Child leader = spawner.spawn(FakeLife::LeaveInGroup);
        const pid_t member = expectOf<link::PluginMessage>(leader.link).peer;
        spawner.send(link::SignalOrder{leader.start, SIGKILL, true});
        CPPUNIT_ASSERT_EQUAL(SIGKILL, spawner.expect<link::ChildExited>().number);
        awaitEnd(member);
        endWell(spawner);
    }

    void whatAChildLeavesInItsGroupEndsWithIt()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(0));
        SpawnerProcess::Child leader = spawner.spawn(FakeLife::LeaveInGroup);
        const pid_t member = expectOf<link::PluginMessage>(leader.link).peer;
        spawner.send(link::SignalOrder{leader.start, SIGTERM, false});  // which the member ignores
        CPPUNIT_ASSERT_EQUAL(SIGTERM, spawner.expect<link::ChildExited>().number);
        awaitEnd(member);
        endWell(spawner);
    }

    void aStrangerIsReapedInSilence()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(0));
        SpawnerProcess::Child child = spawner.spawn(FakeLife::OrphanInSession);
        const pid_t stranger = expectOf<link::PluginMessage>(child.link).peer;
        (void)spawner.expect<link::ChildExited>();
        CPPUNIT_ASSERT_EQUAL(0, ::kill(stranger, SIGKILL));
        awaitCondition("the stranger is reaped", [&] { return ::kill(stranger, 0) != 0 && errno == ESRCH; });
        CPPUNIT_ASSERT(spawner.spawn(FakeLife::Exit, 0).pid > 0);
        (void)spawner.expect<link::ChildExited>();  // and nothing came before it
        endWell(spawner);
    }

    void closeEndsTheSpawnerAfterItsLastChildAndStrays()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(2));
        SpawnerProcess::Child child = spawner.spawn(FakeLife::OrphanInSession);
        const pid_t stray = expectOf<link::PluginMessage>(child.link).peer;
        (void)spawner.expect<link::ChildExited>();
        spawner.send(link::Close{});
        CPPUNIT_ASSERT(spawner.end().success());
        CPPUNIT_ASSERT(::kill(stray, 0) != 0 && errno == ESRCH);
        assertNobodyLeft();
    }

    void whenTheMasterEndsSoDoesEverybody()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(2));
        std::vector<SpawnerProcess::Child> children;
        // The one that ends by itself comes last: its report would come before the next one's answer.
        for (const FakeLife life : {FakeLife::Pause, FakeLife::LeaveInGroup, FakeLife::LeaveInSession,
                                    FakeLife::Pause, FakeLife::OrphanInSession})
            children.push_back(spawner.spawn(life));
        (void)spawner.awaitSpare();
        endWell(spawner);
    }

    void whoIgnoresTheMastersEndIsKilledInTime()
    {
        SpawnerProcess spawner;
        link::GenerationPlan plan = SpawnerProcess::plan(1);
        plan.shutdownTimeoutMs = 100;
        spawner.openWell(plan);
        SpawnerProcess::Child stubborn = spawner.spawn(FakeLife::IgnoreTerm);
        (void)expectOf<link::Ready>(stubborn.link);
        SpawnerProcess::Child stopped = spawner.spawn(FakeLife::Pause);
        CPPUNIT_ASSERT_EQUAL(0, ::kill(stopped.pid, SIGSTOP));
        const TimePoint hungUp = Clock::now();
        endWell(spawner);
        CPPUNIT_ASSERT(Clock::now() - hungUp >= Millis(100));
    }

    void signalsOfATerminalDoNotEndTheSpawner()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(0));
        CPPUNIT_ASSERT_EQUAL(spawner.pid(), ::getpgid(spawner.pid()));
        for (const int signal :
             {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTOU, SIGUSR1, SIGUSR2, SIGPIPE})
            spawner.kill(signal);
        (void)spawner.spawn(FakeLife::Pause);
        endWell(spawner);
    }

    void childrenOutliveAKilledSpawnerAndItsSparesDoNot()
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(2));
        SpawnerProcess::Child child = spawner.spawn(FakeLife::Pause);
        const pid_t spare = spawner.awaitSpare(child.pid);
        spawner.kill(SIGKILL);
        CPPUNIT_ASSERT_EQUAL(SIGKILL, spawner.end().number);
        awaitCondition("the child has come to us",
                       [&] { return processesWithParent(::getpid()).size() >= 1; });
        CPPUNIT_ASSERT(reapOwn(spare).success());
        awaitCondition("no spare is left", [&] {
            for (const pid_t pid : processesWithParent(::getpid()))
                if (pid != child.pid) (void)::waitpid(pid, nullptr, WNOHANG);
            return processesWithParent(::getpid()).size() == 1;
        });
        CPPUNIT_ASSERT_EQUAL(0, ::kill(child.pid, SIGUSR2));
        CPPUNIT_ASSERT_EQUAL(SIGUSR2, reapOwn(child.pid).number);
        assertNobodyLeft();
    }

    void aReportedZombieIsLeftToTheMasterWhenTheSpawnerDies()
    {
        class DiesBeforeItReaps : public ProcessSysLinux
        {
            void reap(pid_t) override { (void)::raise(SIGKILL); }
        };
        SpawnerProcess spawner([](FileDescriptor link) {
            DiesBeforeItReaps sys;
            return runLoop(sys, std::move(link));
        });
        (void)spawner.expect<link::Loaded>();
        const SpawnerProcess::Child child = spawner.spawn(FakeLife::Exit, 33);
        CPPUNIT_ASSERT_EQUAL(33, spawner.expect<link::ChildExited>().number);
        CPPUNIT_ASSERT_EQUAL(SIGKILL, spawner.end().number);
        CPPUNIT_ASSERT_EQUAL(33, reapOwn(child.pid).number);
        assertNobodyLeft();
    }

    void aLostDescriptorEndsTheSpawnerAndNotItsChildren()
    {
        link::Link unborn;
        assertEndsWithoutFiles(
            [&unborn](SpawnerProcess& spawner) { unborn = spawner.order(StartNumber{9}, FakeLife::Pause); });
    }

    // It waits already when the limit falls. Only the next time it may not.
    void aLimitTooLowToWaitEndsTheSpawnerAndNotItsChildren()
    {
        assertEndsWithoutFiles([](SpawnerProcess& spawner) {
            spawner.send(link::SignalOrder{StartNumber{99}, SIGTERM, false});
        });
    }

    void aForkThatFailsIsReportedAndTheNextOneWorks()
    {
        class RefusesFirst : public ProcessSysLinux
        {
            Result<pid_t> forkLeader() override
            {
                if (++_forks == 1) return SysError{"fork", "", EAGAIN};
                return ProcessSysLinux::forkLeader();
            }
            int _forks = 0;
        };
        SpawnerProcess spawner([](FileDescriptor link) {
            RefusesFirst sys;
            return runLoop(sys, std::move(link));
        });
        (void)spawner.expect<link::Loaded>();
        const link::Link unborn = spawner.order(StartNumber{41}, FakeLife::Pause);
        const auto refused = spawner.expect<link::SpawnError>();
        CPPUNIT_ASSERT(refused.start == StartNumber{41});
        CPPUNIT_ASSERT_EQUAL(EAGAIN, refused.code);
        (void)spawner.spawn(FakeLife::Pause);
        endWell(spawner);
    }

private:
    /// May it have no file open, it ends for what `tell` tells it.
    static void assertEndsWithoutFiles(const std::function<void(SpawnerProcess&)>& tell)
    {
        SpawnerProcess spawner;
        spawner.openWell(SpawnerProcess::plan(0));
        const SpawnerProcess::Child child = spawner.spawn(FakeLife::Pause);
        const rlimit none = {0, 0};
        CPPUNIT_ASSERT_EQUAL(0, ::prlimit(spawner.pid(), RLIMIT_NOFILE, &none, nullptr));
        tell(spawner);
        CPPUNIT_ASSERT_EQUAL(71, spawner.end().number);
        CPPUNIT_ASSERT_EQUAL(0, ::kill(child.pid, SIGKILL));
        CPPUNIT_ASSERT_EQUAL(SIGKILL, reapOwn(child.pid).number);
        assertNobodyLeft();
    }

    /// The working part of a spawner, on a kernel of the test's choice.
    static int runLoop(ProcessSys& sys, FileDescriptor link)
    {
        spawner::claimProcess();
        Result<FileDescriptor> signals = openSignalFd(spawner::spawnerSignals());
        child::Workshop workshop(SpawnerProcess::plan(0), FileDescriptor(), std::nullopt);
        return spawner::SpawnerLoop(sys, workshop, link::Link(std::move(link)), std::move(signals.value()))
            .run(link::Loaded{});
    }

    static void endWell(SpawnerProcess& spawner)
    {
        spawner.hangUp();
        CPPUNIT_ASSERT(spawner.end().success());
        assertNobodyLeft();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExitTest);

}  // namespace clustermanager::test
