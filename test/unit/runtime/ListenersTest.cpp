/// Goal: the shared sockets listen for as long as the host lives, also when a child shuts one down; what
/// cannot be opened is told by name, with the right exit code. Method: real sockets on 127.0.0.1 and in a
/// folder of the test's own; the test is the child.
#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>

#include <Poco/Net/SocketAddress.h>

#include "base/ListenSocket.h"
#include "runtime/Listeners.h"
#include "runtime/StartError.h"
#include "unit/TemporaryFolder.h"
#include "unit/base/InForkedProcess.h"

namespace clustermanager::runtime::test {

using namespace std::chrono_literals;

namespace {

config::Listener onTcp(const std::string& name, std::uint16_t port = 0)
{
    return {name, "127.0.0.1:" + std::to_string(port), config::Listener::Family::Tcp, "127.0.0.1", port, ""};
}

config::Listener onUnix(const std::string& name, const std::string& path)
{
    return {name, "unix:" + path, config::Listener::Family::Unix, "", 0, path};
}

bool accepts(const std::string& address)
{
    const bool local = address.rfind("unix:", 0) == 0;
    const Poco::Net::SocketAddress target(local ? address.substr(5) : address);
    const FileDescriptor client(::socket(target.af(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(client.get(), target.addr(), target.length()) == 0;
}

}  // namespace

class ListenersTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ListenersTest);
    CPPUNIT_TEST(givesDescriptorsInTheOrderAskedFor);
    CPPUNIT_TEST(whoHasASocketKeepsItWhenItsListenerIsClosed);
    CPPUNIT_TEST(socketThatAChildShutsDownListensAgain);
    CPPUNIT_TEST(connectionsWakeNobodyHere);
    CPPUNIT_TEST(unixSocketThatIsShutDownIsToldAsLost);
    CPPUNIT_TEST(fileOfAUnixSocketGoesWithItsOwner);
    CPPUNIT_TEST(fileThatAnotherProcessPutInItsPlaceStays);
    CPPUNIT_TEST(removedFileIsToldOnceAndShown);
    CPPUNIT_TEST(fileThatIsMovedBackIsToldToo);
    CPPUNIT_TEST(removedFolderIsToldAsARemovedFile);
    CPPUNIT_TEST(removedFileIsBoundAgainWhenItsListenerIsOpenedAgain);
    CPPUNIT_TEST(whatAnotherImageHandsOverIsStillItsOwnFile);
    CPPUNIT_TEST(takenPortIsUnavailable);
    CPPUNIT_TEST(placeWhereNoSocketCanBeIsCannotCreate);
    CPPUNIT_TEST(folderThatMayNotBeWrittenIsNoPermission);
    CPPUNIT_TEST(whatWasOpenedBeforeAFailureIsClosedAgain);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    EventLoop _loop;
    std::vector<std::string> _warnings;

    void watch(Listeners& listeners)
    {
        listeners.watch(_loop, [this](const std::string& warning) { _warnings.push_back(warning); });
    }
    void turn()
    {
        CPPUNIT_ASSERT(!_loop.wait(Clock::now() + 20s).idle);
        _loop.dispatch();
    }
    static StartError failureOf(const std::vector<config::Listener>& wanted)
    {
        try
        {
            const Listeners listeners(wanted);
        }
        catch (const StartError& problem)
        {
            return problem;
        }
        CPPUNIT_FAIL("it can be opened");
        return {0, ""};
    }
    static void assertContains(const std::string& text, const std::string& part)
    {
        CPPUNIT_ASSERT_MESSAGE("'" + text + "' does not say '" + part + "'",
                               text.find(part) != std::string::npos);
    }

    void givesDescriptorsInTheOrderAskedFor()
    {
        const Listeners listeners({onTcp("a"), onTcp("b"), onTcp("c")});
        const std::vector<core::ListenerSnapshot> shown = listeners.snapshot();
        const std::vector<FileDescriptor> some = listeners.descriptors({"c", "a"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, some.size());
        CPPUNIT_ASSERT_EQUAL(shown[2].address, boundAddress(some[0]));
        CPPUNIT_ASSERT_EQUAL(shown[0].address, boundAddress(some[1]));
        CPPUNIT_ASSERT(listeners.descriptors({}).empty());
        CPPUNIT_ASSERT_EQUAL(std::string("b"), shown[1].name);
        CPPUNIT_ASSERT(accepts(shown[1].address));
    }

    void whoHasASocketKeepsItWhenItsListenerIsClosed()
    {
        Listeners listeners({onTcp("web")});
        const std::string address = listeners.snapshot()[0].address;
        {
            const std::vector<FileDescriptor> kept = listeners.descriptors({"web"});
            listeners.close("web");
            CPPUNIT_ASSERT(listeners.snapshot().empty() && accepts(address));
        }
        CPPUNIT_ASSERT(!accepts(address));
    }

    void socketThatAChildShutsDownListensAgain()
    {
        Listeners listeners({onTcp("web")});
        const std::string address = listeners.snapshot()[0].address;
        watch(listeners);
        for (std::size_t times = 1; times <= 3; ++times)
        {
            CPPUNIT_ASSERT_EQUAL(0, ::shutdown(listeners.descriptors({"web"})[0].get(), SHUT_RDWR));
            CPPUNIT_ASSERT(!accepts(address));
            turn();
            CPPUNIT_ASSERT_MESSAGE("the same port as before", accepts(address));
            CPPUNIT_ASSERT_EQUAL(times, _warnings.size());
            CPPUNIT_ASSERT_EQUAL("listen.web (" + address +
                                     "): a child has shut the shared socket down; it listens again",
                                 _warnings.back());
        }
    }

    void connectionsWakeNobodyHere()
    {
        Listeners listeners({onTcp("web")});
        watch(listeners);
        CPPUNIT_ASSERT(accepts(listeners.snapshot()[0].address));
        CPPUNIT_ASSERT(_loop.wait(Clock::now() + 20ms).idle);
        CPPUNIT_ASSERT(_warnings.empty());
    }

    void unixSocketThatIsShutDownIsToldAsLost()
    {
        Listeners listeners({onUnix("web", _folder / "web.sock")});
        watch(listeners);
        CPPUNIT_ASSERT(accepts("unix:" + (_folder / "web.sock")));
        CPPUNIT_ASSERT_EQUAL(0, ::shutdown(listeners.descriptors({"web"})[0].get(), SHUT_RDWR));
        turn();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _warnings.size());
        assertContains(_warnings[0], "it cannot be repaired");
        CPPUNIT_ASSERT_MESSAGE("told once", _loop.wait(Clock::now() + 20ms).idle);
    }

    void fileOfAUnixSocketGoesWithItsOwner()
    {
        const std::string path = _folder / "web.sock";
        {
            const Listeners listeners({onUnix("web", path)});
            CPPUNIT_ASSERT(std::filesystem::is_socket(path));
            CPPUNIT_ASSERT_EQUAL("unix:" + path, listeners.snapshot()[0].address);
        }
        CPPUNIT_ASSERT(!std::filesystem::exists(path));
    }

    void fileThatAnotherProcessPutInItsPlaceStays()
    {
        const std::string path = _folder / "web.sock";
        Result<FileDescriptor> other = SysError{};
        {
            const Listeners listeners({onUnix("web", path)});
            std::filesystem::remove(path);
            other = listenUnix(path, 0600);
            CPPUNIT_ASSERT(other.ok());
        }
        CPPUNIT_ASSERT(accepts("unix:" + path));
    }

    /// Until as many sentences were said.
    void turnUntilWarnings(std::size_t count)
    {
        for (const TimePoint until = Clock::now() + 20s; _warnings.size() < count;)
        {
            CPPUNIT_ASSERT(Clock::now() < until);
            (void)_loop.wait(until);
            _loop.dispatch();
        }
    }

    void removedFileIsToldOnceAndShown()
    {
        const std::string path = _folder / "web.sock";
        Listeners listeners({onUnix("web", path), onTcp("other")});
        watch(listeners);
        CPPUNIT_ASSERT(!listeners.snapshot()[0].fileLost);
        std::filesystem::remove(path);
        turnUntilWarnings(1);
        assertContains(_warnings[0], "listen.web (unix:" + path + "): its file was removed");
        assertContains(_warnings[0], "reload the configuration");
        CPPUNIT_ASSERT(listeners.snapshot()[0].fileLost && !listeners.snapshot()[1].fileLost);
        CPPUNIT_ASSERT(std::vector<std::string>{"web"} == listeners.lost());

        std::ofstream(_folder / "x") << "x";
        std::filesystem::remove(_folder / "x");  // wakes the watch
        turn();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("told once", std::size_t{1}, _warnings.size());
    }

    void fileThatIsMovedBackIsToldToo()
    {
        const std::string path = _folder / "web.sock";
        Listeners listeners({onUnix("web", path)});
        watch(listeners);
        std::filesystem::rename(path, _folder / "aside");
        turnUntilWarnings(1);
        std::filesystem::rename(_folder / "aside", path);
        turnUntilWarnings(2);
        assertContains(_warnings[1], "its file is there again");
        CPPUNIT_ASSERT(!listeners.snapshot()[0].fileLost && listeners.lost().empty());
    }

    void removedFolderIsToldAsARemovedFile()
    {
        std::filesystem::create_directory(_folder / "run");
        Listeners listeners({onUnix("web", _folder / "run/web.sock")});
        watch(listeners);
        std::filesystem::rename(_folder / "run", _folder / "aside");
        turnUntilWarnings(1);
        assertContains(_warnings[0], "its file was removed");
    }

    void removedFileIsBoundAgainWhenItsListenerIsOpenedAgain()
    {
        const std::string path = _folder / "web.sock";
        Listeners listeners({onUnix("web", path)});
        watch(listeners);
        std::filesystem::remove(path);
        turnUntilWarnings(1);
        listeners.open({onUnix("web", path)}, {});
        CPPUNIT_ASSERT(accepts("unix:" + path));
        CPPUNIT_ASSERT(listeners.lost().empty() && !listeners.snapshot()[0].fileLost);
        std::filesystem::remove(path);
        turnUntilWarnings(2);
    }

    void whatAnotherImageHandsOverIsStillItsOwnFile()
    {
        const std::string path = _folder / "web.sock";
        Listeners::State state;
        {
            const Listeners before({onUnix("web", path)});
            state = before.state().front();
            state.socket.number = ::dup(state.socket.number);
            std::filesystem::rename(path, _folder / "kept");
        }
        std::filesystem::rename(_folder / "kept", path);
        {
            const Listeners after(std::vector<Listeners::State>{state});
            CPPUNIT_ASSERT(accepts("unix:" + path));
        }
        CPPUNIT_ASSERT(!std::filesystem::exists(path));
    }

    void takenPortIsUnavailable()
    {
        Result<FileDescriptor> other = listenTcp("127.0.0.1", 0);
        CPPUNIT_ASSERT(other.ok());
        const std::uint16_t port = boundPort(other.value());
        const StartError problem = failureOf({onTcp("web", port)});
        CPPUNIT_ASSERT_EQUAL(69, problem.exitCode());
        assertContains(problem.message(), "listen.web: ");
        assertContains(problem.message(), "127.0.0.1:" + std::to_string(port));
        assertContains(problem.message(), "another process has it");
    }

    void placeWhereNoSocketCanBeIsCannotCreate()
    {
        CPPUNIT_ASSERT_EQUAL(73, failureOf({onUnix("web", _folder / "missing/web.sock")}).exitCode());
        std::ofstream(_folder / "file") << "precious";
        CPPUNIT_ASSERT_EQUAL(73, failureOf({onUnix("web", _folder / "file")}).exitCode());
        CPPUNIT_ASSERT_EQUAL(std::string("precious"), contentOf(_folder / "file"));
        CPPUNIT_ASSERT_EQUAL(73, failureOf({onUnix("web", '/' + std::string(200, 'x'))}).exitCode());
    }

    /// What helps a port does not help a file.
    void folderThatMayNotBeWrittenIsNoPermission()
    {
        std::filesystem::permissions(_folder.path(), std::filesystem::perms(0555));
        CPPUNIT_ASSERT_EQUAL(0, clustermanager::test::asNobody([this] {
                                 const StartError problem = failureOf({onUnix("web", _folder / "web.sock")});
                                 const std::string& text = problem.message();
                                 return problem.exitCode() == 77 &&
                                                text.find("Permission denied") != std::string::npos &&
                                                text.find("CAP_NET_BIND_SERVICE") == std::string::npos &&
                                                text.find("write to its folder") != std::string::npos
                                            ? 0
                                            : 1;
                             }));
    }

    void whatWasOpenedBeforeAFailureIsClosedAgain()
    {
        const std::string path = _folder / "first.sock";
        failureOf({onUnix("first", path), onUnix("second", _folder / "missing/second.sock")});
        CPPUNIT_ASSERT(!std::filesystem::exists(path));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenersTest);

}  // namespace clustermanager::runtime::test
