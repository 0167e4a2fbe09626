/// Goal: the control port opens only what it should, with the rights it should, and says in one sentence why
/// it
///       cannot; it replaces what a dead host left, and never takes anything from a live one.
/// Method: real sockets and files in folders of the test's own.
#include <Poco/Exception.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "control/TcpListener.h"
#include "control/UnixListener.h"
#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

namespace {

/// The sentence it fails with; "" where it does not fail.
template <class Attempt>
std::string failureOf(Attempt attempt)
{
    try
    {
        attempt();
    }
    catch (const Poco::Exception& problem)
    {
        return problem.message();
    }
    return "";
}

std::string failureOfListening(const std::string& path)
{
    return failureOf([&] { UnixListener(path).listen(); });
}

void assertContains(const std::string& text, const std::string& part)
{
    CPPUNIT_ASSERT_MESSAGE("'" + text + "' does not say '" + part + "'",
                           text.find(part) != std::string::npos);
}

mode_t modeOf(const std::string& path)
{
    struct stat found
    {};
    CPPUNIT_ASSERT_EQUAL(0, ::lstat(path.c_str(), &found));
    return found.st_mode & 07777U;
}

int option(int socket, int name)
{
    int value = -1;
    socklen_t length = sizeof value;
    CPPUNIT_ASSERT_EQUAL(0, ::getsockopt(socket, SOL_SOCKET, name, &value, &length));
    return value;
}

}  // namespace

class ListenerTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ListenerTest);
    CPPUNIT_TEST(makesTheFileForItsOwnerOnly);
    CPPUNIT_TEST(makesTheFolder);
    CPPUNIT_TEST(replacesAFileOfADeadHost);
    CPPUNIT_TEST(leavesALiveHostAlone);
    CPPUNIT_TEST(leavesOtherFilesAlone);
    CPPUNIT_TEST(refusesPathsThatCannotBe);
    CPPUNIT_TEST(removesOnlyItsOwnFile);
    CPPUNIT_TEST(sharesNoPort);
    CPPUNIT_TEST(saysWhyAnAddressCannotBeUsed);
    CPPUNIT_TEST(opensDescriptorsThatNoChildInherits);
    CPPUNIT_TEST(opensEverythingOrNothing);
    CPPUNIT_TEST(wantsATokenBeyondLoopback);
    CPPUNIT_TEST(restoresADeletedFile);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;

    void makesTheFileForItsOwnerOnly()
    {
        const mode_t before = ::umask(0);
        const std::string path = _folder / "a.sock";
        UnixListener listener(path);
        const FileDescriptor socket = listener.listen();
        ::umask(before);
        CPPUNIT_ASSERT_EQUAL(mode_t{0600}, modeOf(path));
        CPPUNIT_ASSERT(listener.intact());
    }

    void makesTheFolder()
    {
        UnixListener listener(_folder / "run/a.sock");
        const FileDescriptor socket = listener.listen();
        CPPUNIT_ASSERT_EQUAL(mode_t{0700}, modeOf(_folder / "run"));
        assertContains(failureOfListening(_folder / "x/y/a.sock"), "does not exist and cannot be made");
    }

    void replacesAFileOfADeadHost()
    {
        const std::string path = _folder / "a.sock";
        {
            UnixListener dead(path);
            dead.listen();
            std::filesystem::rename(path, path + ".kept");
        }
        std::filesystem::rename(path + ".kept", path);
        UnixListener listener(path);
        const FileDescriptor socket = listener.listen();
        CPPUNIT_ASSERT(RawClient::toSocket(path).connected());
    }

    void leavesALiveHostAlone()
    {
        const std::string path = _folder / "a.sock";
        UnixListener alive(path);
        const FileDescriptor socket = alive.listen();
        const std::string failure = failureOfListening(path);
        assertContains(failure, path);
        assertContains(failure, "another host is running on it");
        CPPUNIT_ASSERT(alive.intact());
        CPPUNIT_ASSERT(RawClient::toSocket(path).connected());
    }

    void leavesOtherFilesAlone()
    {
        const std::string file = _folder / "file";
        std::ofstream(file) << "precious";
        assertContains(failureOfListening(file), "no socket");
        const std::string link = _folder / "link";
        std::filesystem::create_symlink(file, link);
        assertContains(failureOfListening(link), "no socket");
        std::filesystem::create_directory(_folder / "folder");
        assertContains(failureOfListening(_folder / "folder"), "no socket");
        CPPUNIT_ASSERT_EQUAL(std::uintmax_t{8}, std::filesystem::file_size(file));
        assertContains(failureOfListening(file + "/a.sock"), "cannot be used");
    }

    void refusesPathsThatCannotBe()
    {
        assertContains(failureOfListening(""), "1 to 107 bytes");
        assertContains(failureOfListening(_folder / std::string(108, 'a')), "1 to 107 bytes");
        const std::string longest = _folder / std::string(107 - (_folder / "").size(), 'a');
        CPPUNIT_ASSERT_EQUAL(std::string(), failureOfListening(longest));
        assertContains(failureOfListening(longest + "a"), "1 to 107 bytes");
    }

    void removesOnlyItsOwnFile()
    {
        const std::string path = _folder / "a.sock";
        {
            UnixListener listener(path);
            const FileDescriptor socket = listener.listen();
        }
        CPPUNIT_ASSERT(!std::filesystem::exists(path));
        UnixListener first(path);
        const FileDescriptor firstSocket = first.listen();
        std::filesystem::rename(path, path + ".moved");
        UnixListener second(path);
        const FileDescriptor secondSocket = second.listen();
        CPPUNIT_ASSERT(!first.intact());
        first.remove();
        CPPUNIT_ASSERT(second.intact());
    }

    void sharesNoPort()
    {
        const TcpListener first = listenOnTcp("127.0.0.1", 0);
        CPPUNIT_ASSERT(first.port != 0);
        CPPUNIT_ASSERT_EQUAL(0, option(first.socket.get(), SO_REUSEPORT));
        CPPUNIT_ASSERT_EQUAL(1, option(first.socket.get(), SO_REUSEADDR));
        const std::string failure = failureOf([&] { listenOnTcp("127.0.0.1", first.port); });
        assertContains(failure, endpointText("127.0.0.1", first.port));
        assertContains(failure, "another program uses it");
    }

    void saysWhyAnAddressCannotBeUsed()
    {
        assertContains(failureOf([] { listenOnTcp("192.0.2.1", 0); }), "does not have that address");
        assertContains(failureOf([] { listenOnTcp("no.such.name", 0); }), "webServerAddress must be");
        assertContains(failureOf([] { listenOnTcp("", 0); }), "webServerAddress must be");
        CPPUNIT_ASSERT_EQUAL(std::string("[::1]:80"), endpointText("::1", 80));
        CPPUNIT_ASSERT(listenOnTcp("localhost", 0).port != 0);
    }

    void opensDescriptorsThatNoChildInherits()
    {
        const RunningControl control;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        {
            const int fd = std::stoi(entry.path().filename());
            std::error_code gone;
            const std::string what = std::filesystem::read_symlink(entry.path(), gone);
            const bool ours = what.find("socket:") == 0 || what.find("anon_inode:[event") == 0;
            if (!gone && ours && fd > 2)
                CPPUNIT_ASSERT_MESSAGE(what, (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        }
    }

    void opensEverythingOrNothing()
    {
        const TcpListener taken = listenOnTcp("127.0.0.1", 0);
        FakeHost host;
        ControlOptions options;
        options.socketPath = _folder / "a.sock";
        options.tcpPort = taken.port;
        ControlServer server(options, host, host, host.journal);
        assertContains(failureOf([&] { server.start(); }), "another program uses it");
        CPPUNIT_ASSERT(!std::filesystem::exists(options.socketPath));
        CPPUNIT_ASSERT_EQUAL(std::string(), server.tcpAddressInUse());
    }

    void wantsATokenBeyondLoopback()
    {
        FakeHost host;
        ControlOptions options;
        options.socketPath = _folder / "a.sock";
        options.tcpPort = 0;
        for (const char* address : {"0.0.0.0", "::", "192.0.2.1"})
        {
            options.tcpAddress = address;
            ControlServer server(options, host, host, host.journal);
            assertContains(failureOf([&] { server.start(); }), "needs a webServerToken");
        }
    }

    void restoresADeletedFile()
    {
        RunningControl control;
        const std::string request = "GET /children HTTP/1.0\r\n\r\n";
        CPPUNIT_ASSERT(control.server.socketFileIntact());
        CPPUNIT_ASSERT_EQUAL(200, statusOf(exchange(control.toSocket(), request)));
        std::filesystem::remove(control.path());
        CPPUNIT_ASSERT(!control.server.socketFileIntact());
        control.server.restoreSocketFile();
        CPPUNIT_ASSERT(control.server.socketFileIntact());
        CPPUNIT_ASSERT_EQUAL(mode_t{0600}, modeOf(control.path()));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(exchange(control.toSocket(), request)));
        control.server.restoreSocketFile();  // nothing to do
        CPPUNIT_ASSERT_EQUAL(200, statusOf(exchange(control.toSocket(), request)));
        control.server.stop();
        CPPUNIT_ASSERT(!std::filesystem::exists(control.path()));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenerTest);

}  // namespace clustermanager::control::test
