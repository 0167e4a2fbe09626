/// Goal: what the kernel answers now and then, and hardly ever in a test, is met as planned: told once,
/// counted, and over when it is over.
/// Method: a filter of system calls that lets one of them fail; a storm of SIGSTOP and SIGCONT, after
/// which each call that waited returns EINTR; a limit on the size of files.
#include "HostFixture.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <future>
#include <memory>

#include "fakes/Forbid.h"

namespace {

using namespace clustermanager::integration;

class KernelErrorTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(KernelErrorTest);
    CPPUNIT_TEST(aControlPortThatCannotAcceptCostsNothingElse);
    CPPUNIT_TEST(aLogThatCannotBeWrittenIsCounted);
    CPPUNIT_TEST(theHostsOwnLogMayBeFull);
    CPPUNIT_TEST(interruptedCallsAreTakenUpAgain);
    CPPUNIT_TEST_SUITE_END();

    static std::size_t count(const std::string& text, const std::string& part)
    {
        std::size_t found = 0;
        for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
        return found;
    }

public:
    /// Nobody can ask, so the children say whether they are there.
    void aControlPortThatCannotAcceptCostsNothingElse()
    {
        actors(1);
        restartFast();
        allowProblem("cannot accept a connection");
        before([] { clustermanager::test::forbid(SYS_accept4, ENFILE); });
        start();
        waitOutput("serving as process");
        waitOutput("group actor: 1 children");
        const Poco::Net::StreamSocket first(controlSocket());
        waitOutput("control port: cannot accept a connection: Too many open files in system");
        const Poco::Net::StreamSocket second(controlSocket());
        host().signal(SIGTERM);
        CPPUNIT_ASSERT_EQUAL(0, waitForExit());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, count(output(), "cannot accept a connection"));
    }

    void aLogThatCannotBeWrittenIsCounted()
    {
        actors(1);
        set("cluster.updateStatusMs", "100");
        allowProblem("records are dropped and counted");
        before([] { clustermanager::test::forbid(SYS_writev, EIO); });
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("lines 300"));
        waitStatus(
            [](const StatusView& s) { return s.child(1).json->getValue<int>("droppedLogRecords") >= 300; },
            "the lost lines should be counted");
        waitOutput("Input/output error");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, count(output(), "records are dropped and counted"));
    }

    void theHostsOwnLogMayBeFull()
    {
        actors(1);
        set("logging.channels.file.class", "ChildFileChannel");
        set("logging.channels.file.path", path("log/own-${system.env.CM_CHILD_ID}.log"));
        set("logging.loggers.root.channel", "file");
        allowProblem("log");
        // The history's file, which is larger than that at once, is another test's matter.
        set("cluster.history", "off");
        const StatusView ready = startReady();
        const rlimit small = {2'000, RLIM_INFINITY};
        CPPUNIT_ASSERT_EQUAL(0, ::prlimit(host().pid(), RLIMIT_FSIZE, &small, nullptr));
        for (int i = 0; i < 40; ++i)
            CPPUNIT_ASSERT_EQUAL(200, control(i % 2 == 0 ? "/logLevel/debug" : "/logLevel/info").status);
        CPPUNIT_ASSERT(readFile(path("log/own-master.log")).size() <= 2'000);
        waitOutput("records are dropped and counted");
        CPPUNIT_ASSERT_EQUAL(ready.child(1).pid, status().child(1).pid);
    }

    void interruptedCallsAreTakenUpAgain()
    {
        actors(2);
        restartFast();
        const StatusView ready = startReady();
        std::vector<pid_t> interrupted = spawners();
        interrupted.push_back(host().pid());
        interrupted.push_back(ready.child(2).pid);
        std::atomic<bool> going{true};
        auto storm = std::async(std::launch::async, [&] {
            while (going)
                for (const pid_t pid : interrupted)
                {
                    pauseProcess(pid);
                    ::kill(pid, SIGCONT);
                }
        });
        const std::shared_ptr<void> atTheEnd(nullptr, [&](void*) { going = false; });  // whatever is thrown
        bool served = true;
        for (unsigned i = 1; i <= 10 && served; ++i)
        {
            ::kill(status().child(1).pid, SIGKILL);
            served = waitFor([&] {
                const StatusView now = status();
                return now.allReady() && now.child(1).restarts >= i;
            });
        }
        going = false;
        storm.get();
        CPPUNIT_ASSERT_MESSAGE(output(), served);
        CPPUNIT_ASSERT_EQUAL(ready.child(2).pid, status().child(2).pid);
        descriptorsMayGrow();
        CPPUNIT_ASSERT_EQUAL(200, post("/reload?wait=20s").status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(KernelErrorTest);

}  // namespace
