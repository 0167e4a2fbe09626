/// Goal: the host starts with what its configuration says, in every format, or says what is wrong with it and
/// ends with the fitting exit code.
/// Method: the real command line; the status shows what is in force.
#include "HostFixture.h"

#include <sched.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

namespace {

using namespace clustermanager::integration;

constexpr int kUsage = 64;
constexpr int kCannotCreate = 73;
constexpr int kConfig = 78;

class ConfigStartTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ConfigStartTest);
    CPPUNIT_TEST(helpsAndEnds);
    CPPUNIT_TEST(checksAGoodConfiguration);
    CPPUNIT_TEST(checksThePluginsFilesToo);
    CPPUNIT_TEST(refusesABadConfiguration);
    CPPUNIT_TEST(reportsAllProblemsAtOnce);
    CPPUNIT_TEST(refusesUnknownOptions);
    CPPUNIT_TEST(refusesFilesThatCannotBeRead);
    CPPUNIT_TEST(readsEveryFormat);
    CPPUNIT_TEST(letsTheCommandLineWin);
    CPPUNIT_TEST(takesPluginsFromTheFolder);
    CPPUNIT_TEST(takesPluginsByPath);
    CPPUNIT_TEST(countsByEnvironmentAndCpus);
    CPPUNIT_TEST(takesAnExplicitCountAsItIs);
    CPPUNIT_TEST(givesThePluginItsSection);
    CPPUNIT_TEST(refusesControlSocketsThatCannotBe);
    CPPUNIT_TEST(refusesAnOpenControlPortWithoutToken);
    CPPUNIT_TEST(refusesToRunWithoutAnyPlugin);
    CPPUNIT_TEST_SUITE_END();

    std::string run(const std::string& option, int code)
    {
        argument(option);
        const int ended = startAndEnd();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), code, ended);
        return output();
    }

    static void contains(const std::string& text, const std::string& words)
    {
        CPPUNIT_ASSERT_MESSAGE("'" + words + "' in: " + text, text.find(words) != std::string::npos);
    }

    /// One key with a bad value: --check-config names the key.
    void expectBad(const std::string& key, const std::string& value, const std::string& words)
    {
        renew();
        actors(1);
        set(key, value);
        allowProblem("");
        const std::string said = run("--check-config", kConfig);
        contains(said, key);
        contains(said, words);
    }

    std::size_t startedChildren()
    {
        start();
        return waitReady().countOf("ready");
    }

public:
    void helpsAndEnds()
    {
        contains(run("--help", 0), "--check-config");
        renew();
        contains(run("--version", 0), "0.");
        renew();
        const std::string keys = run("--help-config", 0);
        for (const char* key : {"count", "autoRestart", "webServerPort", "controlSocket", "maxRestarts"})
            contains(keys, key);
    }

    void checksAGoodConfiguration()
    {
        actors(2);
        run("--check-config", 0);
        CPPUNIT_ASSERT(!exists(path("run/control.sock")));
    }

    void checksThePluginsFilesToo()
    {
        std::filesystem::create_directory(path("folder.so"));
        pluginFile(path("folder.so"));
        expectProblem("not a regular file");
        run("--check-config", kConfig);
        renew();
        writeFile(path("rubbish.so"), "rubbish\n");
        pluginFile(path("rubbish.so"));
        expectProblem("no shared object");
        run("--check-config", kConfig);
    }

    void refusesABadConfiguration()
    {
        expectBad("cluster.count", "-1", "0..");
        expectBad("cluster.count", "1000000000", "0..");
        expectBad("cluster.count", "many", "many");
        expectBad("cluster.cuont", "2", "count");
        expectBad("cluster.startTimeoutMs", "10 parsecs", "startTimeoutMs");
        expectBad("cluster.shutdownTimeoutMs", "-5", "shutdownTimeoutMs");
        expectBad("cluster.logLevel", "loud", "trace");
        expectBad("cluster.preload", "perhaps", "true");
        expectBad("cluster.webServerPort", "65536", "65535");
        expectBad("cluster.restart", "sometimes", "on-failure");
        expectBad("listen.front", "nonsense:port", "listen.front");
        expectBad("plugin.actor.listen", "nowhere", "nowhere");
    }

    void reportsAllProblemsAtOnce()
    {
        actors(1);
        set("cluster.count", "-1");
        set("cluster.logLevel", "loud");
        allowProblem("");
        const std::string said = run("--check-config", kConfig);
        contains(said, "cluster.count");
        contains(said, "cluster.logLevel");
    }

    void refusesUnknownOptions()
    {
        allowProblem("");
        contains(run("--no-such-option", kUsage), "no-such-option");
    }

    void refusesFilesThatCannotBeRead()
    {
        allowProblem("");
        contains(run("--config-file=" + path("missing.properties"), kConfig), "missing.properties");
        renew();
        allowProblem("");
        writeFile(path("broken.json"), "{\"cluster\": ");
        contains(run("--config-file=" + path("broken.json"), kConfig), "broken.json");
        renew();
        allowProblem("");
        ::mkdir(path("folder.ini").c_str(), 0755);
        contains(run("--config-file=" + path("folder.ini"), kConfig), "folder.ini");
        renew();
        allowProblem("");
        writeFile(path("zero.properties"), std::string("cluster.count = 1\n\0", 19));
        contains(run("--config-file=" + path("zero.properties"), kConfig), "zero.properties");
    }

    void readsEveryFormat()
    {
        const auto fill = [this](const std::string& pattern) {
            renew();
            std::string text = pattern;
            const std::pair<const char*, std::string> places[] = {{"@PATH@", testPlugin("actor")},
                                                                  {"@PROBE@", path("probe")}};
            for (const auto& [mark, value] : places)
                text.replace(text.find(mark), std::string(mark).size(), value);
            return text;
        };
        const auto check = [&](const std::string& file, const std::string& pattern) {
            const std::string text = fill(pattern);
            writeFile(path(file), text);
            onlyConfigFile(path(file));
            start();
            waitStatus([](const StatusView& s) { return s.children().size() == 3 && s.allReady(); }, file);
            CPPUNIT_ASSERT_EQUAL(std::string("hi there"), probe(2).ask("config greeting"));
        };
        check("a.properties", "cluster.controlSocket = run/control.sock\ncluster.count = 3\n"
                              "plugin.actor.path = @PATH@\nplugin.actor.probe = @PROBE@\n"
                              "plugin.actor.greeting = hi there\n");
        check("b.ini", "[cluster]\ncontrolSocket = run/control.sock\ncount = 3\n[plugin.actor]\n"
                       "path = @PATH@\nprobe = @PROBE@\ngreeting = hi there\n");
        check("c.json", "{\"cluster\": {\"controlSocket\": \"run/control.sock\", \"count\": 3}, \"plugin\": "
                        "{\"actor\": {\"path\": \"@PATH@\", \"probe\": \"@PROBE@\", "
                        "\"greeting\": \"hi there\"}}}");
        check("d.xml", "<config><cluster><controlSocket>run/control.sock</controlSocket><count>3</count>"
                       "</cluster><plugin><actor><path>@PATH@</path><probe>@PROBE@</probe>"
                       "<greeting>hi there</greeting></actor></plugin></config>");
    }

    void letsTheCommandLineWin()
    {
        actors(1);
        argument("-Dplugin.actor.count=2");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, startedChildren());
    }

    void takesPluginsFromTheFolder()
    {
        testPlugin("actor");
        testPlugin("overseer");
        set("cluster.plugins", "files");
        set("plugin.actor.count", "2");
        set("plugin.overseer.count", "1");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, startedChildren());
        renew();
        testPlugin("actor");
        testPlugin("overseer");
        set("cluster.plugins", "files");
        set("plugin.actor.count", "2");
        set("plugin.overseer.enabled", "false");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, startedChildren());
    }

    /// The same file may serve two groups.
    void takesPluginsByPath()
    {
        set("plugin.one.path", testPlugin("actor"));
        set("plugin.two.path", testPlugin("actor"));
        set("cluster.count", "1");
        start();
        const StatusView view = waitReady();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, view.children().size());
        CPPUNIT_ASSERT(view.child(1).group != view.child(2).group);
    }

    void countsByEnvironmentAndCpus()
    {
        const auto counted = [this](const std::string& name, const std::string& value) {
            renew();
            plugin("actor");
            environment(name, value);
            // One CPU: the count is clamped to it.
            before([] {
                cpu_set_t one;
                CPU_ZERO(&one);
                CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
                ::sched_setaffinity(0, sizeof one, &one);
            });
            return startedChildren();
        };
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, counted("CM_MAX_CHILD_PROCESSES", "8"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, counted("MAX_CHILD_PROCESSES", "8"));
        renew();
        plugin("actor");
        const auto reason = [this] {
            start();
            return waitReady().master()->getValue<std::string>("countReason");
        };
        contains(reason(), "CPU");
        renew();
        plugin("actor");
        environment("CM_MAX_CHILD_PROCESSES", "1");
        environment("MAX_CHILD_PROCESSES", "7");
        contains(reason(), "CM_MAX_CHILD_PROCESSES");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, status().countOf("ready"));
    }

    void takesAnExplicitCountAsItIs()
    {
        actors(std::thread::hardware_concurrency() + 2);
        CPPUNIT_ASSERT_EQUAL(std::size_t{std::thread::hardware_concurrency()} + 2, startedChildren());
        renew();
        actors(0);
        start();
        waitStatus([](const StatusView& s) { return s.children().empty(); }, "no child should be there");
    }

    void givesThePluginItsSection()
    {
        actors(1);
        set("plugin.actor.greeting", "hi");
        set("plugin.actor.deep.key", "far down");
        start();
        waitReady();
        CPPUNIT_ASSERT_EQUAL(std::string("hi"), probe(1).ask("config greeting"));
        CPPUNIT_ASSERT_EQUAL(std::string("far down"), probe(1).ask("config deep.key"));
        CPPUNIT_ASSERT_EQUAL(std::string("(unset)"), probe(1).ask("config nothing"));
        CPPUNIT_ASSERT_EQUAL(std::string("(unset)"), probe(1).ask("config cluster.controlSocket"));
    }

    void refusesControlSocketsThatCannotBe()
    {
        mayLeaveFiles();
        actors(1);
        ::mkdir(path("run/control.sock").c_str(), 0755);
        expectProblem("control.sock");
        CPPUNIT_ASSERT_EQUAL(kCannotCreate, startAndEnd());
        renew();
        actors(1);
        set("cluster.controlSocket", "/" + std::string(200, 'x'));
        allowProblem("");
        CPPUNIT_ASSERT_EQUAL(kConfig, startAndEnd());
        contains(output(), "controlSocket");
    }

    void refusesAnOpenControlPortWithoutToken()
    {
        actors(1);
        set("cluster.webServerPort", "0");
        set("cluster.webServerAddress", "0.0.0.0");
        allowProblem("");
        CPPUNIT_ASSERT_EQUAL(kConfig, startAndEnd());
        contains(output(), "oken");
    }

    void refusesToRunWithoutAnyPlugin()
    {
        allowProblem("");
        CPPUNIT_ASSERT_EQUAL(kConfig, startAndEnd());
        contains(output(), "plugin");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigStartTest);

}  // namespace
