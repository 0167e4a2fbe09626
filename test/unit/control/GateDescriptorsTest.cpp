/// Goal: a host without a descriptor left still answers, one client at a time, says so once, does not
/// spin, and is itself again as soon as it can.
/// Method: a running control port in a process of its own that has opened all it may.
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "base/Sanitizers.h"
#include "unit/base/InForkedProcess.h"
#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

namespace {

constexpr const char* kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

FileDescriptor unixSocket()
{
    return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

/// Takes all descriptors that are left, and gives them back.
class NoDescriptors
{
public:
    NoDescriptors()
    {
        (void)::getrlimit(RLIMIT_NOFILE, &_usual);
        rlimit few = _usual;
        few.rlim_cur = std::min<rlim_t>(_usual.rlim_cur, 1'024);  // beyond what is open, the port's own too
        (void)::setrlimit(RLIMIT_NOFILE, &few);
        for (int fd = 0; (fd = ::dup(STDIN_FILENO)) >= 0;) _taken.emplace_back(fd);
    }
    ~NoDescriptors() { (void)::setrlimit(RLIMIT_NOFILE, &_usual); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

private:
    rlimit _usual = {};
    std::vector<FileDescriptor> _taken;
};

struct Counted
{
    std::atomic<int> warnings{0};
    RunningControl control;

    Counted() : control(options(warnings)) {}

    static ControlOptions options(std::atomic<int>& warnings)
    {
        ControlOptions options;
        options.warn = [&](const std::string&) { ++warnings; };
        return options;
    }
};

/// 0: each of them was answered, and what was wrong was told once.
int askOneAfterTheOther()
{
    Counted port;
    FileDescriptor sockets[] = {unixSocket(), unixSocket(), unixSocket()};
    const NoDescriptors none;
    std::vector<RawClient> clients;  // not closed, as that would leave room for the next one
    for (FileDescriptor& socket : sockets)
    {
        RawClient& client = clients.emplace_back(RawClient::toSocket(port.control.path(), std::move(socket)));
        if (!client.connected() || !client.send(kRequest)) return 1;
        client.finishSending();
        if (statusOf(client.readAll()) != 200) return 2;
    }
    return port.warnings == 1 ? 0 : 3;
}

/// 0: a stream, which would keep the last one, is refused, and the next client served.
int followWithTheLastOne()
{
    Counted port;
    FileDescriptor sockets[] = {unixSocket(), unixSocket()};
    const NoDescriptors none;
    RawClient follower = RawClient::toSocket(port.control.path(), std::move(sockets[0]));
    if (!follower.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")) return 1;
    follower.finishSending();
    if (statusOf(follower.readAll()) != 503) return 2;
    RawClient next = RawClient::toSocket(port.control.path(), std::move(sockets[1]));
    if (!next.send(kRequest)) return 3;
    next.finishSending();
    return statusOf(next.readAll()) == 200 ? 0 : 4;
}

/// 0: the port warned once, waited without spinning, and answered as soon as it could.
int askWhileSomebodyHoldsTheLastOne()
{
    Counted port;
    FileDescriptor first = unixSocket();
    FileDescriptor second = unixSocket();
    std::optional<NoDescriptors> none(std::in_place);
    const RawClient holder = RawClient::toSocket(port.control.path(), std::move(first));
    RawClient stuck = RawClient::toSocket(port.control.path(), std::move(second));
    if (!holder.connected() || !stuck.connected() || !stuck.send(kRequest)) return 1;
    const TimePoint deadline = Clock::now() + std::chrono::seconds(20);
    while (port.warnings == 0 && Clock::now() < deadline) std::this_thread::yield();
    if (port.warnings == 0) return 2;
    rusage before{};
    rusage after{};
    ::getrusage(RUSAGE_SELF, &before);
    pollfd answer = {stuck.descriptor(), POLLIN, 0};
    if (::poll(&answer, 1, 500) != 0) return 3;
    ::getrusage(RUSAGE_SELF, &after);
    if (after.ru_nvcsw - before.ru_nvcsw > 50) return 4;
    none.reset();
    if (statusOf(stuck.readAll()) != 200) return 5;
    return port.warnings == 1 ? 0 : 6;
}

}  // namespace

class GateDescriptorsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GateDescriptorsTest);
    CPPUNIT_TEST(servesOneAtATimeWithoutAny);
    CPPUNIT_TEST(refusesAStreamThatWouldKeepTheLastOne);
    CPPUNIT_TEST(waitsForTheLastOneWithoutSpinning);
    CPPUNIT_TEST_SUITE_END();

    void servesOneAtATimeWithoutAny()
    {
        if (kThreadSanitizer) return;  // a fork of a process with threads may start none there
        CPPUNIT_ASSERT_EQUAL(0, clustermanager::test::inForkedProcess(&askOneAfterTheOther));
    }

    void refusesAStreamThatWouldKeepTheLastOne()
    {
        if (kThreadSanitizer) return;
        CPPUNIT_ASSERT_EQUAL(0, clustermanager::test::inForkedProcess(&followWithTheLastOne));
    }

    void waitsForTheLastOneWithoutSpinning()
    {
        if (kThreadSanitizer) return;
        CPPUNIT_ASSERT_EQUAL(0, clustermanager::test::inForkedProcess(&askWhileSomebodyHoldsTheLastOne));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GateDescriptorsTest);

}  // namespace clustermanager::control::test
