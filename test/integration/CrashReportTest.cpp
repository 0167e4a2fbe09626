/// Goal: whoever dies of a fault leaves a report that says where, kept and shown; nothing that goes wrong
/// with it costs a restart. Method: actors crash in every way; the reports are read over the control port and
/// in their folder.
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include "UpgradeFixture.h"
#include "base/Sanitizers.h"

namespace {

using namespace clustermanager::integration;
using Poco::JSON::Object;

class CrashReportTest : public UpgradeFixture
{
    CPPUNIT_TEST_SUITE(CrashReportTest);
    CPPUNIT_TEST(eachSignalLeavesAReport);
    CPPUNIT_TEST(theReportSaysEverything);
    CPPUNIT_TEST(aStackOverflowIsReported);
    CPPUNIT_TEST(aCallOfNothingNamesTheCaller);
    CPPUNIT_TEST(aCrashInAnotherThreadNamesIt);
    CPPUNIT_TEST(whoCannotSayWhereHasAReportAllTheSame);
    CPPUNIT_TEST(aCrashInAHandlerOrOnARuinedStackEndsInTime);
    CPPUNIT_TEST(aPluginsOwnHandlerWins);
    CPPUNIT_TEST(theWatchdogsAbortSaysWhereItHung);
    CPPUNIT_TEST(anEndThatIsNoCrashLeavesNone);
    CPPUNIT_TEST(anIsolatedRunMasterLeavesOne);
    CPPUNIT_TEST(aPluginThatIsNotPreloadedDoesAsWell);
    CPPUNIT_TEST(anUnchangedServerApplicationDoesAsWell);
    CPPUNIT_TEST(theOldestGo);
    CPPUNIT_TEST(noneWhereNoneAreWanted);
    CPPUNIT_TEST(aFolderThatCannotBeWrittenCostsAWarning);
    CPPUNIT_TEST(reportsOutliveTheHostAndItsUpgrade);
    CPPUNIT_TEST(anAdoptedChildLeavesOne);
    CPPUNIT_TEST(aCoreFileIsWrittenWhereOneIsWanted);
    CPPUNIT_TEST(everybodyMayCrashAtOnce);
    CPPUNIT_TEST_SUITE_END();

    void startActors(unsigned count = 1)
    {
        actors(count);
        restartFast();
        allowProblem("child ");
        startReady();
    }

    static Object::Ptr parse(const std::string& text)
    {
        return Poco::JSON::Parser().parse(text).extract<Object::Ptr>();
    }

    /// The id of the report of the child's last end, once it can be read.
    std::string waitReport(int id)
    {
        std::string report;
        waitStatus(
            [&](const StatusView& s) {
                const auto json = s.child(id).json;
                const auto last = json->isNull("lastExit") ? nullptr : json->getObject("lastExit");
                if (last && !last->isNull("crash")) report = last->getValue<std::string>("crash");
                return !report.empty();
            },
            "there should be a report");
        return report;
    }

    Object::Ptr reportOf(const std::string& id) const
    {
        const HttpAnswer answer = control("/crashes/" + id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
        return parse(answer.body);
    }

    /// Lets the child crash and come back; its report.
    Object::Ptr crash(const std::string& kind, int id = 1)
    {
        const unsigned restarts = status().child(id).restarts;
        probe(id).ask("crash " + kind);
        waitRestarts(id, restarts + 1);
        return reportOf(waitReport(id));
    }

    std::vector<std::string> reportIds() const
    {
        std::vector<std::string> ids;
        const auto list = parse(control("/crashes").body)->getArray("crashes");
        for (unsigned i = 0; i < list->size(); ++i)
            ids.push_back(list->getObject(i)->getValue<std::string>("id"));
        return ids;
    }

    std::vector<std::string> files() const
    {
        std::vector<std::string> names = filesBelow(path("run/crash"));
        std::sort(names.begin(), names.end());
        return names;
    }

    /// The functions of the stack, the innermost first, one a line.
    static std::string stackOf(const Object::Ptr& report)
    {
        std::string all;
        const auto frames = report->getArray("frames");
        for (unsigned i = 0; i < frames->size(); ++i)
            all += frames->getObject(i)->optValue<std::string>("function", "?") + "\n";
        return all;
    }

    static std::string textOf(const Object::Ptr& report, const std::string& key)
    {
        return report->isNull(key) ? "null" : report->getValue<std::string>(key);
    }

    static void assertHas(const std::string& text, const std::string& part)
    {
        CPPUNIT_ASSERT_MESSAGE("'" + part + "' is not in:\n" + text, text.find(part) != std::string::npos);
    }

public:
    void eachSignalLeavesAReport()
    {
        startActors();
        const std::vector<std::array<std::string, 4>> ends = {
            {"segv", "SIGSEGV", "SEGV_MAPERR", "0x10"}, {"abort", "SIGABRT", "SI_TKILL", "null"},
            {"ill", "SIGILL", "SI_TKILL", "null"},      {"fpe", "SIGFPE", "", ""},
            {"bus", "SIGBUS", "BUS_ADRERR", ""},        {"terminate", "SIGABRT", "SI_TKILL", "null"}};
        for (const auto& [kind, signal, code, address] : ends)
        {
            const auto report = crash(kind);
            CPPUNIT_ASSERT_EQUAL(signal, textOf(report, "signal"));
            CPPUNIT_ASSERT_EQUAL(code, textOf(report, "code").substr(0, code.size()));
            if (!address.empty()) CPPUNIT_ASSERT_EQUAL(address, textOf(report, "address"));
            assertHas(stackOf(report), "crash(std::string const&)");
            assertHas(stackOf(report), "run_child\n");
        }
        CPPUNIT_ASSERT_EQUAL(ends.size(), reportIds().size());
    }

    void theReportSaysEverything()
    {
        startActors(2);
        probe(2).ask("lines 3");
        const auto before = status().child(2);
        const auto report = crash("segv", 2);
        const std::string start = textOf(report, "start");
        CPPUNIT_ASSERT_EQUAL("actor-2-" + start, textOf(report, "id"));
        CPPUNIT_ASSERT_EQUAL(std::string("actor"), textOf(report, "group"));
        CPPUNIT_ASSERT_EQUAL(std::string("2"), textOf(report, "child"));
        CPPUNIT_ASSERT_EQUAL(std::to_string(before.pid), textOf(report, "pid"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), textOf(report, "generation"));
        CPPUNIT_ASSERT_EQUAL(std::string("actor"), textOf(report, "plugin"));
        CPPUNIT_ASSERT_EQUAL(std::string("1.2.3"), textOf(report, "version"));
        CPPUNIT_ASSERT_EQUAL("cm-actor-2 (" + std::to_string(before.pid) + ")", textOf(report, "thread"));
        CPPUNIT_ASSERT(report->getValue<int>("uptimeMs") > 0);

        const auto innermost = report->getArray("frames")->getObject(0);
        assertHas(textOf(innermost, "function"), "segv()");
        CPPUNIT_ASSERT_EQUAL(testPlugin("actor"), textOf(innermost, "module"));
        const auto plugin = status().group("actor")->getArray("generations")->getObject(0);
        CPPUNIT_ASSERT_EQUAL(textOf(plugin, "buildId"), textOf(innermost, "buildId"));
        CPPUNIT_ASSERT_EQUAL(std::string("0x"), textOf(innermost, "offset").substr(0, 2));
        const auto log = report->getArray("log");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, log->size());
        assertHas(log->getElement<std::string>(2), "line 3 end");

        waitOutput("child 2 (actor) crashed: SIGSEGV at 0x10 in ");
        waitOutput("; report actor-2-" + start);
        const std::string file = path("run/crash/actor-2-" + start + ".json");
        CPPUNIT_ASSERT_EQUAL(control("/crashes/actor-2-" + start).body, readFile(file));
        struct stat facts = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(file.c_str(), &facts));
        CPPUNIT_ASSERT_EQUAL(mode_t{0600}, facts.st_mode & 0777U);
        CPPUNIT_ASSERT_EQUAL(404, control("/crashes/actor-2-999").status);
    }

    void aStackOverflowIsReported()
    {
        startActors();
        const auto report = crash("stack");
        CPPUNIT_ASSERT_EQUAL(std::string("SIGSEGV"), textOf(report, "signal"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{128}, report->getArray("frames")->size());
        assertHas(stackOf(report), "deeper(int)\n(anonymous namespace)::deeper(int)\n");
    }

    void aCallOfNothingNamesTheCaller()
    {
        startActors();
        const auto report = crash("null");
        CPPUNIT_ASSERT_EQUAL(std::string("0x0"), textOf(report, "address"));
        CPPUNIT_ASSERT_EQUAL(std::string("0x0"), textOf(report->getArray("frames")->getObject(0), "address"));
        assertHas(stackOf(report), "?\n(anonymous namespace)::callNothing()\n");
        assertHas(stackOf(report), "run_child\n");
    }

    void aCrashInAnotherThreadNamesIt()
    {
        startActors();
        const auto report = crash("thread");
        assertHas(textOf(report, "thread"), "crasher (");
        assertHas(stackOf(report), "segv()");
        CPPUNIT_ASSERT(stackOf(report).find("run_child") == std::string::npos);
        assertHas(textOf(crash("threads"), "thread"), "crasher (");
    }

    /// A thread of the plugin has no stack left for a handler.
    void whoCannotSayWhereHasAReportAllTheSame()
    {
        startActors();
        const auto report = crash("thread-stack");
        CPPUNIT_ASSERT_EQUAL(std::string("SIGSEGV"), textOf(report, "signal"));
        CPPUNIT_ASSERT_EQUAL(std::string("null"), textOf(report, "code"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, report->getArray("frames")->size());
        waitOutput("child 1 (actor) crashed: SIGSEGV, where is not known; report ");
    }

    void aCrashInAHandlerOrOnARuinedStackEndsInTime()
    {
        // Handlers run with every signal blocked there, so that the fault within one is the process's end.
        if (clustermanager::kThreadSanitizer) return;
        startActors();
        assertHas(stackOf(crash("handler")), "inHandler()\n");
        const auto report = crash("corrupt");
        CPPUNIT_ASSERT_EQUAL(std::string("SIGSEGV"), textOf(report, "signal"));
        assertHas(stackOf(report), "corrupt()\n");
    }

    void aPluginsOwnHandlerWins()
    {
        startActors();
        probe(1).ask("crash own-handler");
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 42"), waitRestarts(1, 1).lastExit());
        CPPUNIT_ASSERT(reportIds().empty());
    }

    void theWatchdogsAbortSaysWhereItHung()
    {
        set("cluster.watchdogMs", std::to_string(400 * timeFactor()));
        startActors();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("hang"));
        const auto report = reportOf(waitReport(1));
        CPPUNIT_ASSERT_EQUAL(std::string("SIGABRT"), textOf(report, "signal"));
        assertHas(textOf(report, "code"), "SI_USER: sent by process ");
        assertHas(stackOf(report), "run_child\n");
        waitRestarts(1, 1);
    }

    void anEndThatIsNoCrashLeavesNone()
    {
        startActors();
        for (const char* end : {"crash kill", "crash _exit", "crash fork", "exit 3", "return 0"})
        {
            const unsigned restarts = status().child(1).restarts;
            probe(1).ask(end);
            waitRestarts(1, restarts + 1);
        }
        CPPUNIT_ASSERT(status().child(1).json->getObject("lastExit")->isNull("crash"));
        CPPUNIT_ASSERT(reportIds().empty());
        CPPUNIT_ASSERT(!exists(path("run/crash")));
    }

    void anIsolatedRunMasterLeavesOne()
    {
        actors(1, "overseer");
        restartFast();
        set("cluster.runMaster", "isolated");
        set("plugin.overseer.master", "echo");
        set("plugin.overseer.masterFile", path("notes"));
        allowProblem("run_master");
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(1).ask("send 0 crash segv"));
        waitStatus([&](const StatusView&) { return !reportIds().empty(); }, "there should be a report");
        const auto report = reportOf(reportIds().front());
        assertHas(textOf(report, "id"), "overseer-master-");
        CPPUNIT_ASSERT_EQUAL(std::string("null"), textOf(report, "child"));
        assertHas(stackOf(report), "segv()\n");
        const auto last = status().runMaster("overseer")->getObject("lastExit");
        CPPUNIT_ASSERT_EQUAL(reportIds().front(), textOf(last, "crash"));
    }

    void aPluginThatIsNotPreloadedDoesAsWell()
    {
        set("cluster.preload", "false");
        startActors();
        assertHas(stackOf(crash("segv")), "segv()\n");
    }

    /// Poco's own handlers, which would turn it into an abort, are not in the way.
    void anUnchangedServerApplicationDoesAsWell()
    {
        pluginFile(examplePlugin("server_main"));
        set("plugin.server_main.count", "1");
        restartFast();
        allowProblem("child 1");
        startReady();
        signalChild(1, SIGSEGV);
        const auto report = reportOf(waitReport(1));
        CPPUNIT_ASSERT_EQUAL(std::string("SIGSEGV"), textOf(report, "signal"));
        assertHas(stackOf(report), "run_child\n");
        waitRestarts(1, 1);
    }

    void theOldestGo()
    {
        set("plugin.actor.crashReportsKept", "2");
        startActors();
        std::vector<std::string> made;
        for (int i = 0; i < 4; ++i) made.push_back(textOf(crash("segv"), "id"));
        CPPUNIT_ASSERT(reportIds() == (std::vector<std::string>{made[2], made[3]}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, files().size());
    }

    void noneWhereNoneAreWanted()
    {
        set("plugin.actor.crashReports", "false");
        startActors();
        probe(1).ask("crash segv");
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGSEGV"), waitRestarts(1, 1).lastExit());
        CPPUNIT_ASSERT(reportIds().empty() && !exists(path("run/crash")));
    }

    void aFolderThatCannotBeWrittenCostsAWarning()
    {
        writeFile(path("run/crash"), "in the way");
        startActors();
        for (int i = 1; i <= 3; ++i) assertHas(stackOf(crash("segv")), "segv()\n");
        const std::string warning = "crash reports: not kept in their folder: ";
        waitOutput(warning);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("once", output().find(warning), output().rfind(warning));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, reportIds().size());
        std::filesystem::remove(path("run/crash"));
    }

    void reportsOutliveTheHostAndItsUpgrade()
    {
        startActors();
        const std::string first = textOf(crash("segv"), "id");
        upgrade();
        waitStatus([&](const StatusView&) { return reportIds() == std::vector<std::string>{first}; },
                   "the earlier report should be there");
        CPPUNIT_ASSERT_EQUAL(first, waitReport(1));
        const auto second = crash("abort");
        assertHas(stackOf(second), "crash(std::string const&)");
        CPPUNIT_ASSERT_EQUAL(0, stop());

        startReady();
        waitStatus([&](const StatusView&) { return reportIds().size() == 2; }, "both should be there");
        CPPUNIT_ASSERT_EQUAL_MESSAGE("its start is the first again", first, textOf(crash("segv"), "id"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, reportIds().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, files().size());
    }

    void anAdoptedChildLeavesOne()
    {
        allowProblem("spawner");
        startActors();
        descriptorsMayGrow();
        const pid_t spawner = spawners().front();
        ::kill(spawner, SIGKILL);
        waitOtherSpawner("actor", spawner);
        assertHas(stackOf(crash("segv")), "segv()\n");
        assertHas(stackOf(crash("segv")), "segv()\n");
    }

    /// Whether the system writes any depends on this machine: a run without reports tells.
    void aCoreFileIsWrittenWhereOneIsWanted()
    {
        const auto dumped = [&](const char* reports) {
            before([] {
                const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
                (void)::setrlimit(RLIMIT_CORE, &unlimited);
            });
            set("cluster.crashReports", reports);
            startActors();
            probe(1).ask("crash segv");
            const auto last = waitRestarts(1, 1).json->getObject("lastExit");
            std::filesystem::remove(path("core"));
            return last->getValue<bool>("coreDumped");
        };
        const bool without = dumped("false");
        renew();
        CPPUNIT_ASSERT_EQUAL(without, dumped("true"));
    }

    void everybodyMayCrashAtOnce()
    {
        startActors(16);
        for (int id = 1; id <= 16; ++id) signalChild(id, SIGSEGV);
        waitStatus(
            [&](const StatusView& s) {
                for (const ChildView& child : s.children())
                    if (child.restarts != 1 || child.state != "ready") return false;
                return reportIds().size() == 16;
            },
            "all should be back, each with a report");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashReportTest);

}  // namespace
