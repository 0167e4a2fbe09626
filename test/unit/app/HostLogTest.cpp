/// Goal: the host's own log takes another form while threads log: no record is lost, torn or written twice,
/// and what is wrong changes nothing and names its key.
/// Method: writers number their records; the files are read back. Standard error is a file of the test's.

#include <Poco/JSON/Parser.h>
#include <Poco/Logger.h>
#include <Poco/LoggingRegistry.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "app/HostLog.h"
#include "unit/config/Loading.h"

namespace clustermanager::app::test {

namespace {

std::vector<std::string> linesOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

/// Threads that log as fast as they can, each record once.
class Writers
{
public:
    explicit Writers(int threads)
    {
        for (int thread = 0; thread < threads; ++thread)
            _threads.emplace_back([this] {
                Poco::Logger& logger = Poco::Logger::get("writer.deep");
                while (!_done) logger.information("number " + std::to_string(_next++) + " end");
            });
    }

    Writers(const Writers&) = delete;
    Writers& operator=(const Writers&) = delete;

    void waitFor(int more) const
    {
        const int from = _next;
        while (_next < from + more) std::this_thread::yield();
    }

    /// How many there are.
    int stop()
    {
        _done = true;
        for (std::thread& thread : _threads) thread.join();
        _threads.clear();
        return _next;
    }
    ~Writers() { (void)stop(); }

private:
    std::atomic<bool> _done{false};
    std::atomic<int> _next{0};
    std::vector<std::thread> _threads;
};

}  // namespace

class HostLogTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HostLogTest);
    CPPUNIT_TEST(startsOnStandardError);
    CPPUNIT_TEST(aDaemonHasAFile);
    CPPUNIT_TEST(nothingChangesBeforeItIsCommitted);
    CPPUNIT_TEST(withoutAChangeNothingIsMade);
    CPPUNIT_TEST(jsonIsJson);
    CPPUNIT_TEST(keysSayWhereLoggersLog);
    CPPUNIT_TEST(levelsFollowTheirKeysAlone);
    CPPUNIT_TEST(whatIsWrongChangesNothing);
    CPPUNIT_TEST(aCheckTouchesNoFile);
    CPPUNIT_TEST(aMovedFileIsOpenedAgain);
    CPPUNIT_TEST(threadsLoseNothingThroughChanges);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    const int _stderr = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    std::unique_ptr<HostLog> _log;
    config::HostConfig _config;

    std::string console() const { return _folder / "console"; }

    void inForce()
    {
        const auto problem = _log->prepare(_config);
        CPPUNIT_ASSERT_MESSAGE(problem ? problem->sentence() : "", !problem);
        (void)_log->commit();
    }

    static void say(const std::string& text, const std::string& logger = "clustermanager")
    {
        Poco::Logger::get(logger).information(text);
    }

    std::string lastOf(const std::string& file) const
    {
        const std::vector<std::string> lines = linesOf(file);
        return lines.empty() ? "" : lines.back();
    }

    static bool endsWith(const std::string& text, const std::string& end)
    {
        return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
    }

    void keys(const std::map<std::string, std::string>& keys)
    {
        _config.logging = keys;
        _config.logsConfigured = !keys.empty();
    }

    std::map<std::string, std::string> fileKeys(const std::string& name) const
    {
        return {{"logging.channels.file.class", "FileChannel"},
                {"logging.channels.file.path", _folder / name},
                {"logging.channels.file.pattern", "%p|%t"},
                {"logging.loggers.root.channel", "file"}};
    }

public:
    void setUp() override
    {
        const int file = ::open(console().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        (void)::dup2(file, STDERR_FILENO);
        (void)::close(file);
        _log = std::make_unique<HostLog>();
        _config.defaultLog.folder = _folder / "log";
    }
    void tearDown() override
    {
        _log.reset();
        (void)::dup2(_stderr, STDERR_FILENO);
        (void)::close(_stderr);
    }

private:
    void startsOnStandardError()
    {
        say("hello\nforged");
        CPPUNIT_ASSERT(endsWith(lastOf(console()), " info [clustermanager] hello\\x0aforged"));
        CPPUNIT_ASSERT(_log->console() == HostLog::Console::Text);
    }

    void aDaemonHasAFile()
    {
        _log->ofDaemon();
        inForce();
        say("to the file");
        const std::string file = _folder / "log/clustermanager.log";
        CPPUNIT_ASSERT(endsWith(lastOf(file), "to the file"));
        _config.defaultLog.folder = _folder / "other";
        inForce();
        say("to the other");
        CPPUNIT_ASSERT(endsWith(lastOf(_folder / "other/clustermanager.log"), "to the other"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, linesOf(file).size());
        _config.defaultLog.rotateBytes = 200;
        _config.defaultLog.rotateCount = 3;
        inForce();
        for (int i = 0; i < 10; ++i) say(std::string(100, 'x'));
        CPPUNIT_ASSERT_EQUAL(0, ::access((_folder / "other/clustermanager.log.2").c_str(), F_OK));
        CPPUNIT_ASSERT_EQUAL(-1, ::access((_folder / "other/clustermanager.log.3").c_str(), F_OK));
        CPPUNIT_ASSERT(linesOf(console()).empty());
    }

    void nothingChangesBeforeItIsCommitted()
    {
        _log->ofDaemon();
        CPPUNIT_ASSERT(!_log->prepare(_config));
        say("still here");
        CPPUNIT_ASSERT(endsWith(lastOf(console()), "still here"));
        const HostLog::Change change = _log->commit();
        CPPUNIT_ASSERT_EQUAL("the log of the host itself: from now on text in " +
                                 _folder / "log/clustermanager.log",
                             change.sentence);
        CPPUNIT_ASSERT(_log->commit().sentence.empty());
        say("there");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, linesOf(console()).size());
    }

    void withoutAChangeNothingIsMade()
    {
        keys(fileKeys("a"));
        inForce();
        struct stat before = {};
        say("x");
        CPPUNIT_ASSERT_EQUAL(0, ::stat((_folder / "a").c_str(), &before));
        ::rename((_folder / "a").c_str(), (_folder / "b").c_str());
        CPPUNIT_ASSERT(!_log->prepare(_config));
        CPPUNIT_ASSERT(_log->commit().sentence.empty());
        say("still to the same");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, linesOf(_folder / "b").size());
    }

    void jsonIsJson()
    {
        _config.logFormat = LogFormat::Json;
        inForce();
        CPPUNIT_ASSERT(_log->console() == HostLog::Console::Json);
        say("a\nb");
        say(std::string(100'000, '\x1b'));  // cut to what a pipe takes whole
        for (const std::string& line : linesOf(console()))
        {
            CPPUNIT_ASSERT(line.size() <= StderrChannel::kLineMax);
            const auto object = Poco::JSON::Parser().parse(line).extract<Poco::JSON::Object::Ptr>();
            CPPUNIT_ASSERT_EQUAL(std::string("clustermanager"), object->getValue<std::string>("logger"));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, linesOf(console()).size());
        _config.logFormat = LogFormat::Text;
        inForce();
        say("text");
        CPPUNIT_ASSERT(endsWith(lastOf(console()), " info [clustermanager] text"));
    }

    void keysSayWhereLoggersLog()
    {
        auto some = fileKeys("a");
        some["logging.loggers.root.name"] = "net";
        some["logging.loggers.http.name"] = "net.http";
        some["logging.loggers.http.channel.class"] = "FileChannel";
        some["logging.loggers.http.channel.path"] = _folder / "b";
        keys(some);
        say("made before", "net.http.deep");
        inForce();
        CPPUNIT_ASSERT(_log->console() == HostLog::Console::Other);
        say("to b", "net.http.deep");
        say("to a", "net.other");
        say("to the console", "network");
        CPPUNIT_ASSERT_EQUAL(std::string("to b"), lastOf(_folder / "b"));
        CPPUNIT_ASSERT_EQUAL(std::string("Information|to a"), lastOf(_folder / "a"));
        CPPUNIT_ASSERT(endsWith(lastOf(console()), "to the console"));
        CPPUNIT_ASSERT(!Poco::LoggingRegistry::defaultRegistry().channelForName("file").isNull());
        keys({});
        inForce();
        say("home again", "net.http");
        CPPUNIT_ASSERT(endsWith(lastOf(console()), "home again"));
        CPPUNIT_ASSERT_THROW((void)Poco::LoggingRegistry::defaultRegistry().channelForName("file"),
                             Poco::NotFoundException);
    }

    void levelsFollowTheirKeysAlone()
    {
        const auto levelOf = [](const char* logger) { return Poco::Logger::get(logger).getLevel(); };
        auto some = fileKeys("a");
        some["logging.loggers.x.name"] = "sql";
        some["logging.loggers.x.level"] = "debug";
        keys(some);
        inForce();
        CPPUNIT_ASSERT_EQUAL(7, levelOf("sql"));
        CPPUNIT_ASSERT_EQUAL(6, levelOf("clustermanager"));
        HostLog::applyLevel("", core::LogLevel::Error);  // an operator's word
        some["logging.channels.file.path"] = _folder / "b";
        keys(some);
        inForce();
        CPPUNIT_ASSERT_EQUAL(3, levelOf("sql"));
        some["logging.loggers.root.level"] = "trace";
        keys(some);
        CPPUNIT_ASSERT(!_log->prepare(_config));
        CPPUNIT_ASSERT(_log->commit().level == core::LogLevel::Trace);
        CPPUNIT_ASSERT_EQUAL(8, levelOf("clustermanager"));
        CPPUNIT_ASSERT_EQUAL(7, levelOf("sql.deep"));
        some.erase("logging.loggers.x.level");
        keys(some);
        inForce();
        CPPUNIT_ASSERT_EQUAL(8, levelOf("sql"));
        _config.logLevel = core::LogLevel::Warn;
        keys({});
        inForce();
        CPPUNIT_ASSERT_EQUAL(4, levelOf("sql"));
        CPPUNIT_ASSERT_EQUAL(4, levelOf("clustermanager"));
        HostLog::applyLevel("", core::LogLevel::Info);
    }

    void whatIsWrongChangesNothing()
    {
        const auto refused = [this](const std::string& key) {
            const auto problem = _log->prepare(_config);
            CPPUNIT_ASSERT(problem.has_value());
            CPPUNIT_ASSERT_EQUAL(key, problem->key);
            CPPUNIT_ASSERT(!problem->text.empty());
            CPPUNIT_ASSERT(_log->commit().sentence.empty());
            say("as before");
            CPPUNIT_ASSERT_EQUAL(std::string("Information|as before"), lastOf(_folder / "a"));
            CPPUNIT_ASSERT(!Poco::LoggingRegistry::defaultRegistry().channelForName("file").isNull());
        };
        keys(fileKeys("a"));
        inForce();
        auto some = fileKeys("a");
        some["logging.channels.file.class"] = "FlieChannel";
        keys(some);
        refused("logging.channels.file.class");
        some = fileKeys("console/below/a/file");
        keys(some);
        refused("logging.channels.file.path");
        some = fileKeys("b");
        some["logging.loggers.root.level"] = "loud";
        keys(some);
        refused("logging.loggers.root.level");
        keys({});
        _config.defaultLog.folder = _folder / "console/below";
        refused("cluster.logFolder");
    }

    void aCheckTouchesNoFile()
    {
        _log->ofDaemon();
        CPPUNIT_ASSERT(!_log->check(_config));
        keys(fileKeys("never"));
        CPPUNIT_ASSERT(!_log->check(_config));
        CPPUNIT_ASSERT_EQUAL(-1, ::access((_folder / "never").c_str(), F_OK));
        CPPUNIT_ASSERT_EQUAL(-1, ::access((_folder / "log").c_str(), F_OK));
        _config.logging["logging.loggers.root.channel"] = "nowhere";
        CPPUNIT_ASSERT_EQUAL(std::string("logging.loggers.root.channel"), _log->check(_config)->key);
    }

    void aMovedFileIsOpenedAgain()
    {
        keys(fileKeys("a"));
        inForce();
        say("one");
        ::rename((_folder / "a").c_str(), (_folder / "moved").c_str());
        _log->reopen();
        say("two");
        CPPUNIT_ASSERT_EQUAL(std::string("Information|one"), lastOf(_folder / "moved"));
        CPPUNIT_ASSERT_EQUAL(std::string("Information|two"), lastOf(_folder / "a"));
    }

    void threadsLoseNothingThroughChanges()
    {
        _log->ofDaemon();
        inForce();
        Writers writers(3);
        for (int round = 0; round < 60; ++round)
        {
            writers.waitFor(20);
            // Not one that a thread which sleeps in it may still be rotating.
            const std::string name = std::to_string(round % 30);
            if (round % 3 == 0)
                keys(fileKeys("file" + name));
            else
                keys({});
            _config.defaultLog.folder = _folder / ("log" + name);
            _config.logFormat = round % 2 == 0 ? LogFormat::Json : LogFormat::Text;
            _config.defaultLog.rotateBytes = round % 4 == 0 ? 0 : 2'000;
            _config.defaultLog.rotateCount = 1000;
            inForce();
            if (round % 7 == 0) _log->reopen();
        }
        const int count = writers.stop();
        std::set<int> seen;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(_folder.path()))
        {
            if (!entry.is_regular_file()) continue;
            for (const std::string& line : linesOf(entry.path()))
            {
                const std::size_t at = line.find("number ");
                const std::size_t end = line.find(" end");
                if (at == std::string::npos) continue;
                CPPUNIT_ASSERT_MESSAGE(line, end != std::string::npos);
                CPPUNIT_ASSERT_MESSAGE(line, seen.insert(std::stoi(line.substr(at + 7))).second);
            }
        }
        std::string lost;
        for (int number = 0; number < count; ++number)
            if (seen.count(number) == 0) lost += std::to_string(number) + " ";
        CPPUNIT_ASSERT_MESSAGE("lost: " + lost, lost.empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HostLogTest);

}  // namespace clustermanager::app::test
