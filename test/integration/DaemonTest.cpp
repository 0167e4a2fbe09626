/// Goal: --daemon, --pidfile and --umask work as in any Poco ServerApplication.
/// Method: the daemon becomes a child of this process, which is a subreaper; it is ended by its pid.
#include "HostFixture.h"

#include <unistd.h>

#include <csignal>

#include <Poco/JSON/Parser.h>

namespace {

using namespace clustermanager::integration;

class DaemonTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(DaemonTest);
    CPPUNIT_TEST(goesToTheBackground);
    CPPUNIT_TEST(writesAndRemovesThePidFile);
    CPPUNIT_TEST(aDyingChildLeavesThePidFile);
    CPPUNIT_TEST(setsTheUmask);
    CPPUNIT_TEST(tellsWhoStartedItWhatIsWrong);
    CPPUNIT_TEST(tellsWhoStartedItThatAFileIsMissing);
    CPPUNIT_TEST(logsToAFileOfItsOwn);
    CPPUNIT_TEST(itsLogMovesAtOnce);
    CPPUNIT_TEST_SUITE_END();

    pid_t startDaemon()
    {
        argument("--daemon");
        argument("--pidfile=" + path("run/host.pid"));
        start();
        CPPUNIT_ASSERT_EQUAL(0, waitForExit());
        const auto serves = [this] {
            try
            {
                return exists(path("run/control.sock")) && status().allReady();
            }
            catch (const Poco::Exception&)
            {
                return false;
            }
        };
        CPPUNIT_ASSERT_MESSAGE(output(), waitFor(serves));
        return status().master()->getValue<int>("pid");
    }

    void stopDaemon(pid_t pid)
    {
        ::kill(pid, SIGTERM);
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

public:
    void goesToTheBackground()
    {
        actors(1);
        const pid_t launcher = startDaemon();
        CPPUNIT_ASSERT(launcher != host().pid());
        CPPUNIT_ASSERT_EQUAL(launcher, ::getsid(launcher));
        stopDaemon(launcher);
    }

    void writesAndRemovesThePidFile()
    {
        actors(1);
        const pid_t pid = startDaemon();
        CPPUNIT_ASSERT_EQUAL(static_cast<int>(pid), std::stoi(readFile(path("run/host.pid"))));
        stopDaemon(pid);
        CPPUNIT_ASSERT(!exists(path("run/host.pid")));
    }

    void aDyingChildLeavesThePidFile()
    {
        actors(1);
        restartFast();
        const pid_t pid = startDaemon();
        probe(1).ask("exit 3");
        waitFor([this] { return status().child(1).restarts == 1; });
        CPPUNIT_ASSERT_EQUAL(static_cast<int>(pid), std::stoi(readFile(path("run/host.pid"))));
        stopDaemon(pid);
    }

    void setsTheUmask()
    {
        actors(1);
        set("plugin.actor.dump", path("files"));
        argument("--umask=027");
        startReady();
        const auto dump =
            Poco::JSON::Parser().parse(readFile(path("files/1.json"))).extract<Poco::JSON::Object::Ptr>();
        CPPUNIT_ASSERT_EQUAL(027u, dump->getValue<unsigned>("umask"));
    }

    void tellsWhoStartedItWhatIsWrong()
    {
        pluginFile(path("files/missing.so"));
        argument("--daemon");
        expectProblem("missing.so");
        CPPUNIT_ASSERT_EQUAL(78, startAndEnd());
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

    void tellsWhoStartedItThatAFileIsMissing()
    {
        actors(1);
        argument("--daemon");
        argument("--config-file=" + path("files/none.ini"));
        expectProblem("none.ini");
        CPPUNIT_ASSERT_EQUAL(78, startAndEnd());
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

    void logsToAFileOfItsOwn()
    {
        actors(1);
        const pid_t pid = startDaemon();
        stopDaemon(pid);
        const std::string log = readFile(path("log/clustermanager.log"));
        CPPUNIT_ASSERT_MESSAGE(log,
                               log.find("serving as process " + std::to_string(pid)) != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(log, log.find("[clustermanager] stopped\n") != std::string::npos);
    }

    void itsLogMovesAtOnce()
    {
        actors(1);
        const pid_t pid = startDaemon();
        set("cluster.logFolder", path("files/logs"));
        set("cluster.logRotateSize", "4K");
        writeConfig();
        const HttpAnswer answer = post("/config/reload?wait=10s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
        const std::string log = path("files/logs/clustermanager.log");
        CPPUNIT_ASSERT(answer.body.find("from now on text in " + log) != std::string::npos);
        for (int i = 0; i < 80; ++i) CPPUNIT_ASSERT_EQUAL(200, control("/logLevel/info").status);
        CPPUNIT_ASSERT(readFile(log).find("log level of everything is now info") != std::string::npos);
        CPPUNIT_ASSERT(exists(log + ".0"));
        CPPUNIT_ASSERT(readFile(path("log/clustermanager.log")).find("log level of") == std::string::npos);
        stopDaemon(pid);
        CPPUNIT_ASSERT(readFile(log).find("[clustermanager] stopped\n") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DaemonTest);

}  // namespace
