/// Goal: the log of a child is answered as text or followed line by line, breaks neither the stream nor a
/// terminal,
///       and what cannot be read is said in one sentence; a disk that hangs keeps nothing from its end.
/// Method: a running control port before a folder of log files that the test writes; feeds of the test's own.
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <sys/socket.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "control/StreamLoop.h"
#include "unit/control/RunningControl.h"
#include "unit/control/StreamClient.h"

namespace clustermanager::control::test {

namespace {

void append(const std::string& path, const std::string& text)
{
    std::ofstream(path, std::ios::app) << text;
}

ControlOptions lookingOften()
{
    ControlOptions options;
    options.streaming.look = Millis(5);
    return options;
}

/// As a read of a dead disk.
class HangingFeed final : public Feed
{
public:
    void next(std::string&) override
    {
        std::unique_lock<std::mutex> lock(_mutex);
        _hangs = true;
        _changed.notify_all();
        _changed.wait(lock, [this] { return _free; });
    }
    void taken(std::size_t) override {}
    bool over() const override { return true; }
    void beat() override {}
    void end(const std::string&) override {}

    void waitUntilItHangs()
    {
        std::unique_lock<std::mutex> lock(_mutex);
        _changed.wait(lock, [this] { return _hangs; });
    }
    void free()
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        _free = true;
        _changed.notify_all();
    }

private:
    std::mutex _mutex;
    std::condition_variable _changed;
    bool _hangs = false;
    bool _free = false;
};

}  // namespace

class LogStreamTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LogStreamTest);
    CPPUNIT_TEST(answersTheLastLines);
    CPPUNIT_TEST(answersALargeTailWhole);
    CPPUNIT_TEST(followsLineByLine);
    CPPUNIT_TEST(followsThroughRotation);
    CPPUNIT_TEST(endsAHalfLineWithItsFile);
    CPPUNIT_TEST(escapesWhatCouldBreakAStreamOrATerminal);
    CPPUNIT_TEST(cutsLongLines);
    CPPUNIT_TEST(waitsForAChildThatHasLoggedNothing);
    CPPUNIT_TEST(saysWhatCannotBeRead);
    CPPUNIT_TEST(refusesMalformedParameters);
    CPPUNIT_TEST(boundsTheNumber);
    CPPUNIT_TEST(cutsOffWhoTakesNothing);
    CPPUNIT_TEST(endsWithAWord);
    CPPUNIT_TEST(endsThoughADiskHangs);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _logs;
    RunningControl _control{lookingOften()};

    std::string file() const { return _logs / "web-1.log"; }

    std::string ask(const std::string& query = "", const std::string& child = "1") const
    {
        return _control.ask("GET", "/children/" + child + "/log" + query);
    }

    StreamClient follow(const std::string& query = "") const
    {
        return StreamClient(_control.toSocket(), "/children/1/log?follow=1" + query);
    }

    static void show(RunningControl& control, const std::string& folder)
    {
        core::Snapshot snapshot = snapshotWith(2);
        auto group = std::make_shared<core::GroupSnapshot>(*snapshot.groups.front());
        group->logFolder = folder;
        snapshot.groups.front() = group;
        control.host.show(std::move(snapshot));
    }

public:
    void setUp() override { show(_control, _logs / "."); }

    void answersTheLastLines()
    {
        append(file(), "one\ntwo\nthree\nhalf");
        const std::string answer = ask("?tail=3");
        CPPUNIT_ASSERT_EQUAL(200, statusOf(answer));
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain; charset=utf-8"), headerOf(answer, "Content-Type"));
        CPPUNIT_ASSERT_EQUAL(std::string("two\nthree\nhalf\n"), bodyOf(answer));
        CPPUNIT_ASSERT_EQUAL(std::string("one\ntwo\nthree\nhalf\n"), bodyOf(ask()));
        CPPUNIT_ASSERT_EQUAL(std::string(), bodyOf(ask("?tail=0")));
        CPPUNIT_ASSERT_EQUAL(std::string("half\n"), bodyOf(ask("?follow=0&tail=1")));
    }

    void answersALargeTailWhole()
    {
        std::string all;
        for (int i = 0; i < 10'000; ++i)
            all += std::to_string(i) + std::string(static_cast<std::size_t>(i % 500), 'x') + '\n';
        append(file(), "before\n" + all);
        CPPUNIT_ASSERT(bodyOf(ask("?tail=10000")) == all);
    }

    void followsLineByLine()
    {
        append(file(), "one\ntwo\nthree\n");
        StreamClient client = follow("&tail=2");
        CPPUNIT_ASSERT_EQUAL(std::string("text/event-stream"), headerOf(client.head(), "Content-Type"));
        CPPUNIT_ASSERT_EQUAL(std::string("retry: 1000"), client.line());
        CPPUNIT_ASSERT_EQUAL(std::string("data: two"), client.line());
        CPPUNIT_ASSERT_EQUAL(std::string("data: three"), client.line());
        append(file(), "fo");
        append(file(), "ur\n\nsix\n");
        CPPUNIT_ASSERT((std::vector<std::string>{"four", "", "six"}) == client.data(3));
    }

    void followsThroughRotation()
    {
        append(file(), "");
        StreamClient client = follow();
        (void)client.head();
        int number = 0;
        for (int round = 0; round < 20; ++round)
        {
            for (int i = 0; i < 10; ++i) append(file(), std::to_string(++number) + '\n');
            for (int i = 5; i-- > 0;)
                (void)std::rename((file() + '.' + std::to_string(i)).c_str(),
                                  (file() + '.' + std::to_string(i + 1)).c_str());
            std::filesystem::rename(file(), file() + ".0");
            if (round % 4 == 3)
                for (int i = number - 39; i <= number; ++i)
                    CPPUNIT_ASSERT_EQUAL(std::to_string(i), client.next().data);
        }
    }

    void endsAHalfLineWithItsFile()
    {
        append(file(), "half");
        StreamClient client = follow("&tail=1");
        CPPUNIT_ASSERT_EQUAL(std::string("retry: 1000"), client.line());
        std::filesystem::rename(file(), file() + ".0");
        append(file(), "whole\n");
        CPPUNIT_ASSERT((std::vector<std::string>{"half", "whole"}) == client.data(2));
    }

    void escapesWhatCouldBreakAStreamOrATerminal()
    {
        append(file(), std::string("a\rdata: b\x1b[31m\x07 \x7f \xc2\x9b \xff\xfe \tgr\xc3\xbc\xc3\x9f") +
                           '\0' + "end\n");
        const std::string plain =
            "a\\x0ddata: b\\x1b[31m\\x07 \\x7f \\xc2\\x9b \\xff\\xfe \tgr\xc3\xbc\xc3\x9f\\x00"
            "end";
        CPPUNIT_ASSERT_EQUAL(plain + '\n', bodyOf(ask()));
        CPPUNIT_ASSERT_EQUAL(plain, follow().next().data);
    }

    void cutsLongLines()
    {
        append(file(), std::string(65'536, 'a') + '\n' + std::string(65'537, 'b') + '\n' +
                           std::string(1'000'000, '\x01') + "\nshort\n");
        const std::string text = bodyOf(ask());
        CPPUNIT_ASSERT_EQUAL(std::string(65'536, 'a') + '\n' + std::string(65'530, 'b') + " [cut]\n",
                             text.substr(0, 131'074));
        const std::string rest = text.substr(131'074);
        CPPUNIT_ASSERT(rest.size() <= 65'537 + 6);
        CPPUNIT_ASSERT_EQUAL(std::string("\\x01 [cut]\nshort\n"), rest.substr(rest.size() - 17));
        StreamClient client = follow("&tail=1");
        CPPUNIT_ASSERT_EQUAL(std::string("short"), client.next().data);
        append(file(), std::string(200'000, 'c'));  // an end never comes
        CPPUNIT_ASSERT_EQUAL(std::string(65'530, 'c') + " [cut]", client.next().data);
        append(file(), "ccc\nnext\n");
        CPPUNIT_ASSERT_EQUAL(std::string("next"), client.next().data);
    }

    void waitsForAChildThatHasLoggedNothing()
    {
        StreamClient client = follow();
        CPPUNIT_ASSERT_EQUAL(std::string("retry: 1000"), client.line());
        append(file(), "first\n");
        CPPUNIT_ASSERT_EQUAL(std::string("first"), client.next().data);
    }

    void saysWhatCannotBeRead()
    {
        const auto expect = [](int status, const std::string& words, const std::string& answer) {
            CPPUNIT_ASSERT_EQUAL(status, statusOf(answer));
            CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), headerOf(answer, "Content-Type"));
            CPPUNIT_ASSERT_MESSAGE(bodyOf(answer), bodyOf(answer).find(words) != std::string::npos);
        };
        expect(404, "There is no child '7'", ask("", "7"));
        expect(404, "There is no child 'x'", ask("", "x"));
        expect(404, "no file of the log of child 1 (yet)", ask());
        append(_logs / "secret", "secret\n");
        std::filesystem::create_symlink(_logs / "secret", file());
        expect(409, "is no regular file", ask());
        expect(409, "is no regular file", ask("?follow=1"));
        show(_control, "");
        expect(409, "logs where the logging.* keys say", ask());
    }

    void refusesMalformedParameters()
    {
        for (const char* query : {"?tail=-1", "?tail=x", "?tail=10001", "?follow=2", "?after=1", "?tail="})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(query, 400, statusOf(ask(query)));
        CPPUNIT_ASSERT_EQUAL(405, statusOf(_control.ask("POST", "/children/1/log")));
    }

    void boundsTheNumber()
    {
        ControlOptions options = lookingOften();
        options.streams.logs = 1;
        RunningControl control(options);
        show(control, _logs / ".");
        append(file(), "one\n");
        StreamClient first(control.toSocket(), "/children/1/log?follow=1");
        (void)first.head();
        StreamClient second(control.toSocket(), "/children/1/log");
        CPPUNIT_ASSERT_EQUAL(503, statusOf(second.head()));
        CPPUNIT_ASSERT(second.rest().find("All 1 streams of logs") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/children/1/log")));
    }

    void cutsOffWhoTakesNothing()
    {
        ControlOptions options = lookingOften();
        options.streaming.patience = Millis(200);
        RunningControl control(options);
        show(control, _logs / ".");
        for (int i = 0; i < 3000; ++i) append(file(), std::string(200, 'x') + '\n');
        for (const char* query : {"?tail=3000", "?tail=3000&follow=1"})
        {
            StreamClient deaf(control.toSocket(), std::string("/children/1/log") + query);
            (void)deaf.head();
            pollfd gone{deaf.descriptor(), 0, 0};
            CPPUNIT_ASSERT_MESSAGE("it was not cut off", ::poll(&gone, 1, 60'000) == 1);
        }
    }

    void endsWithAWord()
    {
        append(file(), "one\n");
        StreamClient client = follow();
        CPPUNIT_ASSERT_EQUAL(std::string("one"), client.next().data);
        _control.server.stop();
        CPPUNIT_ASSERT_EQUAL(std::string("\n: the host has stopped\n\n"), client.rest());
    }

    void endsThoughADiskHangs()
    {
        StreamLoop::Settings settings;
        settings.mayHang = Millis(50);
        StreamLoop loop(settings, nullptr);
        int pair[2];
        CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
        const FileDescriptor other(pair[1]);
        const auto feed = std::make_shared<HangingFeed>();
        loop.add(plainStream(FileDescriptor(pair[0])), feed);
        feed->waitUntilItHangs();
        loop.stop("the test ends");
        feed->free();
        pollfd gone{other.get(), 0, 0};
        CPPUNIT_ASSERT_MESSAGE("the thread has not ended", ::poll(&gone, 1, 60'000) == 1);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogStreamTest);

}  // namespace clustermanager::control::test
