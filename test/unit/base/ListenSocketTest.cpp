#include <arpa/inet.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/ListenSocket.h"
#include "unit/TemporaryFolder.h"

namespace clustermanager {

namespace {

/// 0, or the errno of the attempt to connect.
int connectTo(std::uint16_t port)
{
    const FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

int connectTo(const std::string& path)
{
    const FileDescriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return ::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

int errorOf(const Result<FileDescriptor>& result)
{
    return result.ok() ? 0 : result.error().code;
}

mode_t modeOf(const std::string& path)
{
    struct stat facts = {};
    CPPUNIT_ASSERT_EQUAL(0, ::lstat(path.c_str(), &facts));
    return facts.st_mode & 07777U;
}

}  // namespace

/// Goal: a listening socket is where it should be, for whom it should be, and nobody's address is taken.
/// Method: real sockets on the loopback and in a folder of the test's own.
class ListenSocketTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ListenSocketTest);
    CPPUNIT_TEST(listensOnAPortOfTheKernelsChoice);
    CPPUNIT_TEST(listensOnTheSixthVersionToo);
    CPPUNIT_TEST(doesNotShareAPort);
    CPPUNIT_TEST(unknownHostIsAnError);
    CPPUNIT_TEST(doesNotBlockAndIsNotInherited);
    CPPUNIT_TEST(shutDownSocketListensAgainOnItsPort);
    CPPUNIT_TEST(unixSocketHasExactlyItsMode);
    CPPUNIT_TEST(replacesASocketFileOfTheDead);
    CPPUNIT_TEST(leavesALiveSocketAlone);
    CPPUNIT_TEST(leavesOtherFilesAlone);
    CPPUNIT_TEST(pathMustFit);
    CPPUNIT_TEST(unixSocketDoesNotListenAgain);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    const std::string _path = _folder / "a.sock";

    void listensOnAPortOfTheKernelsChoice()
    {
        const Result<FileDescriptor> socket = listenTcp("127.0.0.1", 0);
        CPPUNIT_ASSERT(socket.ok());
        const std::uint16_t port = boundPort(socket.value());
        CPPUNIT_ASSERT(port != 0);
        CPPUNIT_ASSERT_EQUAL("127.0.0.1:" + std::to_string(port), boundAddress(socket.value()));
        CPPUNIT_ASSERT_EQUAL(0, connectTo(port));
    }

    void listensOnTheSixthVersionToo()
    {
        const Result<FileDescriptor> socket = listenTcp("::1", 0);
        if (errorOf(socket) == EADDRNOTAVAIL || errorOf(socket) == EAFNOSUPPORT) return;  // not this machine
        CPPUNIT_ASSERT(socket.ok());
        CPPUNIT_ASSERT_EQUAL("[::1]:" + std::to_string(boundPort(socket.value())),
                             boundAddress(socket.value()));
    }

    void doesNotShareAPort()
    {
        const Result<FileDescriptor> first = listenTcp("127.0.0.1", 0);
        CPPUNIT_ASSERT(first.ok());
        const Result<FileDescriptor> second = listenTcp("127.0.0.1", boundPort(first.value()));
        CPPUNIT_ASSERT_EQUAL(EADDRINUSE, errorOf(second));
        CPPUNIT_ASSERT_EQUAL(boundAddress(first.value()), second.error().object);
    }

    void unknownHostIsAnError()
    {
        const Result<FileDescriptor> socket = listenTcp("no such host", 0);
        CPPUNIT_ASSERT(!socket.ok());
        CPPUNIT_ASSERT_EQUAL(std::string("no such host"), socket.error().object);
        CPPUNIT_ASSERT_EQUAL(EADDRNOTAVAIL, errorOf(listenTcp("192.0.2.1", 0)));
    }

    void doesNotBlockAndIsNotInherited()
    {
        const Result<FileDescriptor> tcp = listenTcp("127.0.0.1", 0);
        const Result<FileDescriptor> local = listenUnix(_path, 0600);
        for (const Result<FileDescriptor>* socket : {&tcp, &local})
        {
            CPPUNIT_ASSERT(socket->ok());
            CPPUNIT_ASSERT((::fcntl(socket->value().get(), F_GETFL) & O_NONBLOCK) != 0);
            CPPUNIT_ASSERT((::fcntl(socket->value().get(), F_GETFD) & FD_CLOEXEC) != 0);
        }
    }

    void shutDownSocketListensAgainOnItsPort()
    {
        const Result<FileDescriptor> socket = listenTcp("127.0.0.1", 0);
        CPPUNIT_ASSERT(socket.ok());
        const std::uint16_t port = boundPort(socket.value());
        CPPUNIT_ASSERT_EQUAL(0, ::shutdown(socket.value().get(), SHUT_RDWR));
        CPPUNIT_ASSERT_EQUAL(ECONNREFUSED, connectTo(port));
        CPPUNIT_ASSERT(listenAgain(socket.value()).ok());
        CPPUNIT_ASSERT_EQUAL(port, boundPort(socket.value()));
        CPPUNIT_ASSERT_EQUAL(0, connectTo(port));
    }

    void unixSocketHasExactlyItsMode()
    {
        for (const mode_t umask : {mode_t{0}, mode_t{0777}})
            for (const mode_t mode : {mode_t{0600}, mode_t{0660}, mode_t{0666}})
            {
                const mode_t before = ::umask(umask);
                const Result<FileDescriptor> socket = listenUnix(_path, mode);
                ::umask(before);
                CPPUNIT_ASSERT(socket.ok());
                CPPUNIT_ASSERT_EQUAL(mode, modeOf(_path));
                CPPUNIT_ASSERT_EQUAL("unix:" + _path, boundAddress(socket.value()));
                CPPUNIT_ASSERT_EQUAL(std::uint16_t{0}, boundPort(socket.value()));
                CPPUNIT_ASSERT_EQUAL(0, connectTo(_path));
            }
    }

    void replacesASocketFileOfTheDead()
    {
        listenUnix(_path, 0600).value().reset();
        CPPUNIT_ASSERT_EQUAL(ECONNREFUSED, connectTo(_path));
        const Result<FileDescriptor> socket = listenUnix(_path, 0600);
        CPPUNIT_ASSERT(socket.ok());
        CPPUNIT_ASSERT_EQUAL(0, connectTo(_path));
    }

    void leavesALiveSocketAlone()
    {
        const Result<FileDescriptor> first = listenUnix(_path, 0600);
        CPPUNIT_ASSERT(first.ok());
        CPPUNIT_ASSERT_EQUAL(EADDRINUSE, errorOf(listenUnix(_path, 0600)));
        CPPUNIT_ASSERT_EQUAL(0, connectTo(_path));
    }

    void leavesOtherFilesAlone()
    {
        std::ofstream(_path) << "precious";
        CPPUNIT_ASSERT_EQUAL(ENOTSOCK, errorOf(listenUnix(_path, 0600)));
        CPPUNIT_ASSERT_EQUAL(std::string("precious"), contentOf(_path));
        const std::string link = _folder / "link";
        std::filesystem::create_symlink(_folder / "nowhere", link);
        CPPUNIT_ASSERT_EQUAL(ENOTSOCK, errorOf(listenUnix(link, 0600)));
        CPPUNIT_ASSERT_EQUAL(ENOENT, errorOf(listenUnix(_folder / "missing/a.sock", 0600)));
    }

    void pathMustFit()
    {
        CPPUNIT_ASSERT_EQUAL(ENAMETOOLONG, errorOf(listenUnix('/' + std::string(107, 'x'), 0600)));
        CPPUNIT_ASSERT_EQUAL(ENAMETOOLONG, errorOf(listenUnix("", 0600)));
    }

    void unixSocketDoesNotListenAgain()
    {
        const Result<FileDescriptor> socket = listenUnix(_path, 0600);
        CPPUNIT_ASSERT(socket.ok());
        const Result<int> again = listenAgain(socket.value());
        CPPUNIT_ASSERT(!again.ok());
        CPPUNIT_ASSERT_EQUAL(EINVAL, again.error().code);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenSocketTest);

}  // namespace clustermanager
