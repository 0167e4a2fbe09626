/// Goal: logging.* keys make the channels that Poco would make of them, safe against every text and thread;
/// what is wrong names its key. Method: sets of keys, right and wrong; files are read back.

#include <Poco/Exception.h>
#include <Poco/LoggingFactory.h>
#include <Poco/LoggingRegistry.h>
#include <Poco/Message.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "child/LogChannels.h"
#include "child/LogLosses.h"
#include "unit/TemporaryFolder.h"

using namespace clustermanager::child;

namespace {

class ThrowingChannel : public Poco::Channel
{
public:
    void log(const Poco::Message&) override { throw Poco::FileException("the disk is full"); }
};

}  // namespace

class LogChannelsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LogChannelsTest);
    CPPUNIT_TEST(loggersHaveTheirChannelsAndLevels);
    CPPUNIT_TEST(channelsFindEachOther);
    CPPUNIT_TEST(noTextForgesARecordInAnyFile);
    CPPUNIT_TEST(anOperatorsPatternIsMeant);
    CPPUNIT_TEST(jsonStaysJson);
    CPPUNIT_TEST(aChannelThatThrowsCostsTheRecordAlone);
    CPPUNIT_TEST(filesAreOpenedAgainWhileOthersLog);
    CPPUNIT_TEST(whatIsWrongNamesItsKey);
    CPPUNIT_TEST(aFileThatCannotBeOpenedNamesItsKey);
    CPPUNIT_TEST(badKeysLeaveNoNames);
    CPPUNIT_TEST_SUITE_END();

    using Keys = LogChannels::Keys;
    TemporaryFolder _folder;
    const std::string _path = _folder / "a.log";

    static void log(const LogChannels& channels, const std::string& text, std::size_t logger = 0)
    {
        Poco::Channel::Ptr channel = channels.loggers().at(logger).channel;
        channel->log(Poco::Message("test", text, Poco::Message::PRIO_INFORMATION));
    }

    Keys fileKeys(const std::string& type, const std::string& pattern = "") const
    {
        Keys keys{{"logging.channels.file.class", type},
                  {"logging.channels.file.path", _path},
                  {"logging.loggers.root.channel", "file"}};
        if (!pattern.empty()) keys["logging.channels.file.pattern"] = pattern;
        return keys;
    }

    static std::string problemOf(const Keys& keys, bool open = false)
    {
        try
        {
            LogChannels channels(keys);
            if (open) channels.open();
        }
        catch (const LogKeyProblem& problem)
        {
            return problem.key + ": " + problem.text;
        }
        return "";
    }

public:
    void setUp() override
    {
        static const LogOrigin nobody;
        LogChannels::registerClasses(nobody);
    }

private:
    void loggersHaveTheirChannelsAndLevels()
    {
        Keys keys = fileKeys("FileChannel");
        keys["logging.loggers.x.name"] = "net.http";
        keys["logging.loggers.x.level"] = "debug";
        keys["logging.loggers.x.channel.class"] = "NullChannel";
        keys["logging.loggers.y.name"] = "net";
        keys["logging.loggers.y.level"] = "3";
        keys["greeting"] = "not ours";
        const LogChannels channels(keys);
        const auto& loggers = channels.loggers();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, loggers.size());
        CPPUNIT_ASSERT(loggers[0].name.empty() && loggers[0].channel);
        CPPUNIT_ASSERT_EQUAL(LogChannels::kNoLevel, loggers[0].level);
        CPPUNIT_ASSERT(loggers[1].name == "net" && !loggers[1].channel && loggers[1].level == 3);
        CPPUNIT_ASSERT(loggers[2].name == "net.http" && loggers[2].channel && loggers[2].level == 7);
        CPPUNIT_ASSERT(!std::filesystem::exists(_path));
    }

    void channelsFindEachOther()
    {
        Keys keys = fileKeys("FileChannel", "%t");
        keys["logging.formatters.f.class"] = "PatternFormatter";
        keys["logging.formatters.f.pattern"] = "other %t";
        keys["logging.channels.other.class"] = "FileChannel";
        keys["logging.channels.other.path"] = _folder / "b.log";
        keys["logging.channels.other.formatter"] = "f";
        keys["logging.channels.a.class"] = "SplitterChannel";
        keys["logging.channels.a.channels"] = "file,other";
        keys["logging.channels.b.class"] = "AsyncChannel";
        keys["logging.channels.b.channel"] = "a";
        keys["logging.loggers.root.channel"] = "b";
        {
            const LogChannels channels(keys);
            log(channels, "one");
            Poco::LoggingRegistry::defaultRegistry().channelForName("b")->close();  // waits for what is in it
            channels.leave();
        }
        CPPUNIT_ASSERT_EQUAL(std::string("one\n"), contentOf(_path));
        CPPUNIT_ASSERT_EQUAL(std::string("other one\n"), contentOf(_folder / "b.log"));
    }

    void noTextForgesARecordInAnyFile()
    {
        const std::string hostile("a\nb\r\x1b[31m\0c\x7f\xc2\x9b\xff\td", 17);
        const std::string plain = "a\\x0ab\\x0d\\x1b[31m\\x00c\\x7f\\xc2\\x9b\\xff\td";
        for (const char* type : {"FileChannel", "SimpleFileChannel", "ChildFileChannel"})
            for (const char* pattern : {"", "%t"})
            {
                std::filesystem::remove(_path);
                log(LogChannels(fileKeys(type, pattern)), hostile);
                CPPUNIT_ASSERT_EQUAL(plain + '\n', contentOf(_path));
            }
        // Not in the text alone.
        const LogChannels channels(fileKeys("FileChannel", "%s|%T|%[x]|%t"));
        std::filesystem::remove(_path);
        Poco::Message message("s\n", "t\n", Poco::Message::PRIO_INFORMATION);
        message.setThread("T\n");
        message.set("x", "x\n");
        Poco::Channel::Ptr channel = channels.loggers().at(0).channel;
        channel->log(message);
        CPPUNIT_ASSERT_EQUAL(std::string("s\\x0a|T\\x0a|x\\x0a|t\\x0a\n"), contentOf(_path));
    }

    void anOperatorsPatternIsMeant()
    {
        log(LogChannels(fileKeys("FileChannel", "\x1b[1m%t\x1b[0m\n")), "a\x1b"
                                                                        "b");
        CPPUNIT_ASSERT_EQUAL(std::string("\x1b[1ma\\x1bb\x1b[0m\n\n"), contentOf(_path));
    }

    void jsonStaysJson()
    {
        for (const char* type : {"FileChannel", "ChildFileChannel"})
        {
            std::filesystem::remove(_path);
            Keys keys = fileKeys(type);
            keys["logging.channels.file.formatter"] = "json";
            keys["logging.formatters.json.class"] = "JsonFormatter";
            log(LogChannels(keys), "a\n\"\xff");
            const std::string line = contentOf(_path);
            CPPUNIT_ASSERT_MESSAGE(line,
                                   line.find("\"message\":\"a\\n\\\"\xEF\xBF\xBD\"") != std::string::npos);
            CPPUNIT_ASSERT_EQUAL(std::string("{\"time\":"), line.substr(0, 8));
        }
    }

    void aChannelThatThrowsCostsTheRecordAlone()
    {
        Poco::Channel::Ptr sink(new ThrowingChannel);
        Poco::AutoPtr<GuardedChannel> guard(new GuardedChannel(sink, sink));
        const std::uint64_t before = LogLosses::inAll();
        guard->log(Poco::Message("x", "y", Poco::Message::PRIO_FATAL));
        CPPUNIT_ASSERT_EQUAL(before + 1, LogLosses::inAll());
    }

    void filesAreOpenedAgainWhileOthersLog()
    {
        for (const char* type : {"FileChannel", "SimpleFileChannel", "ChildFileChannel"})
        {
            LogChannels channels(fileKeys(type));
            std::atomic<bool> done{false};
            std::atomic<int> written{0};
            std::thread writer([&] {
                for (; !done; ++written) log(channels, std::to_string(written));
            });
            std::string all;
            std::error_code problem;
            for (int i = 0; i < 40 && !problem; ++i)
            {
                const int before = written;
                while (written < before + 20) std::this_thread::yield();
                const std::string moved = _folder / (type + std::to_string(i));
                std::filesystem::rename(_path, moved, problem);
                channels.reopen();
                const int after = written;
                while (written < after + 2) std::this_thread::yield();  // what was on its way is there
                all += contentOf(moved);
            }
            done = true;
            writer.join();
            CPPUNIT_ASSERT_MESSAGE(problem.message(), !problem);
            all += contentOf(_path);
            std::string expected;
            for (int i = 0; i < written; ++i) expected += std::to_string(i) + '\n';
            CPPUNIT_ASSERT_MESSAGE(type, all == expected);
            std::filesystem::remove(_path);
        }
    }

    void whatIsWrongNamesItsKey()
    {
        Keys keys = fileKeys("FileChannle");
        CPPUNIT_ASSERT_EQUAL(std::string("logging.channels.file.class: Not found: FileChannle"),
                             problemOf(keys));
        keys = fileKeys("FileChannel");
        keys["logging.channels.file.rotatoin"] = "1 M";
        CPPUNIT_ASSERT(problemOf(keys).find("logging.channels.file.rotatoin: Property not supported") == 0);
        keys = fileKeys("ChildFileChannel");
        keys["logging.channels.file.rotation"] = "often";
        CPPUNIT_ASSERT(problemOf(keys).find("logging.channels.file.rotation: ") == 0);
        keys = fileKeys("FileChannel");
        keys["logging.loggers.root.channel"] = "flie";
        CPPUNIT_ASSERT(problemOf(keys).find("logging.loggers.root.channel: ") == 0);
        const std::pair<const char*, const char*> cases[] = {
            {"logging.loggers.root.level", "loud"},
            {"logging.loggers.root.lvel", "debug"},
            {"logging.channels.file.formatter", "nowhere"},
            {"logging.formatters.f.class", "NoFormatter"},
            {"logging.channels.file.formatter.class", "NoFormatter"},
            {"logging.loggers.root.channel.class", "NoChannel"}};
        for (const auto& [key, value] : cases)
        {
            keys = fileKeys("FileChannel");
            keys[key] = value;
            CPPUNIT_ASSERT_EQUAL(std::string(key) + ": ",
                                 problemOf(keys).substr(0, std::string(key).size() + 2));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("logging.channels.x.class: is missing"),
                             problemOf({{"logging.channels.x.path", "y"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("logging.channels.x: is a section and has no value of its own"),
                             problemOf({{"logging.channels.x", "y"}}));
    }

    void aFileThatCannotBeOpenedNamesItsKey()
    {
        for (const char* type : {"FileChannel", "ChildFileChannel"})
        {
            Keys keys = fileKeys(type);
            keys["logging.channels.file.path"] = _folder.path();  // a folder
            CPPUNIT_ASSERT_EQUAL(std::string(), problemOf(keys));
            CPPUNIT_ASSERT(problemOf(keys, true).find("logging.channels.file.path: ") == 0);
        }
    }

    void badKeysLeaveNoNames()
    {
        Keys keys = fileKeys("NullChannel");
        keys.erase("logging.channels.file.path");
        keys["logging.loggers.root.channel"] = "nowhere";
        CPPUNIT_ASSERT(!problemOf(keys).empty());
        CPPUNIT_ASSERT_THROW((void)Poco::LoggingRegistry::defaultRegistry().channelForName("file"),
                             Poco::NotFoundException);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogChannelsTest);
