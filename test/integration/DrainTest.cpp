/// Goal: a child that is replaced, or asked to exit, goes as plugin_api/README.md says: it serves on for
/// drainDelayMs, leaves accept, finishes what it holds, waits for no client without end, and the status
/// tells. Method: clients of the examples hello and echo who have sent half a request, or more than they have
/// read, when the child is asked to go: what it does then depends on no timing.
#include "HostFixture.h"

#include <sys/socket.h>

#include "load/Answer.h"

namespace {

using namespace clustermanager::integration;
using clustermanager::load::Answer;

/// A client that says what it is told, in pieces, and reads what comes.
class Talker
{
public:
    explicit Talker(const Poco::Net::SocketAddress& address) : _socket(address)
    {
        _socket.setReceiveTimeout(Poco::Timespan(20L * timeFactor(), 0));
    }

    void say(const std::string& text)
    {
        for (std::size_t sent = 0; sent < text.size();)
            sent += static_cast<std::size_t>(
                _socket.sendBytes(text.data() + sent, static_cast<int>(text.size() - sent), MSG_NOSIGNAL));
    }

    /// Until both directions are full, as nothing is read here; how many bytes that were.
    std::size_t sayUntilFull()
    {
        constexpr std::size_t kMost = std::size_t{64} * 1024 * 1024;
        constexpr int kStuckMs = 200;
        const std::string part(std::size_t{64} * 1024, 'e');
        const int fd = _socket.impl()->sockfd();
        std::size_t taken = 0;
        for (pollfd room{fd, POLLOUT, 0}; taken < kMost && ::poll(&room, 1, kStuckMs) == 1;)
        {
            const ssize_t size = ::send(fd, part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (size > 0) taken += static_cast<std::size_t>(size);
        }
        return taken;
    }

    /// The next answer; fails where none comes whole.
    Answer answer()
    {
        for (;;)
        {
            const auto result = clustermanager::load::readAnswer(_bytes);
            if (const auto* whole = std::get_if<Answer>(&result))
            {
                const Answer copy = *whole;
                _bytes.erase(0, copy.bytes);
                return copy;
            }
            CPPUNIT_ASSERT_MESSAGE("an answer that ends with: " + _bytes, receive());
        }
    }

    /// What comes until the end of the connection, which must be no reset.
    std::string rest()
    {
        while (receive())
        {}
        return std::move(_bytes);
    }

private:
    bool receive()
    {
        char part[16'384];
        const int size = _socket.receiveBytes(part, sizeof part);
        if (size > 0) _bytes.append(part, static_cast<std::size_t>(size));
        return size > 0;
    }

    Poco::Net::StreamSocket _socket;
    std::string _bytes;
};

class DrainTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(DrainTest);
    CPPUNIT_TEST(aReplacedChildAnswersWhatItHolds);
    CPPUNIT_TEST(aKeptConnectionIsToldToClose);
    CPPUNIT_TEST(whoIsNotAcceptedIsForTheNext);
    CPPUNIT_TEST(aHalfSentRequestIsCut);
    CPPUNIT_TEST(itServesOnForItsDrainDelay);
    CPPUNIT_TEST(theStatusTellsWhatIsHeld);
    CPPUNIT_TEST(echoGivesBackWhatItTookInAReload);
    CPPUNIT_TEST(echoLetsTheIdleGoInAReload);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kHead = "GET / HTTP/1.1\r\n";
    static constexpr const char* kRest = "Host: x\r\n\r\n";

    /// One child of an example on the listener "front".
    Poco::Net::SocketAddress serve(const std::string& name)
    {
        pluginFile(examplePlugin(name));
        const std::string section = "plugin." + name + ".";
        set(section + "count", "1");
        set(section + "updateStatusMs", "20ms");
        set(section + "shutdownTimeoutMs", "60s");
        set("listen." + std::string(name == "hello" ? "http" : name), "127.0.0.1:0");
        startReady();
        return listener(name == "hello" ? "http" : name);
    }

    void beginReload(const std::string& group)
    {
        CPPUNIT_ASSERT_EQUAL(202, control("/groups/" + group + "/reload", "POST").status);
    }

    /// Until child 1, not yet replaced, has been asked to go and has learned it.
    void waitDraining() { (void)waitState(1, "stopping"); }

    /// Until child 1 says so of itself: "held" or "requests".
    void waitNumber(const char* field, int count)
    {
        (void)waitStatus(
            [&](const StatusView& s) {
                const auto json = s.child(1).json;
                return !json->isNull(field) && json->getValue<int>(field) == count;
            },
            std::string(field) + " should be " + std::to_string(count));
    }

    void waitHeld(int count) { waitNumber("held", count); }

    /// The process of before has ended in peace, and another one has its place.
    void expectReplaced()
    {
        const ChildView child = waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), child.lastExit());
        (void)waitStatus([](const StatusView& s) { return s.children().size() == 1 && s.allReady(); },
                         "there should be one child, which is ready");
    }

    /// Asked once already, so that it is kept.
    static void beIdle(Talker& client)
    {
        client.say(std::string(kHead) + kRest);
        CPPUNIT_ASSERT(!client.answer().closes);
    }

    /// The child knows that it is to leave: who is idle is sent away then.
    static void waitSentAway(Talker& idle) { CPPUNIT_ASSERT_EQUAL(std::string(), idle.rest()); }

    /// Half a request, known to be held.
    void sendHalf(Talker& client)
    {
        client.say(kHead);
        waitHeld(1);
    }

public:
    void aReplacedChildAnswersWhatItHolds()
    {
        const Poco::Net::SocketAddress address = serve("hello");
        Talker idle(address);
        beIdle(idle);
        Talker client(address);
        client.say(kHead);
        waitHeld(2);
        beginReload("hello");
        waitSentAway(idle);
        client.say(kRest);
        const Answer answer = client.answer();
        CPPUNIT_ASSERT_EQUAL(200, answer.status);
        CPPUNIT_ASSERT_EQUAL(std::string("Hello\n"), answer.body);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), answer.child);
        CPPUNIT_ASSERT(answer.closes);
        CPPUNIT_ASSERT_EQUAL(std::string(), client.rest());
        expectReplaced();
    }

    void aKeptConnectionIsToldToClose()
    {
        const Poco::Net::SocketAddress address = serve("hello");
        Talker idle(address);
        beIdle(idle);
        Talker client(address);
        for (int i = 0; i < 3; ++i) beIdle(client);
        client.say(kHead);  // or it would be idle as well
        beginReload("hello");
        waitSentAway(idle);
        client.say(kRest);
        const Answer answer = client.answer();
        CPPUNIT_ASSERT_EQUAL(200, answer.status);
        CPPUNIT_ASSERT(answer.closes);
        CPPUNIT_ASSERT_EQUAL(std::string(), client.rest());
        expectReplaced();
    }

    /// Without a stand-in nobody serves meanwhile: who comes then waits for the successor, and is not lost.
    void whoIsNotAcceptedIsForTheNext()
    {
        const Poco::Net::SocketAddress address = serve("hello");
        Talker holder(address);
        sendHalf(holder);
        CPPUNIT_ASSERT_EQUAL(200, control("/children/1/exit", "POST").status);
        waitDraining();
        // Whoever is idle in accept has left by the time that what is held alone keeps the process.
        const pid_t pid = status().child(1).pid;
        CPPUNIT_ASSERT(waitFor([pid] { return threadsOf(pid) == 3; }));  // run_child, the link, the holder's
        Talker next(address);
        next.say(std::string(kHead) + "Connection: close\r\n" + kRest);
        holder.say(kRest);
        CPPUNIT_ASSERT_EQUAL(200, holder.answer().status);
        const Answer answer = next.answer();
        CPPUNIT_ASSERT_EQUAL(200, answer.status);
        CPPUNIT_ASSERT_EQUAL(std::string("Hello\n"), answer.body);
        CPPUNIT_ASSERT_EQUAL(1u, waitRestarts(1, 1).restarts);
        waitNumber("requests", 1);  // of the successor
    }

    void aHalfSentRequestIsCut()
    {
        Talker client(serve("hello"));
        sendHalf(client);
        beginReload("hello");
        const auto begin = std::chrono::steady_clock::now();
        const Answer answer = client.answer();
        CPPUNIT_ASSERT_EQUAL(408, answer.status);
        CPPUNIT_ASSERT(answer.closes);
        CPPUNIT_ASSERT_EQUAL(std::string(), client.rest());
        expectReplaced();
        // Before shutdownTimeoutMs, and before Poco's own time-out, both 60 s.
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begin < Millis(30'000) * timeFactor());
    }

    void itServesOnForItsDrainDelay()
    {
        constexpr Millis kDelay{1500};
        set("plugin.hello.drainDelayMs", std::to_string(kDelay.count()));
        const Poco::Net::SocketAddress address = serve("hello");
        Talker kept(address);
        kept.say(std::string(kHead) + kRest);
        CPPUNIT_ASSERT(!kept.answer().closes);
        const pid_t before = status().child(1).pid;

        const auto asked = std::chrono::steady_clock::now();
        CPPUNIT_ASSERT_EQUAL(200, control("/children/1/exit", "POST").status);
        waitDraining();
        CPPUNIT_ASSERT_EQUAL(0u, status().group("hello")->getValue<unsigned>("ready"));
        // It serves as if nothing had been asked: those who come, and those who are there.
        Talker fresh(address);
        for (Talker* client : {&kept, &fresh})
        {
            client->say(std::string(kHead) + kRest);
            const Answer answer = client->answer();
            CPPUNIT_ASSERT_EQUAL(200, answer.status);
            const bool inTime = std::chrono::steady_clock::now() - asked < kDelay;
            CPPUNIT_ASSERT_MESSAGE("closed within the drain delay", !inTime || !answer.closes);
        }
        const auto gone = [&](const StatusView& s) { return s.child(1).pid != before; };
        (void)waitStatus(gone, "the child should go");
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - asked >= kDelay);
        CPPUNIT_ASSERT_EQUAL(std::string(), kept.rest());
        expectReplaced();
    }

    void theStatusTellsWhatIsHeld()
    {
        const Poco::Net::SocketAddress address = serve("hello");
        waitHeld(0);
        Talker one(address);
        Talker two(address);
        for (Talker* client : {&one, &two}) client->say(kHead);
        waitHeld(2);
        beginReload("hello");
        waitDraining();
        waitHeld(2);
        one.say(kRest);
        CPPUNIT_ASSERT_EQUAL(200, one.answer().status);
        waitHeld(1);
        two.say(kRest);
        CPPUNIT_ASSERT_EQUAL(200, two.answer().status);
        expectReplaced();
        waitHeld(0);
    }

    /// It is in the middle of sending back when it is asked to go: the client does not read.
    void echoGivesBackWhatItTookInAReload()
    {
        Talker client(serve("echo"));
        const std::size_t sent = client.sayUntilFull();
        waitHeld(1);
        beginReload("echo");
        waitDraining();
        const std::string back = client.rest();
        CPPUNIT_ASSERT_EQUAL(sent, back.size());
        expectReplaced();
    }

    void echoLetsTheIdleGoInAReload()
    {
        Talker client(serve("echo"));
        client.say("x");
        waitHeld(1);
        beginReload("echo");
        CPPUNIT_ASSERT_EQUAL(std::string("x"), client.rest());
        expectReplaced();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DrainTest);

}  // namespace
