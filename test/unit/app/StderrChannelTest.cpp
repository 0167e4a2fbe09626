/// Goal: logging to a console that nobody reads never waits; what is lost is counted and told.
/// Method: standard error is a real pipe, filled to the brim by the test. A test that would wait ends by its
/// deadline.
#include <Poco/AutoPtr.h>
#include <Poco/Message.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <string>

#include "app/StderrChannel.h"
#include "base/FileDescriptor.h"
#include "child/JsonFormatter.h"

namespace clustermanager::app::test {

namespace {

/// Standard error of this process, as long as this object lives.
class StderrPipe
{
public:
    StderrPipe() : _before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0))
    {
        int ends[2] = {-1, -1};
        CPPUNIT_ASSERT_EQUAL(0, ::pipe2(ends, O_CLOEXEC));
        _out.reset(ends[0]);
        const FileDescriptor in(ends[1]);
        CPPUNIT_ASSERT_EQUAL(STDERR_FILENO, ::dup2(in.get(), STDERR_FILENO));
        CPPUNIT_ASSERT_EQUAL(0, ::fcntl(_out.get(), F_SETFL, O_NONBLOCK));
    }
    ~StderrPipe() { (void)::dup2(_before.get(), STDERR_FILENO); }
    StderrPipe(const StderrPipe&) = delete;
    StderrPipe& operator=(const StderrPipe&) = delete;

    /// Until it takes not one byte more. It blocks again afterwards.
    static void fill()
    {
        CPPUNIT_ASSERT_EQUAL(0, ::fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK));
        const std::string chunk(PIPE_BUF, '#');
        for (std::size_t size = chunk.size(); size > 0; size /= 2)
            while (::write(STDERR_FILENO, chunk.data(), size) > 0)
            {}
        CPPUNIT_ASSERT_EQUAL(0, ::fcntl(STDERR_FILENO, F_SETFL, 0));
    }

    std::string drain() const
    {
        std::string all;
        std::array<char, 65'536> some{};
        for (ssize_t got = 0; (got = ::read(_out.get(), some.data(), some.size())) > 0;)
            all.append(some.data(), static_cast<std::size_t>(got));
        return all;
    }

    void closeReader() { _out.reset(); }

private:
    FileDescriptor _before;
    FileDescriptor _out;
};

}  // namespace

class StderrChannelTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StderrChannelTest);
    CPPUNIT_TEST(writesOneLineARecord);
    CPPUNIT_TEST(recordIsOneLineWhateverIsInIt);
    CPPUNIT_TEST(fullPipeCostsRecordsAndNoTime);
    CPPUNIT_TEST(longRecordsFitTheirPipe);
    CPPUNIT_TEST(countIsToldWhenThereIsRoomForIt);
    CPPUNIT_TEST(readerThatIsGoneIsSurvived);
    CPPUNIT_TEST(theJournalIsToldThePriority);
    CPPUNIT_TEST(lossesAreToldInTheFormOfTheRecords);
    CPPUNIT_TEST_SUITE_END();

    Poco::AutoPtr<StderrChannel> _channel{new StderrChannel};

    void log(const std::string& text)
    {
        _channel->log(Poco::Message("source", text, Poco::Message::PRIO_INFORMATION));
    }

    void writesOneLineARecord()
    {
        const StderrPipe console;
        log("first");
        log("second");
        const std::string seen = console.drain();
        CPPUNIT_ASSERT_EQUAL(std::string("first\nsecond\n"), seen);
    }

    void recordIsOneLineWhateverIsInIt()
    {
        const StderrPipe console;
        log("a\x1b[31mb");
        const std::string seen = console.drain();
        CPPUNIT_ASSERT(seen.find('\x1b') == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1}, std::count(seen.begin(), seen.end(), '\n'));
    }

    void fullPipeCostsRecordsAndNoTime()
    {
        const StderrPipe console;
        console.fill();
        for (int i = 0; i < 7; ++i) log("lost");
        CPPUNIT_ASSERT(console.drain().find("lost") == std::string::npos);
        log("seen");
        log("seen too");
        const std::string seen = console.drain();
        CPPUNIT_ASSERT_EQUAL(std::string("7 records dropped: nobody read them\nseen\nseen too\n"), seen);
    }

    void longRecordsFitTheirPipe()
    {
        const StderrPipe console;
        console.fill();
        log("lost");
        (void)console.drain();
        for (int i = 0; i < 100; ++i) log(std::string(100'000, 'x'));  // more than it holds
        log("short");
        const std::string seen = console.drain();
        CPPUNIT_ASSERT(seen.size() <= 1'048'576 && !seen.empty());
        CPPUNIT_ASSERT_EQUAL('\n', seen.back());
        log("end");
        const std::string end = console.drain();
        CPPUNIT_ASSERT(end.find(" records dropped") != std::string::npos);
        CPPUNIT_ASSERT(end.find("end\n") != std::string::npos);
    }

    void countIsToldWhenThereIsRoomForIt()
    {
        const StderrPipe console;
        console.fill();
        log("lost");
        (void)console.drain();
        const std::string whole(PIPE_BUF - 1, 'x');
        log(whole);
        const std::string first = console.drain();
        CPPUNIT_ASSERT_EQUAL(whole + '\n', first);
        log("next");
        const std::string second = console.drain();
        CPPUNIT_ASSERT_EQUAL(std::string("1 records dropped: nobody read them\nnext\n"), second);
    }

    void readerThatIsGoneIsSurvived()
    {
        auto* const before = std::signal(SIGPIPE, SIG_IGN);  // as in the host
        {
            StderrPipe console;
            console.closeReader();
            log("to nobody");
            log("to nobody");
        }
        (void)std::signal(SIGPIPE, before);
        const StderrPipe console;
        log("back");
        const std::string seen = console.drain();
        CPPUNIT_ASSERT_EQUAL(std::string("2 records dropped: nobody read them\nback\n"), seen);
    }

    void theJournalIsToldThePriority()
    {
        const StderrPipe console;
        struct stat facts = {};
        CPPUNIT_ASSERT_EQUAL(0, ::fstat(STDERR_FILENO, &facts));
        const std::string stream = std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
        (void)::setenv("JOURNAL_STREAM", (stream + "1").c_str(), 1);
        Poco::AutoPtr<StderrChannel> other(new StderrChannel);
        other->log(Poco::Message("x", "another stream", Poco::Message::PRIO_ERROR));
        (void)::setenv("JOURNAL_STREAM", stream.c_str(), 1);
        log("all is well");
        _channel->log(Poco::Message("x", "it burns", Poco::Message::PRIO_ERROR));
        (void)::unsetenv("JOURNAL_STREAM");
        const std::string seen = console.drain();
        CPPUNIT_ASSERT_EQUAL(std::string("another stream\n<6>all is well\n<3>it burns\n"), seen);
    }

    void lossesAreToldInTheFormOfTheRecords()
    {
        const StderrPipe console;
        const child::LogOrigin nobody;
        _channel->setFormatter(new child::JsonFormatter(nobody, StderrChannel::kLineMax));
        console.fill();
        log("{}");
        (void)console.drain();
        log("{}");
        const std::string seen = console.drain();
        CPPUNIT_ASSERT_EQUAL(std::string("{\"time\":"), seen.substr(0, 8));
        CPPUNIT_ASSERT(seen.find("\"message\":\"1 records dropped: nobody read them\"") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("}\n{}\n"), seen.substr(seen.size() - 5));
        _channel->setFormatter(nullptr);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StderrChannelTest);

}  // namespace clustermanager::app::test
