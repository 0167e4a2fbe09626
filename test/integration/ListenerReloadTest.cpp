/// Goal: listeners are added, removed and moved while the host serves; one that cannot be had changes
/// nothing, and no group loses a socket that it still uses.
/// Method: clients of the real sockets before and after the configuration is read again.
#include "HostFixture.h"

#include <filesystem>

#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>

namespace {

using namespace clustermanager::integration;

class ListenerReloadTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ListenerReloadTest);
    CPPUNIT_TEST(oneIsAdded);
    CPPUNIT_TEST(oneIsRemoved);
    CPPUNIT_TEST(oneIsMoved);
    CPPUNIT_TEST(onePortIsTakenBackFromTheChildrenThatHoldIt);
    CPPUNIT_TEST(oneIsRenamed);
    CPPUNIT_TEST(oneGetsTheAddressOfAnother);
    CPPUNIT_TEST(whoOfTheHostIsInTheWayIsTold);
    CPPUNIT_TEST(oneThatCannotBeHadChangesNothing);
    CPPUNIT_TEST(oneWhoseFileWasRemovedIsToldShownAndBoundAgain);
    CPPUNIT_TEST(aGroupThatStaysKeepsTheSocketItHas);
    CPPUNIT_TEST_SUITE_END();

    void group(const std::string& address = "127.0.0.1:0")
    {
        actors(2);
        restartFast();
        set("listen.front", address);
        set("plugin.actor.listen", "front");
        set("plugin.actor.serve", "front");
    }

    HttpAnswer reload()
    {
        writeConfig();
        return post("/config/reload?wait=10s");
    }

    void reloadWell()
    {
        const HttpAnswer answer = reload();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body + output(), 200, answer.status);
    }

    static bool serves(const Poco::Net::SocketAddress& address)
    {
        return !exchangeBytes(address, "").empty();
    }

    static bool refuses(const Poco::Net::SocketAddress& address)
    {
        try
        {
            Poco::Net::StreamSocket().connect(address, Poco::Timespan(10, 0));
        }
        catch (const Poco::Exception&)
        {
            return true;
        }
        return false;
    }

public:
    void oneIsAdded()
    {
        group();
        descriptorsMayGrow();
        startReady();
        const auto front = listener("front");
        set("listen.back", path("run/back.sock"));
        set("plugin.actor.listen", "front, back");
        set("plugin.actor.serve", "back");
        reloadWell();
        CPPUNIT_ASSERT(front == listener("front"));
        CPPUNIT_ASSERT(serves(Poco::Net::SocketAddress(path("run/back.sock"))));
        CPPUNIT_ASSERT(probe(1).ask("listener front") != "-1");
    }

    void oneIsRemoved()
    {
        group();
        set("listen.back", path("run/back.sock"));
        set("plugin.actor.listen", "front, back");
        startReady();
        CPPUNIT_ASSERT(exists(path("run/back.sock")));
        unset("listen.back");
        set("plugin.actor.listen", "front");
        reloadWell();
        CPPUNIT_ASSERT(!exists(path("run/back.sock")));
        CPPUNIT_ASSERT_THROW(listener("back"), std::runtime_error);
        CPPUNIT_ASSERT(serves(listener("front")));
        CPPUNIT_ASSERT(probe(1).ask("listener back") == "-1");

        const auto front = listener("front");
        unset("listen.front");
        unset("plugin.actor.listen");
        unset("plugin.actor.serve");
        reloadWell();
        CPPUNIT_ASSERT(waitFor([&] { return refuses(front); }));
    }

    void oneWhoseFileWasRemovedIsToldShownAndBoundAgain()
    {
        group(path("run/front.sock"));
        descriptorsMayGrow();
        expectProblem("its file was removed");
        startReady();
        CPPUNIT_ASSERT(status().text().find("fileLost") == std::string::npos);
        std::filesystem::remove(path("run/front.sock"));
        waitOutput("listen.front (unix:" + path("run/front.sock") + "): its file was removed");
        waitStatus(
            [](const StatusView& s) { return s.text().find("\"fileLost\":true") != std::string::npos; },
            "the listener should be shown as lost");
        reloadWell();
        CPPUNIT_ASSERT(serves(Poco::Net::SocketAddress(path("run/front.sock"))));
        waitStatus([](const StatusView& s) { return s.text().find("fileLost") == std::string::npos; },
                   "the listener should be there again");
        const std::vector<pid_t> before = status().pidsOf("actor");
        reloadWell();
        CPPUNIT_ASSERT_MESSAGE("a second reload has nothing to do", before == status().pidsOf("actor"));
    }

    void onePortIsTakenBackFromTheChildrenThatHoldIt()
    {
        group();
        set("plugin.actor.startIf", path("failing"));
        set("plugin.actor.start", "return78");
        allowProblem("group actor");
        allowProblem("child ");
        descriptorsMayGrow();
        startReady();
        const auto front = listener("front");
        writeFile(path("failing"), "");
        set("listen.front", front.toString());
        CPPUNIT_ASSERT_EQUAL(409, reload().status);
        CPPUNIT_ASSERT(listener("front") == front && serves(front));
        set("listen.front", "127.0.0.1:0");
        CPPUNIT_ASSERT_EQUAL(409, reload().status);
        CPPUNIT_ASSERT(listener("front") != front && serves(front));
        std::filesystem::remove(path("failing"));
        set("listen.front", front.toString());
        reloadWell();
        CPPUNIT_ASSERT(listener("front") == front && serves(front));
    }

    void oneIsMoved()
    {
        group(path("run/old.sock"));
        startReady();
        set("listen.front", path("run/new.sock"));
        reloadWell();
        CPPUNIT_ASSERT(serves(Poco::Net::SocketAddress(path("run/new.sock"))));
        CPPUNIT_ASSERT(!exists(path("run/old.sock")));
        CPPUNIT_ASSERT_EQUAL("unix:" + path("run/new.sock"), status().listenerAddress("front"));
    }

    /// In use or not, and whoever has connected meanwhile is served.
    void oneIsRenamed()
    {
        for (const bool local : {false, true})
        {
            renew();
            descriptorsMayGrow();
            group(local ? path("run/front.sock") : "127.0.0.1:0");
            set("listen.idle", "127.0.0.1:0");
            set("listen.local", path("run/idle.sock"));
            startReady();
            const auto front = local ? Poco::Net::SocketAddress(path("run/front.sock")) : listener("front");
            const auto idle = listener("idle");
            for (const char* name : {"front", "idle", "local"}) unset(std::string("listen.") + name);
            set("listen.web", front.toString());
            set("listen.busy", idle.toString());
            set("listen.near", path("run/idle.sock"));
            set("plugin.actor.listen", "web");
            set("plugin.actor.serve", "web");
            reloadWell();
            CPPUNIT_ASSERT(serves(front));
            CPPUNIT_ASSERT(listener("busy") == idle && !refuses(idle));
            CPPUNIT_ASSERT(!refuses(Poco::Net::SocketAddress(path("run/idle.sock"))));
            CPPUNIT_ASSERT_EQUAL(local ? "unix:" + front.toString() : front.toString(),
                                 status().listenerAddress("web"));
            CPPUNIT_ASSERT_THROW(listener("front"), std::runtime_error);
            for (const char* name : {"web", "busy", "near"}) unset(std::string("listen.") + name);
            unset("plugin.actor.listen");
            unset("plugin.actor.serve");
        }
    }

    void oneGetsTheAddressOfAnother()
    {
        group();
        descriptorsMayGrow();
        set("listen.idle", "127.0.0.1:0");
        set("plugin.actor.listen", "front");
        startReady();
        const auto front = listener("front");
        const auto idle = listener("idle");
        set("listen.front", idle.toString());
        unset("listen.idle");
        reloadWell();
        CPPUNIT_ASSERT(listener("front") == idle && serves(idle));
        CPPUNIT_ASSERT(waitFor([&] { return refuses(front); }));
    }

    /// What is left can be had in two steps.
    void whoOfTheHostIsInTheWayIsTold()
    {
        group();
        descriptorsMayGrow();
        set("listen.idle", "127.0.0.1:0");
        startReady();
        const auto idle = listener("idle");
        const std::string port = std::to_string(idle.port());
        const std::string told = "listen.idle of this host has " + idle.toString() + ": take that one out";
        expectProblem(told);

        set("listen.idle", "0.0.0.0:" + port);
        const HttpAnswer wider = reload();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(wider.body, 422, wider.status);
        CPPUNIT_ASSERT_MESSAGE(wider.body, wider.body.find(told) != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(wider.body, wider.body.find("another process") == std::string::npos);

        unset("listen.idle");
        set("cluster.webServerPort", port);
        const HttpAnswer taken = reload();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(taken.body, 422, taken.status);
        CPPUNIT_ASSERT_MESSAGE(taken.body, taken.body.find(told) != std::string::npos);

        unset("cluster.webServerPort");
        reloadWell();
        set("cluster.webServerPort", port);
        reloadWell();
        CPPUNIT_ASSERT(!refuses(idle));

        set("listen.idle", "0.0.0.0:" + port);
        expectProblem("the control port of this host has " + idle.toString());
        CPPUNIT_ASSERT_EQUAL(422, reload().status);
        unset("listen.idle");
        unset("cluster.webServerPort");
        reloadWell();
        CPPUNIT_ASSERT_MESSAGE("a thread of its own closes it", waitFor([&] { return refuses(idle); }));
        set("listen.idle", "0.0.0.0:" + port);
        reloadWell();
        CPPUNIT_ASSERT(!refuses(idle));
    }

    void oneThatCannotBeHadChangesNothing()
    {
        group();
        const StatusView before = startReady();
        const Poco::Net::ServerSocket other(Poco::Net::SocketAddress("127.0.0.1:0"));
        set("listen.back", other.address().toString());
        set("listen.third", path("run/third.sock"));
        set("plugin.actor.listen", "front, back, third");
        set("plugin.actor.count", "5");
        expectProblem("listen.back");
        const HttpAnswer answer = reload();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 422, answer.status);
        CPPUNIT_ASSERT_MESSAGE(answer.body, answer.body.find("another process has it") != std::string::npos);
        CPPUNIT_ASSERT(before.pidsOf("actor") == status().pidsOf("actor"));
        CPPUNIT_ASSERT(!exists(path("run/third.sock")));
        CPPUNIT_ASSERT_EQUAL(std::string("2"), status().master()->getObject("options")->getValue<std::string>(
                                                   "plugin.actor.count"));
        unset("listen.back");
        unset("listen.third");
        set("plugin.actor.listen", "front");
        set("plugin.actor.count", "2");
        reloadWell();
        CPPUNIT_ASSERT(serves(listener("front")));
    }

    /// The new processes fail, so the old ones stay, on the old address; their spawner and they themselves
    /// can still be replaced.
    void aGroupThatStaysKeepsTheSocketItHas()
    {
        group("127.0.0.1:0");
        set("plugin.actor.start", "return78");
        set("plugin.actor.startIf", path("failing"));
        allowProblem("group actor");
        allowProblem("child ");
        startReady();
        const auto old = listener("front");
        writeFile(path("failing"), "0 2");
        set("listen.front", path("run/front.sock"));
        const HttpAnswer answer = reload();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 409, answer.status);
        CPPUNIT_ASSERT(serves(old));
        const pid_t spawner = status().group("actor")->getValue<int>("spawnerPid");
        ::kill(spawner, SIGKILL);
        waitStatus(
            [&](const StatusView& s) {
                const auto json = s.group("actor");
                return json->getValue<std::string>("generationState") == "open" &&
                       json->getValue<int>("spawnerPid") != spawner;
            },
            "there should be another spawner");
        for (const int id : {1, 2})
        {
            signalChild(id);
            waitRestarts(id, 1);
        }
        CPPUNIT_ASSERT(serves(old));
        std::filesystem::remove(path("failing"));
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=10s").status);
        CPPUNIT_ASSERT(serves(Poco::Net::SocketAddress(path("run/front.sock"))));
        CPPUNIT_ASSERT(waitFor([&] { return refuses(old); }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenerReloadTest);

}  // namespace
