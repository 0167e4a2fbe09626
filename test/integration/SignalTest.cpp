/// Goal: signals do what is documented, in any order and at any moment, and odd surroundings do no harm.
/// Method: the real host gets them; its exit code and what is left tell.
#include "HostFixture.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include <Poco/JSON/Parser.h>

namespace {

using namespace clustermanager::integration;

class SignalTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(SignalTest);
    CPPUNIT_TEST(termAndIntStopGracefully);
    CPPUNIT_TEST(aSecondIntStopsAtOnce);
    CPPUNIT_TEST(aHostThatIsKilledWhileItStopsLeavesNobody);
    CPPUNIT_TEST(quitStopsAtOnce);
    CPPUNIT_TEST(otherSignalsDoNotKill);
    CPPUNIT_TEST(oneChildMoreOrFewer);
    CPPUNIT_TEST(aStormLosesNoTerm);
    CPPUNIT_TEST(termAtAnyMomentLeavesNothing);
    CPPUNIT_TEST(aPausedMasterPunishesNobody);
    CPPUNIT_TEST(startsWithoutStandardDescriptors);
    CPPUNIT_TEST(seesEndsWhereSigchldWasIgnored);
    CPPUNIT_TEST(refusesADeletedFolder);
    CPPUNIT_TEST(givesChildrenACleanStart);
    CPPUNIT_TEST_SUITE_END();

    /// Children that would not stop before a minute has passed.
    void stubbornActors(const char* shutdownTimeoutMs = "60000")
    {
        actors(2);
        set("plugin.actor.stop", "ignore");
        set("cluster.shutdownTimeoutMs", shutdownTimeoutMs);
        allowProblem("child");
        startReady();
    }

    void waitStopping()
    {
        waitStatus([](const StatusView& s) { return s.countOf("stopping") == 2; }, "both should be stopping");
    }

public:
    void termAndIntStopGracefully()
    {
        for (const int signal : {SIGTERM, SIGINT})
        {
            renew();
            actors(2);
            set("plugin.actor.handlers", path("handlers"));
            startReady();
            CPPUNIT_ASSERT_EQUAL(0, stop(signal));
            CPPUNIT_ASSERT_EQUAL(std::size_t{6}, linesOf(readFile(path("handlers"))).size());
        }
    }

    void aSecondIntStopsAtOnce()
    {
        stubbornActors();
        host().signal(SIGINT);
        waitStopping();
        CPPUNIT_ASSERT_EQUAL(0, stop(SIGINT));
    }

    void aHostThatIsKilledWhileItStopsLeavesNobody()
    {
        stubbornActors("2000");
        masterIsKilled();
        host().signal(SIGTERM);
        waitStopping();
        host().signal(SIGKILL);
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

    void quitStopsAtOnce()
    {
        stubbornActors();
        CPPUNIT_ASSERT_EQUAL(0, stop(SIGQUIT));
    }

    void otherSignalsDoNotKill()
    {
        actors(1);
        allowProblem("signal");
        const StatusView before = startReady();
        for (const int signal : {SIGHUP, SIGUSR1, SIGPIPE, SIGCHLD, SIGWINCH}) host().signal(signal);
        CPPUNIT_ASSERT_EQUAL(before.child(1).pid, status().child(1).pid);
    }

    void oneChildMoreOrFewer()
    {
        actors(1);
        set("cluster.maxCount", "2");
        startReady();
        descriptorsMayGrow();
        const auto waitCount = [this](std::size_t count) {
            waitStatus([&](const StatusView& s) { return s.children().size() == count && s.allReady(); },
                       "there should be " + std::to_string(count) + " children");
        };
        host().signal(SIGTTIN);
        waitCount(2);
        host().signal(SIGTTIN);  // as many as there may be
        host().signal(SIGTTOU);
        waitCount(1);
        host().signal(SIGTTOU);
        waitCount(0);
        host().signal(SIGTTIN);
        waitCount(1);
    }

    void aStormLosesNoTerm()
    {
        actors(2);
        allowProblem("signal");
        startReady();
        for (int i = 0; i < 3000; ++i) host().signal(i % 3 == 0 ? SIGHUP : i % 3 == 1 ? SIGCHLD : SIGPIPE);
        status();
        host().signal(SIGTERM);
        for (int i = 0; i < 3000; ++i) host().signal(i % 2 == 0 ? SIGHUP : SIGCHLD);
        CPPUNIT_ASSERT_EQUAL(0, waitForExit());
    }

    /// The tear-down finds what was left. Before main() nobody can hold a signal back.
    void termAtAnyMomentLeavesNothing()
    {
        for (int delay = 0; delay < 60; delay += 5)
        {
            renew();
            actors(2);
            mayLeaveFiles();
            start();
            ::poll(nullptr, 0, delay);
            const int code = stop();
            CPPUNIT_ASSERT_MESSAGE(output(), code == 0 || code == 1000 + SIGTERM);
            if (code == 0) CPPUNIT_ASSERT(strayFiles().empty());
        }
    }

    /// A start that lasts while the master is stopped is not late.
    void aPausedMasterPunishesNobody()
    {
        actors(1);
        set("plugin.actor.start", "late");
        set("plugin.actor.gate", path("gate"));
        set("cluster.startTimeoutMs", std::to_string(500 * timeFactor()));
        start();
        waitState(1, "starting");
        pauseProcess(host().pid());
        ::poll(nullptr, 0, 500 * timeFactor() + 1500);
        host().signal(SIGCONT);
        waitState(1, "starting");
        writeFile(path("gate"), "");
        CPPUNIT_ASSERT_EQUAL(0u, waitReady().child(1).restarts);
    }

    void startsWithoutStandardDescriptors()
    {
        actors(1);
        set("plugin.actor.dump", path("files"));
        set("listen.front", "127.0.0.1:0");
        before([] {
            for (int fd = 0; fd <= 2; ++fd) ::close(fd);
        });
        startReady();
        const auto dump =
            Poco::JSON::Parser().parse(readFile(path("files/1.json"))).extract<Poco::JSON::Object::Ptr>();
        for (const char* fd : {"0", "1", "2"})
            CPPUNIT_ASSERT_EQUAL(std::string("/dev/null"),
                                 dump->getObject("fds")->getObject(fd)->getValue<std::string>("target"));
    }

    void seesEndsWhereSigchldWasIgnored()
    {
        actors(1);
        restartFast();
        allowProblem("child 1");
        before([] { std::signal(SIGCHLD, SIG_IGN); });
        startReady();
        probe(1).ask("exit 9");
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 9"), waitRestarts(1, 1).lastExit());
    }

    void refusesADeletedFolder()
    {
        actors(1);
        const std::string gone = path("gone");
        before([gone] {
            ::mkdir(gone.c_str(), 0755);
            if (::chdir(gone.c_str()) == 0) ::rmdir(gone.c_str());
        });
        expectProblem("working folder");
        CPPUNIT_ASSERT_EQUAL(71, startAndEnd());
    }

    void givesChildrenACleanStart()
    {
        actors(1);
        set("plugin.actor.dump", path("files"));
        set("listen.front", "127.0.0.1:0");
        before([] {
            sigset_t all;
            sigfillset(&all);
            ::sigprocmask(SIG_SETMASK, &all, nullptr);
            std::signal(SIGTERM, SIG_IGN);
        });
        const StatusView view = startReady();
        const auto dump =
            Poco::JSON::Parser().parse(readFile(path("files/1.json"))).extract<Poco::JSON::Object::Ptr>();
        const auto kernel = dump->getObject("status");
        CPPUNIT_ASSERT_EQUAL(std::string("0000000000000000"), kernel->getValue<std::string>("SigBlk"));
        const auto ignored = std::stoull(kernel->getValue<std::string>("SigIgn"), nullptr, 16);
        const auto isIgnored = [ignored](int signal) { return (ignored >> (signal - 1) & 1u) != 0; };
        CPPUNIT_ASSERT(isIgnored(SIGPIPE));
        for (const int signal :
             {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD, SIGUSR1, SIGSEGV, SIGABRT, SIGALRM})
            CPPUNIT_ASSERT_MESSAGE(std::to_string(signal), !isIgnored(signal));
        CPPUNIT_ASSERT_EQUAL(static_cast<int>(view.child(1).pid), dump->getValue<int>("pgrp"));
        const auto environment = dump->getObject("environment");
        CPPUNIT_ASSERT_EQUAL(std::string("1"), environment->getValue<std::string>("CM_CHILD_ID"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), environment->getValue<std::string>("CM_CHILD_INDEX"));
        CPPUNIT_ASSERT_EQUAL(std::string("actor"), environment->getValue<std::string>("CM_GROUP"));
        CPPUNIT_ASSERT(!environment->has("CM_RESTART"));
        CPPUNIT_ASSERT(!environment->has("CM_SPAWNER_LINK"));
        // Only the standard ones and the listener survive an exec.
        for (const std::string& fd : dump->getObject("fds")->getNames())
            if (std::stoi(fd) > 3)
                CPPUNIT_ASSERT_MESSAGE(fd,
                                       dump->getObject("fds")->getObject(fd)->getValue<bool>("closeOnExec"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SignalTest);

}  // namespace
