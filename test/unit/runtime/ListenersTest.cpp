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

/// Nothing where nobody listens.
FileDescriptor connected(const std::string& address)
{
    const bool local = address.rfind("unix:", 0) == 0;
    const Poco::Net::SocketAddress target(local ? address.substr(5) : address);
    FileDescriptor client(::socket(target.af(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(client.get(), target.addr(), target.length()) != 0) client.reset();
    return client;
}

bool accepts(const std::string& address)
{
    return static_cast<bool>(connected(address));
}

std::uint16_t portOf(const std::string& address)
{
    return Poco::Net::SocketAddress(address).port();
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
    CPPUNIT_TEST(socketOfOneThatLeavesIsTakenOver);
    CPPUNIT_TEST(fileOfOneThatLeavesIsTakenOverToo);
    CPPUNIT_TEST(namesAndAddressesCanBeSwapped);
    CPPUNIT_TEST(whatIsNotTakenOverAfterAllStaysAsItWas);
    CPPUNIT_TEST(whatStaysIsSharedWithNobody);
    CPPUNIT_TEST(whoOfThisHostIsInTheWayIsTold);
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
    static std::string refusalOf(Listeners& listeners, const std::vector<config::Listener>& wanted,
                                 const Listeners::Neighbours& neighbours)
    {
        try
        {
            listeners.open(wanted, neighbours);
        }
        catch (const StartError& problem)
        {
            CPPUNIT_ASSERT_EQUAL(69, problem.exitCode());
            return problem.message();
        }
        CPPUNIT_FAIL("it can be opened");
        return "";
    }
    static std::string namesOf(const Listeners& listeners)
    {
        std::string names;
        for (const core::ListenerSnapshot& listener : listeners.snapshot()) names += listener.name;
        return names;
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

    /// Whoever has connected already is served by those who get it then.
    void socketOfOneThatLeavesIsTakenOver()
    {
        Listeners listeners({onTcp("idle")});
        watch(listeners);
        const std::string address = listeners.snapshot()[0].address;
        const FileDescriptor client = connected(address);
        listeners.open({onTcp("busy", portOf(address))}, {{"idle"}, {}, ""});
        listeners.close("idle");
        CPPUNIT_ASSERT_EQUAL(std::string("busy"), namesOf(listeners));
        CPPUNIT_ASSERT_EQUAL(address, listeners.snapshot()[0].address);
        CPPUNIT_ASSERT(accepts(address));
        const FileDescriptor served(::accept(listeners.descriptors({"busy"})[0].get(), nullptr, nullptr));
        CPPUNIT_ASSERT(served);
        CPPUNIT_ASSERT_EQUAL(0, ::shutdown(listeners.descriptors({"busy"})[0].get(), SHUT_RDWR));
        turn();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _warnings.size());
        assertContains(_warnings[0], "listen.busy (");
        CPPUNIT_ASSERT(accepts(address));
    }

    void fileOfOneThatLeavesIsTakenOverToo()
    {
        const std::string path = _folder / "web.sock";
        {
            Listeners listeners({onUnix("old", path)});
            watch(listeners);
            const FileDescriptor client = connected("unix:" + path);
            listeners.open({onUnix("new", path)}, {{"old"}, {}, ""});
            listeners.close("old");
            CPPUNIT_ASSERT_EQUAL(std::string("new"), namesOf(listeners));
            CPPUNIT_ASSERT(accepts("unix:" + path));
            CPPUNIT_ASSERT(
                FileDescriptor(::accept(listeners.descriptors({"new"})[0].get(), nullptr, nullptr)));
            std::filesystem::rename(path, _folder / "aside");
            turnUntilWarnings(1);
            assertContains(_warnings[0], "listen.new (unix:" + path + "): its file was removed");
            std::filesystem::rename(_folder / "aside", path);
        }
        CPPUNIT_ASSERT_MESSAGE("it goes with its owner", !std::filesystem::exists(path));
    }

    void namesAndAddressesCanBeSwapped()
    {
        Listeners listeners({onTcp("a"), onTcp("b"), onUnix("c", _folder / "c"), onUnix("d", _folder / "d")});
        const std::string first = listeners.snapshot()[0].address;
        const std::string second = listeners.snapshot()[1].address;
        listeners.open({onTcp("a", portOf(second)), onTcp("b", portOf(first)), onUnix("c", _folder / "d"),
                        onUnix("d", _folder / "c")},
                       {});
        CPPUNIT_ASSERT_EQUAL(std::string("abcd"), namesOf(listeners));
        const std::vector<FileDescriptor> sockets = listeners.descriptors({"a", "b", "c", "d"});
        CPPUNIT_ASSERT_EQUAL(second, boundAddress(sockets[0]));
        CPPUNIT_ASSERT_EQUAL(first, boundAddress(sockets[1]));
        CPPUNIT_ASSERT_EQUAL("unix:" + (_folder / "d"), boundAddress(sockets[2]));
        CPPUNIT_ASSERT_EQUAL("unix:" + (_folder / "c"), boundAddress(sockets[3]));
        for (const core::ListenerSnapshot& listener : listeners.snapshot())
            CPPUNIT_ASSERT(accepts(listener.address));
    }

    void whatIsNotTakenOverAfterAllStaysAsItWas()
    {
        Listeners listeners({onTcp("a"), onUnix("b", _folder / "b")});
        const std::string address = listeners.snapshot()[0].address;
        CPPUNIT_ASSERT_THROW(listeners.open({onTcp("x", portOf(address)), onUnix("y", _folder / "b"),
                                             onUnix("z", _folder / "missing/z")},
                                            {{"a", "b"}, {}, ""}),
                             StartError);
        CPPUNIT_ASSERT_EQUAL(std::string("ab"), namesOf(listeners));
        CPPUNIT_ASSERT(accepts(address) && accepts("unix:" + (_folder / "b")));
    }

    void whatStaysIsSharedWithNobody()
    {
        Listeners listeners({onTcp("a"), onUnix("b", _folder / "b")});
        const std::uint16_t port = portOf(listeners.snapshot()[0].address);
        const std::vector<FileDescriptor> held = listeners.descriptors({"a"});
        assertContains(refusalOf(listeners, {onTcp("x", port)}, {{}, {&held[0]}, ""}),
                       "; listen.a of this host has 127.0.0.1:" + std::to_string(port) +
                           ": take that one out and reload first, or choose another address");
        assertContains(refusalOf(listeners, {onUnix("x", _folder / "b")}, {}),
                       "; listen.b of this host has unix:" + (_folder / "b") + ": ");
        assertContains(refusalOf(listeners, {onTcp("x", port), onTcp("y", port)}, {{"a"}, {}, ""}),
                       "listen.y: bind '127.0.0.1:" + std::to_string(port) +
                           "': Address already in use (98); listen.x has 127.0.0.1:" + std::to_string(port) +
                           ": ");
    }

    /// What cannot be taken over: another address, of the same port.
    void whoOfThisHostIsInTheWayIsTold()
    {
        Listeners listeners({onTcp("web")});
        const std::string address = listeners.snapshot()[0].address;
        config::Listener all = onTcp("web", portOf(address));
        all.host = "0.0.0.0";
        assertContains(refusalOf(listeners, {all}, {}),
                       "; listen.web of this host has " + address + ": take");

        const std::vector<FileDescriptor> held = listeners.descriptors({"web"});
        listeners.close("web");
        assertContains(refusalOf(listeners, {all}, {{}, {&held[0]}, ""}),
                       "; children of this host still serve on " + address + ": reload their group first");
        assertContains(refusalOf(listeners, {all}, {{}, {}, address}),
                       "; the control port of this host has " + address + ": move that one");
        CPPUNIT_ASSERT_EQUAL_MESSAGE("another port", std::string(),
                                     listeners.whoHas("0.0.0.0:1", {{}, {&held[0]}, address}));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            "another family", std::string(),
            listeners.whoHas("[::]:" + std::to_string(all.port), {{}, {&held[0]}, ""}));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("not on TCP", std::string(), listeners.whoHas("", {}));

        config::Listener other = onTcp("web", all.port);
        other.host = "127.0.0.2";
        listeners.open({other}, {{}, {&held[0]}, address});
        CPPUNIT_ASSERT(accepts("127.0.0.2:" + std::to_string(all.port)));
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
