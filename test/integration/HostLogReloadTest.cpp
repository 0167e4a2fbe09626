/// Goal: the log of the host itself follows its configuration while it serves; a wrong one changes nothing,
/// and an upgrade keeps what is in force. Method: each request for a log level makes one record of the
/// host's; they are counted over all files.
#include "UpgradeFixture.h"

#include <atomic>
#include <map>
#include <regex>
#include <thread>

namespace {

using namespace clustermanager::integration;

class HostLogReloadTest : public UpgradeFixture
{
    CPPUNIT_TEST_SUITE(HostLogReloadTest);
    CPPUNIT_TEST(theFormatChangesAtOnce);
    CPPUNIT_TEST(noRecordIsLostOnTheWay);
    CPPUNIT_TEST(levelsOfKeysChangeAtOnce);
    CPPUNIT_TEST(aWrongOneChangesNothing);
    CPPUNIT_TEST(anUpgradeKeepsIt);
    CPPUNIT_TEST_SUITE_END();

    std::string reload(int expected = 200)
    {
        writeConfig();
        const HttpAnswer answer = post("/config/reload?wait=10s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body + output(), expected, answer.status);
        return answer.body;
    }

    static void assertHas(const std::string& text, const std::string& part)
    {
        CPPUNIT_ASSERT_MESSAGE("'" + part + "' in\n" + text, text.find(part) != std::string::npos);
    }

    void logTo(const std::string& type, const std::string& file, const std::string& pattern)
    {
        set("logging.channels.file.class", type);
        set("logging.channels.file.path", path("log/" + file) + ".${system.env.CM_CHILD_ID}");
        set("logging.channels.file.pattern", pattern);
        set("logging.loggers.root.channel", "file");
    }

    void logByDefault()
    {
        for (const char* key : {"channels.file.class", "channels.file.path", "channels.file.pattern",
                                "loggers.root.channel", "loggers.root.level"})
            unset(std::string("logging.") + key);
    }

    /// A record of the host's that can be told from all others.
    void mark(int number) const
    {
        CPPUNIT_ASSERT_EQUAL(200,
                             control("/logLevel/info?logger=mark" + std::to_string(number % 200)).status);
    }

    /// But for that of a request.
    std::string lastLine() const
    {
        std::vector<std::string> lines = linesOf(output());
        while (lines.back().find("command: ") != std::string::npos) lines.pop_back();
        return lines.back();
    }

public:
    void theFormatChangesAtOnce()
    {
        actors(1);
        startReady();
        set("logging.format", "json");
        const std::string answer = reload();
        assertHas(answer, "logging.format: text -> json");
        assertHas(answer, "the log of the host itself: from now on json in standard error");
        mark(1);
        assertHas(parseObject(lastLine())->getValue<std::string>("message"), "'mark1'");
        probe(1).ask("log 2 by its reload");
        const std::vector<std::string> lines = linesOf(childLog("actor", 1));
        assertHas(parseObject(lines.back())->getValue<std::string>("message"), "by its reload");
        unset("logging.format");
        reload();
        mark(2);
        assertHas(lastLine(), "info [clustermanager] log level of 'mark2'");
    }

    void noRecordIsLostOnTheWay()
    {
        actors(1);
        startReady();
        std::atomic<bool> done{false};
        std::atomic<int> marked{0};
        std::thread writer([&] {
            for (; !done; ++marked) mark(marked);
        });
        std::string problem;
        for (int round = 0; round < 8 && problem.empty(); ++round)
        {
            const int before = marked;
            (void)waitFor([&] { return marked > before + 5; });
            if (round % 4 == 3)
                logByDefault();
            else
                logTo(round % 2 == 0 ? "FileChannel" : "ChildFileChannel", "host" + std::to_string(round % 3),
                      "%t");
            set("logging.format", round % 3 == 0 ? "json" : "text");
            writeConfig();
            const HttpAnswer answer = post("/config/reload?wait=10s");
            if (answer.status != 200) problem = answer.body;
        }
        done = true;
        writer.join();
        CPPUNIT_ASSERT_MESSAGE(problem, problem.empty());
        std::string all = output();
        for (const std::string& file : filesBelow(path("log"))) all += readFile(path("log/" + file));
        static const std::regex words("log level of 'mark(\\d+)' is now info");
        std::map<int, int> seen;
        for (std::sregex_iterator hit(all.begin(), all.end(), words); hit != std::sregex_iterator(); ++hit)
            ++seen[std::stoi((*hit)[1])];
        for (int i = 0; i < std::min<int>(marked, 200); ++i)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(i), (marked - i + 199) / 200, seen[i]);
    }

    void levelsOfKeysChangeAtOnce()
    {
        actors(1);
        logTo("FileChannel", "host", "%p|%t");
        startReady();
        set("logging.loggers.root.level", "debug");
        reload();
        CPPUNIT_ASSERT_EQUAL(std::string("debug"), status().master()->getValue<std::string>("logLevel"));
        set("logging.loggers.root.level", "error");
        reload();
        CPPUNIT_ASSERT_EQUAL(std::string("error"), status().master()->getValue<std::string>("logLevel"));
        mark(1);
        CPPUNIT_ASSERT(readFile(path("log/host.master")).find("mark1") == std::string::npos);
        set("logging.loggers.root.level", "information");
        reload();
        mark(2);
        assertHas(readFile(path("log/host.master")), "Information|log level of 'mark2'");
    }

    void aWrongOneChangesNothing()
    {
        actors(1);
        startReady();
        const StatusView before = status();
        const auto refused = [&](const std::string& words) {
            const std::string body = reload(422);
            assertHas(body, words);
            assertHas(body, "host.properties:");
            expectProblem(words);
            mark(1);
            assertHas(lastLine(), "info [clustermanager] log level of 'mark1'");
        };
        logTo("FlieChannel", "host", "%t");
        refused("logging.channels.file.class: Not found: FlieChannel");
        logTo("FileChannel", "host", "%t");
        set("logging.channels.file.rotation", "sometimes");
        refused("logging.channels.file.rotation: ");
        unset("logging.channels.file.rotation");
        writeFile(path("log/file"), "\n");
        logTo("FileChannel", "file/host", "%t");
        refused("logging.channels.file.path: ");
        logTo("FileChannel", "host", "%t");
        set("logging.loggers.root.level", "loud");
        refused("logging.loggers.root.level: ");
        logByDefault();
        set("cluster.logFolder", path("log/file/folder"));
        refused("cluster.logFolder: ");
        // SIGHUP has nobody to answer to.
        unset("cluster.logFolder");
        set("logging.format", "xml");
        expectProblem("logging.format: 'xml' is not one of: text, json");
        writeConfig();
        host().signal(SIGHUP);
        waitOutput("'xml' is not one of");
        CPPUNIT_ASSERT(before.pidsOf("actor") == status().pidsOf("actor"));
        CPPUNIT_ASSERT(!exists(path("log/host.master")));
        unset("logging.format");
        reload();
    }

    void anUpgradeKeepsIt()
    {
        actors(1);
        startReady();
        set("logging.format", "json");
        reload();
        upgrade();
        mark(1);
        assertHas(parseObject(lastLine())->getValue<std::string>("message"), "'mark1'");

        logTo("FileChannel", "host", "%p|%t");
        set("logging.loggers.root.level", "debug");
        reload();
        upgrade();
        mark(2);
        assertHas(readFile(path("log/host.master")), "Information|log level of 'mark2'");
        CPPUNIT_ASSERT_EQUAL(std::string("debug"), status().master()->getValue<std::string>("logLevel"));
        CPPUNIT_ASSERT_EQUAL(200, control("/logLevel/error").status);
        upgrade();
        mark(3);
        CPPUNIT_ASSERT(readFile(path("log/host.master")).find("mark3") == std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HostLogReloadTest);

}  // namespace
