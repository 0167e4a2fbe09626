/// Goal: no client, however slow, many, silent or gone, keeps another from its answer or the port from its
/// end,
///       and an idle port costs nothing.
/// Method: a running control port with short limits and real clients: hundreds that send a byte now and then,
///       some that read nothing, floods beyond each limit.
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "base/Sanitizers.h"
#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

namespace {

ControlOptions withLimits(GateLimits limits)
{
    ControlOptions options;
    options.limits = limits;
    return options;
}

/// Holds the threads that come until it is opened.
class Door
{
public:
    void pass()
    {
        std::unique_lock<std::mutex> lock(_mutex);
        ++_waiting;
        _changed.notify_all();
        _changed.wait(lock, [this] { return _open; });
    }
    void waitFor(int count)
    {
        std::unique_lock<std::mutex> lock(_mutex);
        CPPUNIT_ASSERT(_changed.wait_for(lock, std::chrono::seconds(20), [&] { return _waiting >= count; }));
    }
    void open()
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        _open = true;
        _changed.notify_all();
    }

private:
    std::mutex _mutex;
    std::condition_variable _changed;
    int _waiting = 0;
    bool _open = false;
};

core::CommandReply done()
{
    return {core::CommandReply::Outcome::Done, {ChildId{1}}, 1};
}

long voluntarySwitches()
{
    long sum = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
    {
        if (std::stoi(task.path().filename()) == ::gettid()) continue;
        std::ifstream status(task.path() / "status");
        for (std::string line; std::getline(status, line);)
            if (line.rfind("voluntary_ctxt_switches:", 0) == 0) sum += std::stol(line.substr(24));
    }
    return sum;
}

std::ptrdiff_t openDescriptors()
{
    const auto all = std::filesystem::directory_iterator("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

void waitMillis(int time)
{
    (void)::poll(nullptr, 0, time);
}

}  // namespace

class GateTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GateTest);
    CPPUNIT_TEST(answersWithAllHeaders);
    CPPUNIT_TEST(answersHeadWithoutABody);
    CPPUNIT_TEST(wantsTheTokenOnTcpOnly);
    CPPUNIT_TEST(turnsEveryFailureInto500);
    CPPUNIT_TEST(answersWhileHundredsSendAByteNowAndThen);
    CPPUNIT_TEST(endsAHalfRequestInTime);
    CPPUNIT_TEST(endsASilentConnectionInTime);
    CPPUNIT_TEST(dropsTheOldestBeyondTheConnectionLimit);
    CPPUNIT_TEST(refusesRequestsBeyondTheLimit);
    CPPUNIT_TEST(sendsAWholeLargeAnswer);
    CPPUNIT_TEST(isNotHeldByClientsThatNeverRead);
    CPPUNIT_TEST(boundsTheAnswersThatWaitForSlowReaders);
    CPPUNIT_TEST(survivesClientsThatLeave);
    CPPUNIT_TEST(keepsTheUnixSocketFreeWhileTcpIsFull);
    CPPUNIT_TEST(sleepsWhileNobodyAsks);
    CPPUNIT_TEST(stopsUnderLoadAndLeavesNothing);
    CPPUNIT_TEST(answersWhatItHasTakenWhenItStops);
    CPPUNIT_TEST_SUITE_END();

    void answersWithAllHeaders()
    {
        const RunningControl control;
        const std::string answer = control.ask("GET", "/");
        CPPUNIT_ASSERT_EQUAL(200, statusOf(answer));
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"), headerOf(answer, "Content-Type"));
        CPPUNIT_ASSERT_EQUAL(std::string("no-store"), headerOf(answer, "Cache-Control"));
        CPPUNIT_ASSERT_EQUAL(std::string("nosniff"), headerOf(answer, "X-Content-Type-Options"));
        CPPUNIT_ASSERT_EQUAL(std::string("Close"), headerOf(answer, "Connection"));
        CPPUNIT_ASSERT_EQUAL(std::to_string(bodyOf(answer).size()), headerOf(answer, "Content-Length"));
        for (const char* name : {"Server", "Access-Control-Allow-Origin", "Set-Cookie", "Transfer-Encoding"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string(), headerOf(answer, name));
    }

    void answersHeadWithoutABody()
    {
        const RunningControl control;
        const std::string answer = control.ask("HEAD", "/");
        CPPUNIT_ASSERT_EQUAL(200, statusOf(answer));
        CPPUNIT_ASSERT_EQUAL(std::string(), bodyOf(answer));
        CPPUNIT_ASSERT(std::stoi(headerOf(answer, "Content-Length")) > 0);
        CPPUNIT_ASSERT_EQUAL(std::string(), bodyOf(control.ask("HEAD", "/nowhere")));
        CPPUNIT_ASSERT_EQUAL(std::string(), bodyOf(control.ask("HEAD", "/", "Expect: x\r\n")));
    }

    void wantsTheTokenOnTcpOnly()
    {
        ControlOptions options;
        options.tokens = {access::hashed("ops", access::Role::Operate, "s3cret")};
        RunningControl control(options);
        CPPUNIT_ASSERT_EQUAL(401, statusOf(control.ask("GET", "/")));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/", "Authorization: Bearer s3cret\r\n")));
        CPPUNIT_ASSERT_EQUAL(200,
                             statusOf(exchange(control.toSocket(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
        for (const char* target : {"/", "/children", "/groups", "/nowhere"})
            CPPUNIT_ASSERT(control.ask("GET", target, "Authorization: Bearer s3cret\r\n").find("s3cret") ==
                           std::string::npos);
    }

    void turnsEveryFailureInto500()
    {
        std::mutex mutex;
        std::vector<std::string> warnings;
        ControlOptions options;
        options.warn = [&](const std::string& text) {
            const std::lock_guard<std::mutex> lock(mutex);
            warnings.push_back(text);
        };
        RunningControl control(std::move(options));
        for (const auto& failure : {std::function<void()>([] { throw std::runtime_error("s3cret"); }),
                                    std::function<void()>([] { throw Poco::IOException("s3cret"); }),
                                    std::function<void()>([] { throw 1; })})
        {
            control.host.failWith(failure);
            const std::string answer = control.ask("GET", "/");
            CPPUNIT_ASSERT_EQUAL(500, statusOf(answer));
            CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), headerOf(answer, "Content-Type"));
            CPPUNIT_ASSERT(answer.find("s3cret") == std::string::npos);
        }
        control.host.failWith(nullptr);
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/")));
        const std::lock_guard<std::mutex> lock(mutex);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, warnings.size());
        CPPUNIT_ASSERT_EQUAL(std::string("control port: an error inside the host: GET /: s3cret"),
                             warnings[0]);
    }

    /// CM_LONG=1 makes it half a minute at a byte a second.
    void answersWhileHundredsSendAByteNowAndThen()
    {
        const bool isLong = std::getenv("CM_LONG") != nullptr;
        const int rounds = isLong ? 30 : 10;
        GateLimits limits;
        limits.requestTime = isLong ? Millis(5000) : Millis(1000);
        RunningControl control(withLimits(limits));
        std::vector<RawClient> slow;
        for (int round = 0; round < rounds; ++round)
        {
            for (RawClient& client : slow)
                if (!client.send("P")) client = control.toTcp();
            while (slow.size() < 500)
                slow.push_back(slow.size() % 5 == 0 ? control.toSocket() : control.toTcp());
            const TimePoint before = Clock::now();
            CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/")));
            CPPUNIT_ASSERT_EQUAL(200,
                                 statusOf(exchange(control.toSocket(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
            CPPUNIT_ASSERT(Clock::now() - before < std::chrono::seconds(5));
            waitMillis(isLong ? 1000 : 50);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), control.host.commandCount());
    }

    void endsAHalfRequestInTime()
    {
        GateLimits limits;
        limits.requestTime = Millis(100);
        RunningControl control(withLimits(limits));
        RawClient head = control.toTcp();
        RawClient body = control.toTcp();
        CPPUNIT_ASSERT(head.send("POST /children/exit HTTP/1.1\r\nHost:"));
        CPPUNIT_ASSERT(body.send("POST /children/exit HTTP/1.1\r\nHost: " + control.endpoint() +
                                 "\r\nContent-Length: 5\r\n\r\n1234"));
        CPPUNIT_ASSERT_EQUAL(408, statusOf(head.readAll()));
        CPPUNIT_ASSERT_EQUAL(408, statusOf(body.readAll()));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), control.host.commandCount());
    }

    void endsASilentConnectionInTime()
    {
        GateLimits limits;
        limits.requestTime = Millis(100);
        RunningControl control(withLimits(limits));
        CPPUNIT_ASSERT_EQUAL(std::string(), control.toTcp().readAll());
    }

    void dropsTheOldestBeyondTheConnectionLimit()
    {
        GateLimits limits;
        limits.connections = 10;
        limits.requestTime = std::chrono::seconds(60);
        RunningControl control(withLimits(limits));
        std::vector<RawClient> silent;
        for (int i = 0; i < 10; ++i) silent.push_back(control.toTcp());
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/")));
        CPPUNIT_ASSERT_EQUAL(503, statusOf(silent.front().readAll()));
    }

    void refusesRequestsBeyondTheLimit()
    {
        GateLimits limits;
        limits.requests = 6;
        RunningControl control(withLimits(limits));
        Door door;
        control.host.answerWith([&] { return door.pass(), done(); });
        const std::string request =
            "POST /children/exit HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n\r\n";
        std::vector<RawClient> clients;
        for (int i = 0; i < 6; ++i)
        {
            clients.push_back(control.toTcp());
            CPPUNIT_ASSERT(clients.back().send(request));
        }
        door.waitFor(4);  // as many as there are threads; the others wait in the queue
        std::string busy;
        for (int i = 0; i < 3; ++i) busy = exchange(control.toTcp(), request);
        CPPUNIT_ASSERT_EQUAL(503, statusOf(busy));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), headerOf(busy, "Retry-After"));
        door.open();
        for (RawClient& client : clients) CPPUNIT_ASSERT_EQUAL(200, statusOf(client.readAll()));
        CPPUNIT_ASSERT_EQUAL(std::size_t(6), control.host.commandCount());
    }

    void sendsAWholeLargeAnswer()
    {
        RunningControl control;
        control.host.show(snapshotWith(10000));
        const std::string answer = control.ask("GET", "/");
        CPPUNIT_ASSERT(answer.size() > 3000000);
        CPPUNIT_ASSERT_EQUAL(std::to_string(bodyOf(answer).size()), headerOf(answer, "Content-Length"));
    }

    void isNotHeldByClientsThatNeverRead()
    {
        GateLimits limits;
        limits.answerTime = Millis(500);
        RunningControl control(withLimits(limits));
        control.host.show(snapshotWith(10000));
        std::vector<RawClient> deaf;
        for (int i = 0; i < 20; ++i)
        {
            deaf.push_back(i % 2 == 0 ? control.toTcp() : control.toSocket());
            CPPUNIT_ASSERT(deaf.back().send("GET / HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n\r\n"));
        }
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/children/1")));
        pollfd gone{deaf.back().descriptor(), 0, 0};
        CPPUNIT_ASSERT_MESSAGE("the connection was not cut in time", ::poll(&gone, 1, 20000) == 1);
    }

    void boundsTheAnswersThatWaitForSlowReaders()
    {
        GateLimits limits;
        limits.answerBytes = 1000000;
        RunningControl control(withLimits(limits));
        control.host.show(snapshotWith(20000));
        const std::string request = "GET / HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n\r\n";
        RawClient first = control.toTcp();
        CPPUNIT_ASSERT(first.send(request));
        char begin = 0;
        CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::recv(first.descriptor(), &begin, 1, MSG_PEEK));
        RawClient second = control.toTcp();
        CPPUNIT_ASSERT(second.send(request));
        const std::string whole = second.readAll();
        CPPUNIT_ASSERT_EQUAL(std::to_string(bodyOf(whole).size()), headerOf(whole, "Content-Length"));
        CPPUNIT_ASSERT(first.readAll().size() < whole.size());
    }

    void survivesClientsThatLeave()
    {
        RunningControl control;
        const std::string request =
            "POST /children/exit HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n\r\n";
        for (int i = 0; i < 100; ++i)
        {
            RawClient client = i % 2 == 0 ? control.toTcp() : control.toSocket();
            (void)client.send(request.substr(0, static_cast<std::size_t>(i) % (request.size() + 1)));
            const linger reset{1, 0};
            (void)::setsockopt(client.descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        }
        CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/")));
    }

    void keepsTheUnixSocketFreeWhileTcpIsFull()
    {
        RunningControl control;
        Door door;
        control.host.answerWith([&] { return door.pass(), done(); });
        std::vector<RawClient> clients;
        for (int i = 0; i < 40; ++i)
        {
            clients.push_back(control.toTcp());
            CPPUNIT_ASSERT(clients.back().send("GET /children/exit HTTP/1.1\r\nHost: " + control.endpoint() +
                                               "\r\n\r\n"));
        }
        door.waitFor(4);
        CPPUNIT_ASSERT_EQUAL(200,
                             statusOf(exchange(control.toSocket(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
        door.open();
        for (RawClient& client : clients) CPPUNIT_ASSERT_EQUAL(200, statusOf(client.readAll()));
    }

    /// The window is over when a timer of the test's own thread says so; every other thread must have slept
    /// through it. Tried a few times, because the end of an earlier request may still be on its way.
    void sleepsWhileNobodyAsks()
    {
        RunningControl control;
        for (int i = 0; i < 8; ++i) CPPUNIT_ASSERT_EQUAL(200, statusOf(control.ask("GET", "/")));
        long woken = -1;
        for (int i = 0; i < 4 && woken != 0; ++i)
        {
            const long before = voluntarySwitches();
            waitMillis(1000);
            woken = voluntarySwitches() - before;
            if (kThreadSanitizer && woken <= 12) woken = 0;  // its own thread looks ten times a second
        }
        CPPUNIT_ASSERT_EQUAL(0L, woken);
    }

    void stopsUnderLoadAndLeavesNothing()
    {
        const auto before = openDescriptors();
        for (int round = 0; round < 5; ++round)
        {
            RunningControl control;
            std::atomic<bool> going{true};
            std::atomic<int> answered{0};
            std::vector<std::thread> clients;
            for (int i = 0; i < 4; ++i)
                clients.emplace_back([&, i, path = control.path(), endpoint = control.endpoint()] {
                    while (going)
                    {
                        RawClient client =
                            i % 2 == 0 ? RawClient::toSocket(path) : RawClient::toTcp(endpoint);
                        if (!client.connected()) continue;
                        if (statusOf(exchange(std::move(client),
                                              "GET / HTTP/1.1\r\nHost: " + endpoint + "\r\n\r\n")) == 200)
                            ++answered;
                    }
                });
            const TimePoint deadline = Clock::now() + std::chrono::seconds(20);
            while (answered < 20 && Clock::now() < deadline) std::this_thread::yield();
            const TimePoint start = Clock::now();
            control.server.stop();
            const auto took = std::chrono::duration_cast<Millis>(Clock::now() - start);
            going = false;
            for (std::thread& client : clients) client.join();
            CPPUNIT_ASSERT(answered >= 20);
            CPPUNIT_ASSERT_MESSAGE(std::to_string(took.count()) + " ms", took < std::chrono::seconds(2));
        }
        CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
    }

    void answersWhatItHasTakenWhenItStops()
    {
        RunningControl control;
        Door door;
        control.host.answerWith([&] { return door.pass(), done(); });
        RawClient client = control.toSocket();
        CPPUNIT_ASSERT(client.send("POST /children/exit HTTP/1.1\r\nHost: x\r\n\r\n"));
        door.waitFor(1);
        RawClient half = control.toSocket();
        CPPUNIT_ASSERT(half.send("POST /chil"));
        std::thread opener([&] {
            // The half request is refused when the stop has begun.
            CPPUNIT_ASSERT(statusOf(half.readAll()) == 503);
            door.open();
        });
        control.server.stop();
        opener.join();
        CPPUNIT_ASSERT_EQUAL(200, statusOf(client.readAll()));
        CPPUNIT_ASSERT(!RawClient::toSocket(control.path()).connected());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GateTest);

}  // namespace clustermanager::control::test
