#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "link/Link.h"
#include "unit/base/InForkedProcess.h"

namespace clustermanager::link {

namespace {

FileDescriptor openNull()
{
    FileDescriptor opened(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    CPPUNIT_ASSERT(opened);
    return opened;
}

int countOpen()
{
    int open = 0;
    for (int fd = 0; fd < 1024; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0) ++open;
    return open;
}

}  // namespace

/// Goal: packets and descriptors arrive whole and in order or not at all, nothing waits, nothing leaks.
/// Method: both ends of a real socket pair in one process.
class LinkTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LinkTest);
    CPPUNIT_TEST(bothEndsAreCloseOnExecAndDoNotBlock);
    CPPUNIT_TEST(packetsArriveWholeAndInOrder);
    CPPUNIT_TEST(theLargestPacketArrivesAndALargerOneIsNotTaken);
    CPPUNIT_TEST(descriptorsArriveCloseOnExecAndAreClosedHere);
    CPPUNIT_TEST(asManyDescriptorsAsAllowedArrive);
    CPPUNIT_TEST(withoutAFreeDescriptorTheyAreLostAndNothingLeaks);
    CPPUNIT_TEST(aPacketOfAStrangerThatIsTooLongIsLost);
    CPPUNIT_TEST(aStrangersEmptyPacketClosesAndItsDescriptorsDoNotLeak);
    CPPUNIT_TEST(whatIsNotReadIsQueuedUpToTheBoundInPackets);
    CPPUNIT_TEST(whatIsNotReadIsQueuedUpToTheBoundInBytes);
    CPPUNIT_TEST(theQueueIsSentInOrderWithItsDescriptors);
    CPPUNIT_TEST(aPeerThatIsGoneIsReported);
    CPPUNIT_TEST(whatAPeerSentBeforeItWentIsStillRead);
    CPPUNIT_TEST(aQueueToAPeerThatIsGoneIsReported);
    CPPUNIT_TEST(aClosedLinkAnswersGoneAndClosed);
    CPPUNIT_TEST(aReleasedSocketIsTheCallers);
    CPPUNIT_TEST(memoryThatIsGivenBackIsUsedOnce);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        _openBefore = countOpen();
        LinkPair pair = std::move(makeLinkPair().value());
        _here = Link(std::move(pair.ours));
        _there = Link(std::move(pair.theirs));
    }

    void tearDown() override
    {
        _here.close();
        _there.close();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("no descriptor leaks", _openBefore, countOpen());
    }

    void bothEndsAreCloseOnExecAndDoNotBlock()
    {
        for (const Link* link : {&_here, &_there})
        {
            CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(link->fd(), F_GETFD));
            CPPUNIT_ASSERT((::fcntl(link->fd(), F_GETFL) & O_NONBLOCK) != 0);
        }
        CPPUNIT_ASSERT(std::holds_alternative<Link::Nothing>(_here.receive()));
    }

    void packetsArriveWholeAndInOrder()
    {
        CPPUNIT_ASSERT(_here.send({1, 2, 3}) == Link::SendResult::Taken);
        CPPUNIT_ASSERT(_here.sendMessage(ToSpawner{Close{}}) == Link::SendResult::Taken);
        CPPUNIT_ASSERT(received().bytes == Bytes({1, 2, 3}));
        CPPUNIT_ASSERT(received().bytes == encode(ToSpawner{Close{}}));
        CPPUNIT_ASSERT(std::holds_alternative<Link::Nothing>(_there.receive()));
    }

    void theLargestPacketArrivesAndALargerOneIsNotTaken()
    {
        CPPUNIT_ASSERT(_here.send(Bytes(kPacketBytesMax, 7)) == Link::SendResult::Taken);
        CPPUNIT_ASSERT(received().bytes == Bytes(kPacketBytesMax, 7));
        CPPUNIT_ASSERT(_here.send(Bytes(kPacketBytesMax + 1, 7)) == Link::SendResult::Full);
        CPPUNIT_ASSERT(std::holds_alternative<Link::Nothing>(_there.receive()));
    }

    void descriptorsArriveCloseOnExecAndAreClosedHere()
    {
        const int openBefore = countOpen();
        CPPUNIT_ASSERT(_here.send({1}, nulls(1)) == Link::SendResult::Taken);
        CPPUNIT_ASSERT_EQUAL(openBefore, countOpen());
        const Link::Packet packet = received();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, packet.fds.size());
        CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(packet.fds[0].get(), F_GETFD));
        struct stat file = {};
        CPPUNIT_ASSERT_EQUAL(0, ::fstat(packet.fds[0].get(), &file));
        CPPUNIT_ASSERT(S_ISCHR(file.st_mode));
    }

    void asManyDescriptorsAsAllowedArrive()
    {
        CPPUNIT_ASSERT(_here.send({1}, nulls(kPacketFdsMax)) == Link::SendResult::Taken);
        CPPUNIT_ASSERT_EQUAL(kPacketFdsMax, received().fds.size());
    }

    void withoutAFreeDescriptorTheyAreLostAndNothingLeaks()
    {
        CPPUNIT_ASSERT(_here.send({1}, nulls(3)) == Link::SendResult::Taken);
        CPPUNIT_ASSERT(_here.send({2}) == Link::SendResult::Taken);
        CPPUNIT_ASSERT_EQUAL(1, test::inForkedProcess([this] {
                                 const int openBefore = countOpen();
                                 const FileDescriptor lowestFree = openNull();
                                 // One of the three fits below the limit, so that the kernel takes the packet
                                 // apart.
                                 const rlimit limit = {static_cast<rlim_t>(lowestFree.get()) + 2, 1024};
                                 if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
                                 const Link::Received cut = _there.receive();
                                 const auto* lost = std::get_if<Link::Truncated>(&cut);
                                 return lost != nullptr && lost->bytes == Bytes{1} &&
                                        received().bytes == Bytes{2} && countOpen() == openBefore + 1;
                             }));
    }

    void aPacketOfAStrangerThatIsTooLongIsLost()
    {
        const Bytes bytes(kPacketBytesMax + 1, 7);
        CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(bytes.size()),
                             ::send(_here.fd(), bytes.data(), bytes.size(), 0));
        CPPUNIT_ASSERT(std::holds_alternative<Link::Truncated>(_there.receive()));
        CPPUNIT_ASSERT(std::holds_alternative<Link::Nothing>(_there.receive()));
    }

    void aStrangersEmptyPacketClosesAndItsDescriptorsDoNotLeak()
    {
        CPPUNIT_ASSERT(_here.send({}, nulls(2)) == Link::SendResult::Taken);
        CPPUNIT_ASSERT(std::holds_alternative<Link::Closed>(_there.receive()));
    }

    void whatIsNotReadIsQueuedUpToTheBoundInPackets()
    {
        fillSocket(10);
        for (std::size_t i = 1; i < Link::kQueuePackets; ++i)
            CPPUNIT_ASSERT(_here.send(Bytes(10, 1)) == Link::SendResult::Taken);
        CPPUNIT_ASSERT(_here.send(Bytes(10, 1)) == Link::SendResult::Full);
        CPPUNIT_ASSERT(_here.wantsWrite());
        (void)received();
        CPPUNIT_ASSERT(_here.flush() == Link::SendResult::Full);
        CPPUNIT_ASSERT(_here.send(Bytes(10, 1)) == Link::SendResult::Taken);
    }

    void whatIsNotReadIsQueuedUpToTheBoundInBytes()
    {
        fillSocket(kPacketBytesMax);
        std::size_t queued = kPacketBytesMax;
        while (_here.send(Bytes(kPacketBytesMax, 1)) == Link::SendResult::Taken) queued += kPacketBytesMax;
        CPPUNIT_ASSERT_EQUAL(Link::kQueueBytes, queued);
    }

    void theQueueIsSentInOrderWithItsDescriptors()
    {
        std::uint8_t sent = 0;
        while (!_here.wantsWrite())
            CPPUNIT_ASSERT(_here.send(Bytes(20'000, ++sent)) == Link::SendResult::Taken);
        CPPUNIT_ASSERT(_here.send({++sent}, nulls(2)) == Link::SendResult::Taken);
        std::uint8_t next = 0;
        std::size_t fds = 0;
        while (next < sent)
        {
            Link::Packet packet = received();
            CPPUNIT_ASSERT_EQUAL(++next, packet.bytes.at(0));
            fds = packet.fds.size();
            (void)_here.flush();
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, fds);
        CPPUNIT_ASSERT(!_here.wantsWrite());
        CPPUNIT_ASSERT(_here.flush() == Link::SendResult::Taken);
    }

    void aPeerThatIsGoneIsReported()
    {
        _there.close();
        CPPUNIT_ASSERT(std::holds_alternative<Link::Closed>(_here.receive()));
        CPPUNIT_ASSERT(_here.send({1}, nulls(1)) == Link::SendResult::Gone);
    }

    void whatAPeerSentBeforeItWentIsStillRead()
    {
        CPPUNIT_ASSERT(_there.send({1}) == Link::SendResult::Taken);
        CPPUNIT_ASSERT(_here.send({9}) ==
                       Link::SendResult::Taken);  // never read: makes the kernel say ECONNRESET
        _there.close();
        Link::Received first = _here.receive();
        CPPUNIT_ASSERT(std::holds_alternative<Link::Packet>(first));
        CPPUNIT_ASSERT(std::get<Link::Packet>(first).bytes == Bytes{1});
        CPPUNIT_ASSERT(std::holds_alternative<Link::Closed>(_here.receive()));
    }

    void aQueueToAPeerThatIsGoneIsReported()
    {
        fillSocket(1000);
        _there.close();
        CPPUNIT_ASSERT(_here.flush() == Link::SendResult::Gone);
        CPPUNIT_ASSERT(_here.send({1}) == Link::SendResult::Gone);
        _here.close();
        CPPUNIT_ASSERT(!_here.wantsWrite());
    }

    void aClosedLinkAnswersGoneAndClosed()
    {
        _here.close();
        CPPUNIT_ASSERT(!_here);
        CPPUNIT_ASSERT(_here.send({1}) == Link::SendResult::Gone);
        CPPUNIT_ASSERT(_here.flush() == Link::SendResult::Gone);
        CPPUNIT_ASSERT(std::holds_alternative<Link::Closed>(_here.receive()));
    }

    void aReleasedSocketIsTheCallers()
    {
        const int fd = _here.fd();
        const FileDescriptor socket = _here.release();
        CPPUNIT_ASSERT_EQUAL(fd, socket.get());
        CPPUNIT_ASSERT(!_here);
    }

    void memoryThatIsGivenBackIsUsedOnce()
    {
        Bytes memory(64, 9);
        const std::uint8_t* const place = memory.data();
        _there.giveBack(std::move(memory));
        CPPUNIT_ASSERT(_here.send({1, 2, 3}) == Link::SendResult::Taken);
        CPPUNIT_ASSERT(_here.send({4}) == Link::SendResult::Taken);
        const Link::Packet first = received();
        CPPUNIT_ASSERT(first.bytes == Bytes({1, 2, 3}));
        CPPUNIT_ASSERT(first.bytes.data() == place);
        CPPUNIT_ASSERT(received().bytes == Bytes({4}));
        CPPUNIT_ASSERT(first.bytes == Bytes({1, 2, 3}));
    }

private:
    Link::Packet received()
    {
        Link::Received any = _there.receive();
        CPPUNIT_ASSERT(std::holds_alternative<Link::Packet>(any));
        return std::get<Link::Packet>(std::move(any));
    }

    static std::vector<FileDescriptor> nulls(std::size_t count)
    {
        std::vector<FileDescriptor> fds;
        for (std::size_t i = 0; i < count; ++i) fds.push_back(openNull());
        return fds;
    }

    /// Until one packet is in the queue.
    void fillSocket(std::size_t size)
    {
        while (!_here.wantsWrite()) CPPUNIT_ASSERT(_here.send(Bytes(size, 1)) == Link::SendResult::Taken);
    }

    int _openBefore = 0;
    Link _here;
    Link _there;
};

CPPUNIT_TEST_SUITE_REGISTRATION(LinkTest);

}  // namespace clustermanager::link
