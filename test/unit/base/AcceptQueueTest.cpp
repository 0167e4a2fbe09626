/// Goal: who waits to be accepted is counted, on every kind of listener.
/// Method: real sockets that nobody accepts on, and clients that connect.
#include <cppunit/extensions/HelperMacros.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "base/AcceptQueue.h"
#include "base/ListenSocket.h"

namespace clustermanager {

class AcceptQueueTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AcceptQueueTest);
    CPPUNIT_TEST(ofTcp);
    CPPUNIT_TEST(ofAUnixSocket);
    CPPUNIT_TEST(ofNothingThatListens);
    CPPUNIT_TEST_SUITE_END();

    template <class Address>
    static FileDescriptor connectTo(const Address& address)
    {
        FileDescriptor client(
            ::socket(reinterpret_cast<const sockaddr&>(address).sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        CPPUNIT_ASSERT_EQUAL(
            0, ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
        return client;
    }

    template <class Address>
    static void checkQueue(const FileDescriptor& listener, const Address& address)
    {
        CPPUNIT_ASSERT_EQUAL(0, ::listen(listener.get(), 5));
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{0}, acceptQueue(listener)->length);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{5}, acceptQueue(listener)->limit);
        std::vector<FileDescriptor> clients;
        for (std::uint32_t i = 1; i <= 3; ++i)
        {
            clients.push_back(connectTo(address));
            CPPUNIT_ASSERT_EQUAL(i, acceptQueue(listener)->length);
        }
        const FileDescriptor accepted(::accept(listener.get(), nullptr, nullptr));
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{2}, acceptQueue(listener)->length);
    }

    void ofTcp()
    {
        const Result<FileDescriptor> listener = listenTcp("127.0.0.1", 0);
        CPPUNIT_ASSERT(listener.ok());
        sockaddr_in address = {};
        socklen_t size = sizeof address;
        CPPUNIT_ASSERT_EQUAL(
            0, ::getsockname(listener.value().get(), reinterpret_cast<sockaddr*>(&address), &size));
        checkQueue(listener.value(), address);
    }

    void ofAUnixSocket()
    {
        const std::string path = "/tmp/cm-accept-queue-" + std::to_string(::getpid()) + ".sock";
        const Result<FileDescriptor> listener = listenUnix(path, 0600);
        CPPUNIT_ASSERT(listener.ok());
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        checkQueue(listener.value(), address);
        (void)::unlink(path.c_str());
    }

    void ofNothingThatListens() { CPPUNIT_ASSERT(!acceptQueue(FileDescriptor()).has_value()); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AcceptQueueTest);

}  // namespace clustermanager
