/// Goal: cmctl shows and changes a real host, and its exit code tells what became of it.
/// Method: the real programs; cmctl's output and exit code, and then the host's own status.
#include "HostFixture.h"

#include "Cmctl.h"

#include <filesystem>

namespace {

using namespace clustermanager::integration;

class CmctlTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(CmctlTest);
    CPPUNIT_TEST(showsTheHostWithoutColoursWhereThereIsNoTerminal);
    CPPUNIT_TEST(findsTheHost);
    CPPUNIT_TEST(findsTheHostByTcpAndToken);
    CPPUNIT_TEST(noHostIs69AndAWrongLineIs2);
    CPPUNIT_TEST(aReloadShowsEverySlot);
    CPPUNIT_TEST(aFailedReloadIs1AndSaysWhy);
    CPPUNIT_TEST(aWaitThatIsTooShortIs1);
    CPPUNIT_TEST(restartsScalesStopsAndStarts);
    CPPUNIT_TEST(whoHasGivenUpIsRemarkedAndTriedAgain);
    CPPUNIT_TEST(aLogLevelIsPutBack);
    CPPUNIT_TEST(aLogLevelIsPutBackAtCtrlC);
    CPPUNIT_TEST(showsChecksAndReloadsTheConfiguration);
    CPPUNIT_TEST(upgradesTheHost);
    CPPUNIT_TEST(showsWhatHasHappened);
    CPPUNIT_TEST(everyCommandHelpsItself);
    CPPUNIT_TEST(aReaderThatGoesIsNoFailure);
    CPPUNIT_TEST_SUITE_END();

    CmctlRun cmctl(std::vector<std::string> arguments) const
    {
        arguments.push_back("--socket=run/control.sock");
        return runCmctl(path(""), arguments);
    }

    /// Of a run that must end with the exit code and hold each part.
    void assertRun(int exitCode, const CmctlRun& run, const std::vector<std::string>& parts) const
    {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(run.output, exitCode, run.exitCode);
        for (const std::string& part : parts)
            CPPUNIT_ASSERT_MESSAGE("'" + part + "' is not in:\n" + run.output,
                                   run.output.find(part) != std::string::npos);
    }

public:
    void showsTheHostWithoutColoursWhereThereIsNoTerminal()
    {
        actors(2);
        const StatusView view = startReady();
        const CmctlRun all = cmctl({"status"});
        assertRun(0, all,
                  {"clustermanager ", "GROUP", "actor  running    2/2", std::to_string(view.child(2).pid)});
        CPPUNIT_ASSERT(all.output.find('\x1b') == std::string::npos);
        assertRun(0, cmctl({"status", "actor"}), {"actor  running", "ready"});
        assertRun(0, cmctl({"status", "2"}), {"pid: " + std::to_string(view.child(2).pid), "state: ready"});
        assertRun(0, cmctl({"status", "--color=always"}), {"\x1b[32mready"});
        const CmctlRun json = cmctl({"status", "--json"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, StatusView(json.output).countOf("ready"));
        assertRun(1, cmctl({"status", "nobody"}), {"There is no group 'nobody'"});
        assertRun(1, cmctl({"status", "99"}), {"There is no child '99'"});
    }

    void findsTheHost()
    {
        actors(1);
        startReady();
        const auto finds = [&](const std::vector<std::string>& arguments,
                               const std::map<std::string, std::string>& environment = {}) {
            assertRun(0, runCmctl(path(""), arguments, environment), {"actor"});
        };
        finds({"status", "--config", "host.properties"});
        finds({"-c", "host.properties", "status"});
        finds({"status"}, {{"CM_CONTROL_SOCKET", path("run/control.sock")}});
        finds({"-srun/control.sock", "status"});
        finds({"status", "-s", "run/control.sock"});
        assertRun(0, runCmctl(path(""), {"names", "all", "-s", "run/control.sock"}), {"actor\n1\n"});
    }

    void findsTheHostByTcpAndToken()
    {
        actors(1);
        set("cluster.webServerPort", "0");
        set("cluster.webServerToken", "sesame-open-sesame");
        startReady();
        waitOutput("http://");
        const std::string said = output().substr(output().find("http://"));
        const std::string url = "--url=" + said.substr(0, said.find('/', 7));
        writeFile(path("token"), "sesame-open-sesame\n");
        assertRun(0, runCmctl(path(""), {"status", url, "--token-file=token"}), {"actor  running"});
        assertRun(1, runCmctl(path(""), {"status", url}), {"--token-file"});
        assertRun(69, runCmctl(path(""), {"status", "--url=https" + url.substr(10)}),
                  {"is it http or https?"});
    }

    void noHostIs69AndAWrongLineIs2()
    {
        for (const char* command :
             {"status", "top", "logs", "events", "operations", "history", "reload", "reopen", "upgrade"})
            assertRun(69, cmctl({command}), {"cannot reach the host at run/control.sock", "--socket"});
        assertRun(69, runCmctl(path(""), {"names", "all"}), {});
        assertRun(2, cmctl({"sttaus"}), {"did you mean 'status'?"});
        assertRun(2, cmctl({"status", "--jsno"}), {"no option 'jsno'; did you mean 'json'?"});
        assertRun(2, cmctl({"logs", "--lines=many"}), {"--lines: 'many'"});
        assertRun(2, runCmctl(path(""), {"logs", "-n"}), {"lines"});
        assertRun(2, cmctl({"scale", "actor", "many"}), {"N: 'many'"});
        assertRun(2, cmctl({"restart"}), {"cmctl restart NAME|ID|all"});
        assertRun(2, runCmctl(path(""), {}), {"cmctl help"});
    }

    void aReloadShowsEverySlot()
    {
        actors(2);
        startReady();
        assertRun(0, cmctl({"reload", "actor"}), {"begun as operation 1"});
        assertRun(0, cmctl({"reload", "actor", "--wait=20s"}),
                  {"reload of actor: ", "  actor 1: ready after ", "  actor 2: ready after ",
                   "reload of actor: done after "});
        CPPUNIT_ASSERT_EQUAL(3U, status().generation("actor"));
        // As long as it takes, however it is written.
        assertRun(0, cmctl({"reload", "actor", "--wait"}), {"reload of actor: done after "});
        assertRun(0, cmctl({"reload", "-w", "actor"}), {"reload of actor: done after "});
        assertRun(0, cmctl({"reload", "-w", "20s", "actor"}), {"reload of actor: done after "});
        assertRun(2, cmctl({"reload", "actor", "--wait=soon"}), {"--wait", "'soon'"});
        assertRun(0, cmctl({"operations"}), {"reload", "done"});
        assertRun(0, cmctl({"operations", "2"}), {"CHILD", "ready"});
        assertRun(1, cmctl({"operations", "77"}), {"no operation '77'"});
    }

    void aFailedReloadIs1AndSaysWhy()
    {
        actors(1);
        startReady();
        allowProblem("reload");
        allowProblem("generation");
        allowProblem("actor");
        writeFile(path("files/actor.so.new"), "no plugin");
        CPPUNIT_ASSERT_EQUAL(0,
                             std::rename(path("files/actor.so.new").c_str(), path("files/actor.so").c_str()));
        assertRun(1, cmctl({"reload", "actor", "--wait=20s"}), {"reload of actor: failed", "actor.so"});
        assertRun(0, cmctl({"status", "actor"}), {"last reload failed: "});
    }

    void aWaitThatIsTooShortIs1()
    {
        actors(1);
        set("plugin.actor.drainDelayMs", "1500");
        startReady();
        assertRun(1, cmctl({"reload", "actor", "--wait=20ms"}),
                  {"has not ended within 20ms", "cmctl operations"});
        waitOver(1);
    }

    void restartsScalesStopsAndStarts()
    {
        actors(2);
        restartFast();
        descriptorsMayGrow();
        const StatusView before = startReady();
        assertRun(0, cmctl({"restart", "1", "--wait=20s"}), {"exit", "done after"});
        CPPUNIT_ASSERT(status().child(1).pid != before.child(1).pid);
        CPPUNIT_ASSERT(status().child(2).pid == before.child(2).pid);
        assertRun(0, cmctl({"restart", "all", "--wait=20s"}), {"done after"});
        CPPUNIT_ASSERT(status().child(2).pid != before.child(2).pid);
        assertRun(0, cmctl({"scale", "actor", "3", "--wait=20s"}), {"scale of actor: done"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, status().countOf("ready"));
        assertRun(1, cmctl({"scale", "actor", "5000"}), {"maxCount"});
        assertRun(0, cmctl({"stop", "actor", "--wait=20s"}), {"stop of actor: done"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, status().countOf("stopped"));
        assertRun(0, cmctl({"start", "actor", "--wait=20s"}), {"start of actor: done"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, status().countOf("ready"));
        assertRun(1, cmctl({"stop", "nobody"}), {"There is no group 'nobody'"});
    }

    void whoHasGivenUpIsRemarkedAndTriedAgain()
    {
        actors(1);
        restartFast();
        set("cluster.maxRestarts", "1");
        set("plugin.actor.start", "return3");
        set("plugin.actor.startIf", path("trouble"));
        writeFile(path("trouble"), "");
        allowProblem("actor");
        start();
        waitState(1, "failed");
        assertRun(0, cmctl({"status"}), {"0/1", "1 gave up: `cmctl start actor` tries again"});
        std::filesystem::remove(path("trouble"));
        assertRun(0, cmctl({"start", "actor", "--wait=20s"}), {"start of actor: done"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, status().countOf("ready"));
    }

    void aLogLevelIsPutBack()
    {
        actors(2);
        startReady();
        assertRun(0, cmctl({"log-level", "debug", "--child=2"}), {"log level debug"});
        CPPUNIT_ASSERT_EQUAL(std::string("debug"), status().child(2).json->getValue<std::string>("logLevel"));
        assertRun(0, cmctl({"log-level", "trace", "--for=1ms"}), {"log level trace", "log level info"});
        CPPUNIT_ASSERT_EQUAL(std::string("info"), status().master()->getValue<std::string>("logLevel"));
        assertRun(2, cmctl({"log-level", "loud"}), {"trace, debug, info, warn, error, fatal"});
    }

    void aLogLevelIsPutBackAtCtrlC()
    {
        actors(1);
        startReady();
        CmctlOnTerminal terminal(path(""), {"log-level", "trace", "--for=1h", "-s", "run/control.sock"});
        CPPUNIT_ASSERT_MESSAGE(terminal.written(), terminal.shows("then info again"));
        CPPUNIT_ASSERT_EQUAL(std::string("trace"), status().master()->getValue<std::string>("logLevel"));
        terminal.press("\x03");
        CPPUNIT_ASSERT_EQUAL(0, terminal.end());
        CPPUNIT_ASSERT_EQUAL(std::string("info"), status().master()->getValue<std::string>("logLevel"));
    }

    void showsChecksAndReloadsTheConfiguration()
    {
        actors(1);
        descriptorsMayGrow();
        startReady();
        assertRun(0, cmctl({"config", "show"}), {"plugin.actor.count = 1", "cluster.restart = always"});
        set("plugin.actor.path", path("files/actor.so"));
        set("plugin.actor.count", "2");
        writeConfig();
        assertRun(0, cmctl({"config", "check", "host.properties"}), {"the configuration is good"});
        assertRun(0, cmctl({"config", "reload", "--wait=20s"}), {"plugin.actor.count"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, status().countOf("ready"));
        set("plugin.actor.cuont", "2");
        set("cluster.cuont", "2");
        writeConfig();
        expectProblem("cuont");
        assertRun(1, cmctl({"config", "check", "host.properties"}), {"did you mean 'count'?"});
        assertRun(1, cmctl({"config", "reload"}), {"did you mean 'count'?"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, status().countOf("ready"));
    }

    void upgradesTheHost()
    {
        actors(1);
        const StatusView before = startReady();
        descriptorsMayGrow();
        assertRun(0, cmctl({"upgrade", "--wait=30s"}), {"upgrade: done after"});
        CPPUNIT_ASSERT_EQUAL(1, status().master()->getValue<int>("upgrades"));
        CPPUNIT_ASSERT(status().child(1).pid == before.child(1).pid);
    }

    void showsWhatHasHappened()
    {
        actors(1);
        restartFast();
        startReady();
        assertRun(0, cmctl({"restart", "1", "--wait=20s"}), {"done after"});
        const bool kept = waitFor([&] {
            return cmctl({"history", "--kind=exit", "--since=1h"}).output.find("child 1 (actor)") !=
                   std::string::npos;
        });
        CPPUNIT_ASSERT(kept);
        assertRun(0, cmctl({"history", "--child=7"}), {});
        assertRun(1, cmctl({"history", "--since=yesterday"}), {"since"});
    }

    void everyCommandHelpsItself()
    {
        const CmctlRun help = cmctl({"help"});
        assertRun(0, help, {"usage: cmctl COMMAND"});
        unsigned commands = 0;
        for (const std::string& line : linesOf(help.output))
        {
            if (line.rfind("  ", 0) != 0 || line[2] == ' ' || line[2] == '-') continue;
            const std::string command = line.substr(2, line.find(' ', 2) - 2);
            assertRun(0, cmctl({command, "--help"}),
                      {"usage: cmctl " + command, "Example:\n  ", "cmctl " + command});
            assertRun(0, cmctl({"help", command}), {"usage: cmctl " + command});
            ++commands;
        }
        CPPUNIT_ASSERT_EQUAL(19U, commands);
        assertRun(0, cmctl({"--version"}), {"cmctl "});
    }

    void aReaderThatGoesIsNoFailure()
    {
        Launch launch;
        launch.program = "/bin/bash";
        launch.arguments = {"-c",
                            "set -o pipefail; " + std::string(CM_CMCTL_BINARY) + " man | true; echo code $?"};
        launch.workingFolder = path("");
        launch.output = path("pipe");
        HostProcess process(launch);
        CPPUNIT_ASSERT(process.waitForEnd());
        CPPUNIT_ASSERT_EQUAL(std::string("code 0\n"), readFile(path("pipe")));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CmctlTest);

}  // namespace
