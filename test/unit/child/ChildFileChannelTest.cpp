/// Goal: the channel keeps every record, in order, from several threads, through rotation and a kill.
/// Method: numbered lines; a forked writer is killed again and again while it writes.

#include <Poco/AutoPtr.h>
#include <Poco/Exception.h>
#include <Poco/LoggingFactory.h>
#include <Poco/Message.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <thread>

#include "child/ChildFileChannel.h"
#include "child/LogChannels.h"
#include "unit/TemporaryFolder.h"

using namespace clustermanager;
using namespace clustermanager::child;

class ChildFileChannelTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ChildFileChannelTest);
    CPPUNIT_TEST(theFactoryMakesItByName);
    CPPUNIT_TEST(sizesAreReadAsFileChannelReadsThem);
    CPPUNIT_TEST(propertiesItHasNotAreRefusedByName);
    CPPUNIT_TEST(threadsLoseNothingThroughRotation);
    CPPUNIT_TEST(aKilledWriterLeavesWholeLines);
    CPPUNIT_TEST(aHostileRecordIsOneLine);
    CPPUNIT_TEST_SUITE_END();

    using Channel = Poco::AutoPtr<ChildFileChannel>;
    TemporaryFolder _folder;
    const std::string _path = _folder / "a.log";

    static void log(const Channel& channel, const std::string& text)
    {
        Channel(channel)->log(Poco::Message("test", text, Poco::Message::PRIO_INFORMATION));
    }

    void theFactoryMakesItByName()
    {
        static const LogOrigin nobody;
        LogChannels::registerClasses(nobody);
        LogChannels::registerClasses(nobody);
        Poco::Channel::Ptr channel = Poco::LoggingFactory::defaultFactory().createChannel("ChildFileChannel");
        channel->setProperty("path", _path);
        channel->log(Poco::Message("test", "made by name", Poco::Message::PRIO_INFORMATION));
        CPPUNIT_ASSERT_EQUAL(std::string("made by name\n"), contentOf(_path));
        CPPUNIT_ASSERT_EQUAL(_path, channel->getProperty("path"));
    }

    void sizesAreReadAsFileChannelReadsThem()
    {
        Channel channel(new ChildFileChannel);
        const std::pair<const char*, const char*> cases[] = {{"50 M", "52428800"},
                                                             {"100K", "102400"},
                                                             {"1 g", "1073741824"},
                                                             {"4096", "4096"},
                                                             {"never", "never"}};
        for (const auto& [text, bytes] : cases)
        {
            channel->setProperty("rotation", text);
            CPPUNIT_ASSERT_EQUAL(std::string(bytes), channel->getProperty("rotation"));
        }
        for (const char* bad : {"", "M", "daily", "5 T", "-1", "99999999999999999999", "17179869184 G"})
            CPPUNIT_ASSERT_THROW(channel->setProperty("rotation", bad), Poco::InvalidArgumentException);
        channel->setProperty("purgeCount", "7");
        CPPUNIT_ASSERT_EQUAL(std::string("7"), channel->getProperty("purgeCount"));
        CPPUNIT_ASSERT_THROW(channel->setProperty("purgeCount", "many"), Poco::InvalidArgumentException);
    }

    void propertiesItHasNotAreRefusedByName()
    {
        Channel channel(new ChildFileChannel);
        channel->setProperty("archive", "number");
        channel->setProperty("flush", "false");
        CPPUNIT_ASSERT_THROW(channel->setProperty("archive", "timestamp"),
                             Poco::PropertyNotSupportedException);
        CPPUNIT_ASSERT_THROW(channel->setProperty("purgeAge", "1 days"), Poco::PropertyNotSupportedException);
        CPPUNIT_ASSERT_THROW(channel->setProperty("rotatoin", "1 M"), Poco::PropertyNotSupportedException);
    }

    void threadsLoseNothingThroughRotation()
    {
        constexpr int kThreads = 4;
        constexpr int kLines = 2000;
        Channel channel(new ChildFileChannel({5000, 1000}));
        channel->setPath(_path);
        std::vector<std::thread> threads;
        for (int thread = 0; thread < kThreads; ++thread)
            threads.emplace_back([&channel, thread] {
                for (int i = 0; i < kLines; ++i)
                    log(channel, std::to_string(thread) + " " + std::to_string(i));
            });
        for (std::thread& thread : threads) thread.join();

        std::vector<std::string> files{_path};
        while (std::filesystem::exists(_path + "." + std::to_string(files.size() - 1)))
            files.push_back(_path + "." + std::to_string(files.size() - 1));
        CPPUNIT_ASSERT(files.size() > 5);
        std::map<std::string, int> next;
        for (auto file = files.rbegin(); file != files.rend(); ++file)
            for (const std::string& line : linesOf(*file))
                CPPUNIT_ASSERT_EQUAL(line.substr(0, 2) + std::to_string(next[line.substr(0, 2)]++), line);
        CPPUNIT_ASSERT_EQUAL(std::size_t{kThreads}, next.size());
        for (const auto& [thread, count] : next) CPPUNIT_ASSERT_EQUAL(kLines, count);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, channel->dropped());
    }

    /// Writes lines of 20 kB for ever; each is its number repeated, so that a torn one shows.
    [[noreturn]] void writeUntilKilled(int signalFd) const
    {
        Channel channel(new ChildFileChannel);
        channel->setPath(_path);
        for (int i = 0;; ++i)
        {
            std::string line;
            while (line.size() < 20'000) line += std::to_string(i % 10);
            log(channel, line);
            if (i == 3) (void)!::write(signalFd, "x", 1);
        }
    }

    void aKilledWriterLeavesWholeLines()
    {
        int torn = 0;
        for (int round = 0; round < 30; ++round)
        {
            int pipe[2];
            CPPUNIT_ASSERT_EQUAL(0, ::pipe(pipe));
            const pid_t writer = ::fork();
            if (writer == 0) writeUntilKilled(pipe[1]);
            char ready = 0;
            CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::read(pipe[0], &ready, 1));
            (void)::kill(writer, SIGKILL);
            (void)::waitpid(writer, nullptr, 0);
            (void)::close(pipe[0]);
            (void)::close(pipe[1]);
        }
        const std::vector<std::string> lines = linesOf(_path);
        for (std::size_t i = 0; i < lines.size(); ++i)
        {
            CPPUNIT_ASSERT_MESSAGE("two lines in one",
                                   lines[i].find_first_not_of(lines[i][0]) == std::string::npos);
            if (lines[i].size() == 20'000) continue;
            ++torn;  // by the kernel, when the writer was killed: a new writer begins after it
            CPPUNIT_ASSERT_EQUAL('0', lines.at(i + 1)[0]);
        }
        CPPUNIT_ASSERT(torn <= 30);
        CPPUNIT_ASSERT(lines.size() >= 120);
    }

    void aHostileRecordIsOneLine()
    {
        Channel channel(new ChildFileChannel);
        channel->setPath(_path);
        log(channel, "user\n2026-01-01T00:00:00.000000Z fatal [bank] all is lost");
        log(channel, std::string(1'000'000, '\x1b'));
        const std::vector<std::string> lines = linesOf(_path);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, lines.size());
        CPPUNIT_ASSERT(lines[0].find("user\\x0a2026") == 0);
        CPPUNIT_ASSERT(lines[1].size() <= 65'536 && lines[1].find("\\x1b\\x1b") == 0);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChildFileChannelTest);
