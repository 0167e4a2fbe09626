/// Goal: no log line is lost, torn or out of order, and what a full disk costs is counted.
/// Method: actors write numbered lines at full speed; the files are read back, archives first.
#include "HostFixture.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sched.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <future>
#include <regex>
#include <thread>

namespace {

using namespace clustermanager::integration;

class LogTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(LogTest);
    CPPUNIT_TEST(keepsEachLineThroughRotation);
    CPPUNIT_TEST(losesNothingWhileItsLevelChanges);
    CPPUNIT_TEST(keepsFilesApart);
    CPPUNIT_TEST(keepsLinesWholeThroughKills);
    CPPUNIT_TEST(writesOneLinePerRecord);
    CPPUNIT_TEST(countsWhatAFullDiskCost);
    CPPUNIT_TEST(comesBackAfterTheFolderWasDeleted);
    CPPUNIT_TEST(followsAMovedFile);
    CPPUNIT_TEST(obeysPocosLoggingKeys);
    CPPUNIT_TEST_SUITE_END();

    /// The child's log with its archives, oldest first.
    std::string wholeLog(const std::string& folder, int id) const
    {
        std::string text;
        const std::string file = folder + "/actor-" + std::to_string(id) + ".log";
        std::size_t archives = 0;
        while (exists(file + "." + std::to_string(archives))) ++archives;
        for (; archives > 0; --archives) text += readFile(file + "." + std::to_string(archives - 1));
        return text + readFile(file);
    }

    /// The numbers of the lines "line N end", as they stand there. A torn line has no number.
    static std::vector<int> numbers(const std::string& text)
    {
        std::vector<int> found;
        for (const std::string& line : linesOf(text))
        {
            const std::size_t at = line.rfind("line ");
            if (at == std::string::npos || line.size() < 4 || line.substr(line.size() - 4) != " end")
                continue;
            found.push_back(std::stoi(line.substr(at + 5)));
        }
        return found;
    }

    static void assertComplete(const std::vector<int>& found, int count)
    {
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(count), found.size());
        for (int i = 0; i < count; ++i) CPPUNIT_ASSERT_EQUAL(i + 1, found[static_cast<std::size_t>(i)]);
    }

    static int droppedRecords(const std::string& text)
    {
        static const std::regex words(R"((\d+) records? dropped)");
        int sum = 0;
        for (std::sregex_iterator hit(text.begin(), text.end(), words); hit != std::sregex_iterator(); ++hit)
            sum += std::stoi((*hit)[1]);
        return sum;
    }

public:
    void keepsEachLineThroughRotation()
    {
        actors(1);
        set("cluster.logRotateSize", "40K");
        set("cluster.logRotateCount", "1000");
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("lines 20000"));
        CPPUNIT_ASSERT(exists(path("log/actor-1.log.9")));
        assertComplete(numbers(wholeLog(path("log"), 1)), 20'000);
        CPPUNIT_ASSERT_EQUAL(0, status().child(1).json->getValue<int>("droppedLogRecords"));
    }

    /// What is written is written at each level that is set meanwhile; another group is reloaded.
    void losesNothingWhileItsLevelChanges()
    {
        actors(1);
        actors(1, "overseer");
        set("cluster.logRotateSize", "40K");
        set("cluster.logRotateCount", "1000");
        startReady();
        descriptorsMayGrow();
        auto answer = std::async(std::launch::async, [this] { return probe(1).ask("lines 60000"); });
        const auto isWriting = [&] { return answer.wait_for(Millis(0)) != std::future_status::ready; };
        for (unsigned turn = 0; isWriting(); ++turn)
        {
            CPPUNIT_ASSERT_EQUAL(200, control(turn % 2 == 0 ? "/logLevel/trace" : "/logLevel/info").status);
            if (turn % 20 == 0) CPPUNIT_ASSERT_EQUAL(200, post("/groups/overseer/reload?wait=20s").status);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), answer.get());
        assertComplete(numbers(wholeLog(path("log"), 1)), 60'000);
        CPPUNIT_ASSERT_EQUAL(0, status().child(1).json->getValue<int>("droppedLogRecords"));
    }

    void keepsFilesApart()
    {
        actors(3);
        startReady();
        std::vector<std::thread> writers;
        for (int id = 1; id <= 3; ++id)
            writers.emplace_back([this, id] { probe(id).ask("lines " + std::to_string(1000 * id)); });
        for (std::thread& writer : writers) writer.join();
        for (int id = 1; id <= 3; ++id) assertComplete(numbers(wholeLog(path("log"), id)), 1000 * id);
    }

    /// Each kill ends a run of numbers somewhere; the next run starts on a line of its own.
    void keepsLinesWholeThroughKills()
    {
        actors(1);
        restartFast();
        allowProblem("child 1");
        startReady();
        for (unsigned round = 1; round <= 6; ++round)
        {
            const pid_t victim = status().child(1).pid;
            std::thread writer([this] { probe(1).ask("lines 1000000"); });
            const std::size_t before = childLog("actor", 1).size();
            const bool grew = waitFor([&] { return childLog("actor", 1).size() > before + 10'000; });
            ::kill(victim, SIGKILL);
            writer.join();
            CPPUNIT_ASSERT(grew);
            waitRestarts(1, round);
        }
        int previous = 0;
        for (const int number : numbers(wholeLog(path("log"), 1)))
        {
            CPPUNIT_ASSERT_MESSAGE("a line is missing", number == previous + 1 || number == 1);
            previous = number;
        }
        for (const std::string& line : linesOf(wholeLog(path("log"), 1)))
            CPPUNIT_ASSERT_MESSAGE(line, line.substr(0, 2) == "20" || line.find("[torn]") == 0);
    }

    void writesOneLinePerRecord()
    {
        actors(1);
        startReady();
        probe(1).ask("log 2 first\nsecond\r\x1b[31mred\x01 \xff\xfe end");
        probe(1).ask("log 2 " + std::string(60'000, 'y'));
        const std::string log = childLog("actor", 1);
        CPPUNIT_ASSERT(log.find("\nsecond") == std::string::npos);
        CPPUNIT_ASSERT(log.find('\x1b') == std::string::npos);
        CPPUNIT_ASSERT(log.find("second") != std::string::npos);
        CPPUNIT_ASSERT(log.find(std::string(60'000, 'y')) != std::string::npos);
    }

    /// A small disk of its own in a mount namespace of its own; where that is not allowed there is nothing to
    /// see.
    void countsWhatAFullDiskCost()
    {
        actors(1);
        const std::string folder = path("log");
        before([folder] {
            if (::unshare(CLONE_NEWNS) != 0) return;
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
            if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=256k") == 0)
                writeFile(folder + "/filler", std::string(100'000, 'f'));
        });
        startReady();
        const std::string inside = "/proc/" + std::to_string(host().pid()) + "/root" + folder;
        if (!exists(inside + "/filler")) return;

        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("lines 5000"));
        std::filesystem::remove(inside + "/filler");
        probe(1).ask("log 2 there is space again");
        const std::string log = wholeLog(inside, 1);
        CPPUNIT_ASSERT(log.find("there is space again") != std::string::npos);
        const std::vector<int> found = numbers(log);
        const int written = static_cast<int>(found.size());
        CPPUNIT_ASSERT(written > 100 && written < 5000);
        assertComplete(found, written);
        CPPUNIT_ASSERT_EQUAL(5000 - written, droppedRecords(log));
        CPPUNIT_ASSERT_EQUAL('\n', log.back());
    }

    void comesBackAfterTheFolderWasDeleted()
    {
        actors(1);
        startReady();
        probe(1).ask("log 2 before");
        std::filesystem::remove_all(path("log"));
        CPPUNIT_ASSERT(waitFor([this] {
            probe(1).ask("log 2 after");
            return childLog("actor", 1).find("after") != std::string::npos;
        }));
        status();
    }

    void followsAMovedFile()
    {
        actors(1);
        startReady();
        probe(1).ask("log 2 before");
        std::filesystem::rename(path("log/actor-1.log"), path("log/moved.log"));
        CPPUNIT_ASSERT(waitFor([this] {
            probe(1).ask("log 2 after");
            return childLog("actor", 1).find("after") != std::string::npos;
        }));
        CPPUNIT_ASSERT(readFile(path("log/moved.log")).find("before") != std::string::npos);
    }

    void obeysPocosLoggingKeys()
    {
        actors(2);
        set("logging.channels.file.class", "FileChannel");
        set("logging.channels.file.path", path("log/") + "mine-${system.env.CM_CHILD_ID}.log");
        set("logging.channels.file.pattern", "%p|%t");
        set("logging.loggers.root.channel", "file");
        set("logging.loggers.root.level", "information");
        startReady();
        probe(2).ask("log 2 by the rules of Poco");
        CPPUNIT_ASSERT(waitFor([this] {
            return readFile(path("log/mine-2.log")).find("Information|by the rules of Poco") !=
                   std::string::npos;
        }));
        CPPUNIT_ASSERT(!exists(path("log/actor-2.log")));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);

}  // namespace
