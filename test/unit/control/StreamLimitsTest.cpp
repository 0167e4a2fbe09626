/// Goal: a reader of a stream that is slow, deaf or gone is cut off and is nobody else's concern, thousands
/// cost
///       little, and all end with the port.
/// Method: a running control port before a journal that the test writes, with readers that are too slow by
/// what
///       the kernel holds for them, short limits, and a count of descriptors and memory.
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/Sanitizers.h"
#include "unit/control/EventReader.h"

namespace clustermanager::control::test {

using clustermanager::test::notice;

namespace {

std::size_t openDescriptors()
{
    const std::filesystem::directory_iterator entries("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::uint64_t rssBytes()
{
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

template <class Predicate>
bool waitFor(Predicate holds)
{
    const TimePoint deadline = Clock::now() + std::chrono::seconds(60);
    while (!holds())
    {
        if (Clock::now() > deadline) return false;
        (void)::poll(nullptr, 0, 3);
    }
    return true;
}

}  // namespace

class StreamLimitsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StreamLimitsTest);
    CPPUNIT_TEST(cutsOffWhoFallsBehindAndNobodyElse);
    CPPUNIT_TEST(cutsOffWhoTakesNothing);
    CPPUNIT_TEST(showsThatItLives);
    CPPUNIT_TEST(noticesWhoHasGone);
    CPPUNIT_TEST(boundsTheNumberForEachTransport);
    CPPUNIT_TEST(endsWithAWordAndLeavesNothing);
    CPPUNIT_TEST(endsForAPauseAndGoesOn);
    CPPUNIT_TEST(costsLittleForEachOfThousands);
    CPPUNIT_TEST_SUITE_END();

public:
    /// The writer waits for the fast reader only, so whoever is more than the ring behind is so by its own
    /// doing.
    void cutsOffWhoFallsBehindAndNobodyElse()
    {
        RunningControl control;
        StreamClient slow = follow(control);
        (void)slow.head();
        std::atomic<std::uint64_t> seen{0};
        StreamClient fast = follow(control);
        (void)fast.head();
        constexpr std::uint64_t kCount = 3 * runtime::Journal::kKept;
        std::string problem;
        std::thread reader([&] {
            try
            {
                for (std::uint64_t id = 1; id <= kCount; ++id)
                {
                    const StreamClient::Event event = fast.next();
                    if (event.id != id) problem = "expected " + std::to_string(id) + ", got " + event.kind;
                    seen = id;
                }
            }
            catch (const std::exception& failure)
            {
                problem = failure.what();
                seen = kCount;
            }
        });
        for (std::uint64_t id = 1; id <= kCount; ++id)
        {
            control.host.journal.record(notice(std::string(200, 'x')));
            if (id - seen > runtime::Journal::kKept / 2)
                CPPUNIT_ASSERT(waitFor([&] { return id - seen < runtime::Journal::kKept / 4; }));
        }
        reader.join();
        CPPUNIT_ASSERT_EQUAL(std::string(), problem);
        const std::string rest = slow.rest();
        CPPUNIT_ASSERT(rest.find("id: 1\n") != std::string::npos);
        CPPUNIT_ASSERT(rest.find("id: " + std::to_string(kCount) + "\n") == std::string::npos);
        CPPUNIT_ASSERT(rest.find("event: gap") == std::string::npos);
    }

    void cutsOffWhoTakesNothing()
    {
        ControlOptions options;
        options.streaming.patience = Millis(200);
        RunningControl control(options);
        StreamClient deaf = follow(control);
        StreamClient good = follow(control);
        (void)deaf.head();
        (void)good.head();
        for (std::uint64_t last = 100; last <= 1000; last += 100)
        {
            for (int i = 0; i < 100; ++i) control.host.journal.record(notice(std::string(500, 'x')));
            while (good.next().id < last)
            {}
        }
        pollfd gone{deaf.descriptor(), 0, 0};
        CPPUNIT_ASSERT_MESSAGE("it was not cut off", ::poll(&gone, 1, 60'000) == 1);
        control.host.journal.record(notice("still there"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(1001), good.next().id);
    }

    void showsThatItLives()
    {
        ControlOptions options;
        options.streaming.heartbeat = Millis(40);
        RunningControl control(options);
        StreamClient client = follow(control);
        CPPUNIT_ASSERT_EQUAL(std::string("retry: 1000"), client.line());
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT_EQUAL(std::string(":"), client.line());
        control.host.journal.record(notice("new"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(1), client.next().id);
    }

    void noticesWhoHasGone()
    {
        ControlOptions options;
        options.streams.events = 2;
        RunningControl control(options);
        for (int i = 0; i < 20; ++i)
        {
            StreamClient client = follow(control);
            CPPUNIT_ASSERT(
                waitFor([&] { return statusOf(client.head()) == 200 || (client = follow(control), false); }));
        }
    }

    void boundsTheNumberForEachTransport()
    {
        ControlOptions options;
        options.streams.events = 2;
        options.tokens = {access::hashed("ops", access::Role::Operate, "s3cret")};
        RunningControl control(options);
        const std::string fields = "Authorization: Bearer s3cret\r\n";
        std::vector<RawClient> overTcp;
        const std::string request =
            "GET /events HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n" + fields + "\r\n";
        for (int i = 0; i < 2; ++i)
        {
            overTcp.push_back(control.toTcp());
            CPPUNIT_ASSERT(overTcp.back().send(request));
            char first = 0;
            CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::recv(overTcp.back().descriptor(), &first, 1, MSG_PEEK));
        }
        const std::string refused = control.ask("GET", "/events", fields);
        CPPUNIT_ASSERT_EQUAL(503, statusOf(refused));
        CPPUNIT_ASSERT(bodyOf(refused).find("All 2 streams of events") != std::string::npos);
        CPPUNIT_ASSERT(!headerOf(refused, "Retry-After").empty());
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/events?follow=0", fields)));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(follow(control).head()));
        overTcp.pop_back();
        CPPUNIT_ASSERT(
            waitFor([&] { return statusOf(StreamClient(control.toSocket(), "/events").head()) == 200; }));
        CPPUNIT_ASSERT(waitFor([&] {
            RawClient again = control.toTcp();
            (void)again.send(request);
            std::array<char, 13> begin{};
            (void)::recv(again.descriptor(), begin.data(), 12, MSG_WAITALL);
            return statusOf(begin.data()) == 200;
        }));
    }

    void endsWithAWordAndLeavesNothing()
    {
        const std::size_t before = openDescriptors();
        {
            RunningControl control;
            StreamClient client = follow(control);
            StreamClient deaf = follow(control);
            (void)client.head();
            (void)deaf.head();
            for (int i = 0; i < 3000; ++i) control.host.journal.record(notice(std::string(500, 'x')));
            while (client.next().id < 3000)
            {}
            control.host.journal.record(notice("the end"));
            control.server.stop();
            const std::string rest = client.rest();
            CPPUNIT_ASSERT(rest.find("the end") != std::string::npos);
            const std::string words = ": the host has stopped\n\n";
            CPPUNIT_ASSERT_EQUAL(words, rest.substr(rest.size() - std::min(rest.size(), words.size())));
        }
        CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
    }

    void endsForAPauseAndGoesOn()
    {
        RunningControl control;
        StreamClient client = follow(control);
        (void)client.head();
        record(control, 3);
        control.server.pause();
        const std::string rest = client.rest();
        CPPUNIT_ASSERT(rest.find("id: 3\n") != std::string::npos);
        CPPUNIT_ASSERT(rest.find(": the host goes on in another program") != std::string::npos);
        StreamClient again = follow(control, "", "Last-Event-ID: 2\r\n");
        control.server.goOn();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(3), again.next().id);
    }

    /// Both sides live in this process, so the bound is for both; the kernel's buffers are not in it.
    void costsLittleForEachOfThousands()
    {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        const rlimit usual = limit;
        limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8192);
        ::setrlimit(RLIMIT_NOFILE, &limit);
        const std::size_t count = std::min<std::size_t>(2000, (limit.rlim_cur - 200) / 2);

        RunningControl control;
        record(control, static_cast<int>(runtime::Journal::kKept));
        StreamClient warm = follow(control, "?after=0");  // every text is made
        while (warm.next().id < runtime::Journal::kKept)
        {}
        const std::uint64_t before = rssBytes();
        std::vector<RawClient> readers;
        readers.reserve(count);
        for (std::size_t i = 0; i < count; ++i)
        {
            readers.push_back(control.toSocket());
            CPPUNIT_ASSERT(readers.back().send("GET /events?after=0 HTTP/1.1\r\nHost: x\r\n\r\n"));
            char first = 0;
            CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::recv(readers.back().descriptor(), &first, 1, MSG_PEEK));
        }
        record(control, 100);
        StreamClient last = follow(control, "?tail=1");
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(runtime::Journal::kKept + 100), last.next().id);
        const std::uint64_t after = rssBytes();
        const std::uint64_t each = after > before ? (after - before) / count : 0;
        // A sanitizer puts much around what is taken.
        constexpr std::uint64_t kMost = kSanitized ? 65'536 : 4'096;
        CPPUNIT_ASSERT_MESSAGE(std::to_string(each) + " bytes for each reader", each < kMost);
        readers.clear();
        ::setrlimit(RLIMIT_NOFILE, &usual);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StreamLimitsTest);

}  // namespace clustermanager::control::test
