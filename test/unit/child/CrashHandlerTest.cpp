/// Goal: a child that crashes says where, and dies of that signal as it would without us, whatever it was
/// doing. Method: real forked children, the test is their master at the other end of a real link.
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "ForkedChild.h"
#include "base/Sanitizers.h"
#include "unit/TemporaryFolder.h"

using namespace clustermanager;

namespace {

__attribute__((noinline, no_sanitize("address", "undefined"))) void fault()
{
    volatile std::uintptr_t nowhere = 16;
    *reinterpret_cast<volatile char*>(nowhere) = 1;  // NOLINT(performance-no-int-to-ptr): it is meant so
}

int crashInRunChild(cm_context* context)
{
    context->log(context, CM_LOG_INFO, nullptr, "the last thing it did");
    fault();
    return 0;
}

/// The unwinder, led by what lies there, reads memory that does not exist.
__attribute__((noinline, no_sanitize("address", "undefined"))) int crashWithACorruptStack(cm_context*)
{
    volatile char here = 0;
    volatile char* above = &here;
    for (int i = 0; i < 2'000; ++i) above[i] = 0x5a;
    fault();
    return 0;
}

void overflow(void*, std::int32_t, const void*, std::size_t)
{
    struct Deeper
    {
        __attribute__((noinline, no_sanitize("address"))) static int go(int depth)
        {
            volatile char room[1024] = {};
            room[0] = static_cast<char>(depth);
            return depth < 0 ? 0 : go(depth + 1) + room[0];
        }
    };
    std::_Exit(Deeper::go(1));
}

int overflowOnTheRuntimeThread(cm_context* context)
{
    context->on_message(context, overflow, nullptr);
    context->ready(context);
    context->wait_stop(context, -1);
    return 0;
}

/// The link cannot be written to: its other end does not read.
int crashWithAFullLink(cm_context* context)
{
    const std::string text(CM_MESSAGE_MAX, 'x');
    while (context->send(context, CM_TO_MASTER, text.data(), text.size()) == CM_OK)
    {}
    fault();
    return 0;
}

int crashWithAClosedLink(cm_context*)
{
    for (int fd = 3; fd < 256; ++fd) (void)::close(fd);
    fault();
    return 0;
}

int crashInAFork(cm_context*)
{
    const pid_t child = ::fork();
    if (child == 0) fault();
    int status = 0;
    (void)::waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ? 7 : 8;
}

int crashAtOnceInManyThreads(cm_context*)
{
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) threads.emplace_back(fault);
    for (std::thread& thread : threads) thread.join();
    return 0;
}

int abortIt(cm_context*)
{
    std::abort();
}

}  // namespace

class CrashHandlerTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CrashHandlerTest);
    CPPUNIT_TEST(saysWhereAndDiesOfTheSignal);
    CPPUNIT_TEST(aSpareThatBecameAChildDoes);
    CPPUNIT_TEST(aRunMasterDoes);
    CPPUNIT_TEST(anAbortSaysItWasRaised);
    CPPUNIT_TEST(aSignalFromOutsideNamesItsSender);
    CPPUNIT_TEST(aCorruptStackEndsIt);
    CPPUNIT_TEST(theRuntimeThreadMayOverflow);
    CPPUNIT_TEST(manyThreadsAtOnceSayItOnce);
    CPPUNIT_TEST(aLinkThatIsFullEndsIt);
    CPPUNIT_TEST(aLinkThatIsClosedEndsIt);
    CPPUNIT_TEST(aForkOfItSaysNothing);
    CPPUNIT_TEST(saysNothingWhereItIsNotToReport);
    CPPUNIT_TEST(aCoreFileIsWrittenAsWithoutIt);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;

    ForkedChild::Setup setup(int (*function)(cm_context*)) const
    {
        ForkedChild::Setup setup;
        setup.plan.group = "hello";
        setup.plan.shutdownTimeoutMs = 10'000;
        setup.plan.updateStatusMs = 60'000;
        setup.plan.logFolder = _folder.path();
        setup.runChild = function;
        return setup;
    }

    static void expectDeath(ForkedChild& child, int signal)
    {
        const int status = child.waitForEnd();
        CPPUNIT_ASSERT(WIFSIGNALED(status));
        CPPUNIT_ASSERT_EQUAL(signal, WTERMSIG(status));
    }

    static link::Crashed expectCrash(ForkedChild& child, int signal)
    {
        link::Crashed crashed = child.expect<link::Crashed>();
        CPPUNIT_ASSERT_EQUAL(signal, crashed.signal);
        expectDeath(child, signal);
        return crashed;
    }

    void saysWhereAndDiesOfTheSignal()
    {
        ForkedChild child(setup(crashInRunChild));
        const pid_t pid = child.pid();
        const link::Crashed crashed = expectCrash(child, SIGSEGV);
        CPPUNIT_ASSERT_EQUAL(int{SEGV_MAPERR}, crashed.code);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{16}, crashed.address);
        CPPUNIT_ASSERT_EQUAL(pid, pid_t{crashed.thread});
        CPPUNIT_ASSERT_EQUAL(std::string("cm-hello-3"), crashed.threadName);
        CPPUNIT_ASSERT(crashed.log.find("the last thing it did\n") != std::string::npos);

        CPPUNIT_ASSERT(crashed.frames.size() > 2 && !crashed.modules.empty());
        const link::CrashFrame& innermost = crashed.frames[0];
        const auto function = reinterpret_cast<std::uint64_t>(&fault);
        CPPUNIT_ASSERT(innermost.exact && innermost.address - function < 256);
        const auto caller = reinterpret_cast<std::uint64_t>(&crashInRunChild);
        CPPUNIT_ASSERT(!crashed.frames[1].exact && crashed.frames[1].address - caller < 1024);
        const link::CrashModule& module = crashed.modules.at(innermost.module);
        CPPUNIT_ASSERT_EQUAL(std::string(), module.path);  // the program itself
        CPPUNIT_ASSERT_EQUAL(std::size_t{20}, module.buildId.size());
        CPPUNIT_ASSERT(module.base < function);
    }

    void aSpareThatBecameAChildDoes()
    {
        ForkedChild::Setup spare = setup(crashInRunChild);
        spare.standBy = true;
        ForkedChild child(std::move(spare));
        CPPUNIT_ASSERT(expectCrash(child, SIGSEGV).frames.size() > 2);
    }

    void aRunMasterDoes()
    {
        ForkedChild::Setup master = setup(crashInRunChild);
        master.runMaster = crashInRunChild;
        master.id = runMasterOf(GroupId{1});
        ForkedChild child(std::move(master));
        child.tell(link::ChildrenSeen{});
        CPPUNIT_ASSERT_EQUAL(std::string("cm-hello-master"), expectCrash(child, SIGSEGV).threadName);
    }

    void anAbortSaysItWasRaised()
    {
        ForkedChild child(setup(abortIt));
        CPPUNIT_ASSERT_EQUAL(int{SI_TKILL}, expectCrash(child, SIGABRT).code);
    }

    void aSignalFromOutsideNamesItsSender()
    {
        ForkedChild child(setup(overflowOnTheRuntimeThread));
        child.expect<link::Ready>();
        CPPUNIT_ASSERT_EQUAL(0, ::kill(child.pid(), SIGABRT));
        const pid_t pid = child.pid();
        const link::Crashed crashed = expectCrash(child, SIGABRT);
        CPPUNIT_ASSERT_EQUAL(int{SI_USER}, crashed.code);
        CPPUNIT_ASSERT_EQUAL(::getpid(), pid_t{crashed.sender});
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the main thread's stack", pid, pid_t{crashed.thread});
    }

    void aCorruptStackEndsIt()
    {
        // Handlers run with every signal blocked there, so that the fault within one is the process's end.
        if (kThreadSanitizer) return;
        ForkedChild child(setup(crashWithACorruptStack));
        CPPUNIT_ASSERT(!expectCrash(child, SIGSEGV).frames.empty());
    }

    void theRuntimeThreadMayOverflow()
    {
        ForkedChild child(setup(overflowOnTheRuntimeThread));
        child.expect<link::Ready>();
        const pid_t pid = child.pid();
        child.tell(link::PluginMessage{0, "go"});
        const link::Crashed crashed = expectCrash(child, SIGSEGV);
        CPPUNIT_ASSERT(pid != crashed.thread);
        CPPUNIT_ASSERT_EQUAL(std::size_t{128}, crashed.frames.size());
    }

    void manyThreadsAtOnceSayItOnce()
    {
        ForkedChild child(setup(crashAtOnceInManyThreads));
        CPPUNIT_ASSERT(!expectCrash(child, SIGSEGV).frames.empty());
    }

    void aLinkThatIsFullEndsIt()
    {
        ForkedChild child(setup(crashWithAFullLink));
        expectDeath(child, SIGSEGV);
    }

    void aLinkThatIsClosedEndsIt()
    {
        ForkedChild child(setup(crashWithAClosedLink));
        expectDeath(child, SIGSEGV);
    }

    void aForkOfItSaysNothing()
    {
        ForkedChild child(setup(crashInAFork));
        child.expect<link::Farewell>();  // that it was not ready
        CPPUNIT_ASSERT_EQUAL(0, child.heard<link::Crashed>());
        CPPUNIT_ASSERT_EQUAL(7, child.exitCode());
    }

    void saysNothingWhereItIsNotToReport()
    {
        ForkedChild::Setup silent = setup(crashInRunChild);
        silent.plan.crashReports = false;
        ForkedChild child(std::move(silent));
        child.expect<link::Hello>();
        expectDeath(child, SIGSEGV);
    }

    /// Whether the system writes any depends on this machine; that it is the same with us does not.
    void aCoreFileIsWrittenAsWithoutIt()
    {
        const auto dumps = [&](bool reports) {
            ForkedChild::Setup plain = setup(nullptr);
            plain.runChild = [&](cm_context*) {
                const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
                (void)!::chdir(_folder.path().c_str());
                (void)::setrlimit(RLIMIT_CORE, &unlimited);
                (void)::prctl(PR_SET_DUMPABLE, 1);
                fault();
                return 0;
            };
            plain.plan.crashReports = reports;
            ForkedChild child(std::move(plain));
            const int status = child.waitForEnd();
            CPPUNIT_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
            return WCOREDUMP(status);
        };
        CPPUNIT_ASSERT_EQUAL(dumps(false), dumps(true));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashHandlerTest);
