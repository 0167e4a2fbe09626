/// Goal: whoever follows the events of a host is told what happens in it, in order and with nothing left out,
/// over
///       an upgrade too; whoever follows a child's log sees its lines through restart and rotation.
/// Method: streams of the real host, while children crash and groups and configuration change.
#include <filesystem>

#include "UpgradeFixture.h"
#include "unit/control/StreamClient.h"

namespace {

using namespace clustermanager::integration;
using clustermanager::control::test::RawClient;
using clustermanager::control::test::StreamClient;

class StreamTest : public UpgradeFixture
{
    CPPUNIT_TEST_SUITE(StreamTest);
    CPPUNIT_TEST(isCountedAsLongAsItIsOpen);
    CPPUNIT_TEST(tellsOfACrash);
    CPPUNIT_TEST(tellsOfAReload);
    CPPUNIT_TEST(tellsOfAConfigurationThatIsReadAgain);
    CPPUNIT_TEST(tellsWhoseTheLastEndOfARemovedGroupWas);
    CPPUNIT_TEST(tellsOfTheStopToItsEnd);
    CPPUNIT_TEST(goesOnAfterAnUpgrade);
    CPPUNIT_TEST(followsALogThroughRotation);
    CPPUNIT_TEST(followsALogThroughARestart);
    CPPUNIT_TEST(knowsTheFolderOfEachGeneration);
    CPPUNIT_TEST(doesNotKnowALogOfPocosKeys);
    CPPUNIT_TEST(leavesNoDescriptorOfReadersThatLeave);
    CPPUNIT_TEST_SUITE_END();

    StreamClient follow(const std::string& target, const std::string& fields = "") const
    {
        StreamClient client(RawClient::toSocket(path("run/control.sock")), target, fields);
        CPPUNIT_ASSERT_EQUAL(200, clustermanager::control::test::statusOf(client.head()));
        return client;
    }

    /// What matters of an event: "child 1 ready", "exit 1 SIGKILL".
    static std::string shortly(const StreamClient::Event& event)
    {
        const auto json = Poco::JSON::Parser().parse(event.data).extract<Poco::JSON::Object::Ptr>();
        CPPUNIT_ASSERT_EQUAL(event.id, json->getValue<std::uint64_t>("id"));
        CPPUNIT_ASSERT_EQUAL(event.kind, json->getValue<std::string>("kind"));
        const auto value = [&](const char* key) { return json->optValue<std::string>(key, ""); };
        if (event.kind == "child") return "child " + value("child") + ' ' + value("to");
        if (event.kind == "exit")
            return "exit " + value("child") + ' ' +
                   json->getObject("exit")->optValue<std::string>("signal", "0");
        if (event.kind == "operation") return value("operationKind") + ' ' + value("state");
        if (event.kind == "config") return "config " + value("applied");
        if (event.kind == "host") return "host " + value("what");
        return event.kind;
    }

    /// Up to this one, each once where several follow each other.
    static std::vector<std::string> upTo(StreamClient& client, const std::string& last)
    {
        std::vector<std::string> all;
        do
        {
            std::string next = shortly(client.next());
            if (all.empty() || all.back() != next) all.push_back(std::move(next));
        } while (all.back() != last);
        return all;
    }

    static void assertEvents(const std::vector<std::string>& wanted, const std::vector<std::string>& found)
    {
        std::string text;
        for (const std::string& one : found) text += one + '\n';
        CPPUNIT_ASSERT_MESSAGE(text, wanted == found);
    }

public:
    void isCountedAsLongAsItIsOpen()
    {
        actors(1);
        startReady();
        const auto open = [this](int number) {
            const std::string line = "clustermanager_event_streams_open " + std::to_string(number) + "\n";
            return waitFor([&] { return control("/metrics").body.find(line) != std::string::npos; });
        };
        CPPUNIT_ASSERT(open(0));
        {
            const StreamClient events = follow("/events");
            CPPUNIT_ASSERT(open(1));
        }
        CPPUNIT_ASSERT(open(0));
    }

    void tellsOfACrash()
    {
        actors(2);
        restartFast();
        allowProblem("child 1");
        startReady();
        StreamClient events = follow("/events?group=actor");
        signalChild(1);
        assertEvents(
            {"exit 1 SIGKILL", "child 1 stopped", "child 1 spawning", "child 1 starting", "child 1 ready"},
            upTo(events, "child 1 ready"));
        StreamClient narrowed = follow("/events?after=0&child=1&kind=exit");
        CPPUNIT_ASSERT_EQUAL(std::string("exit 1 SIGKILL"), shortly(narrowed.next()));
    }

    void tellsOfAReload()
    {
        actors(1);
        startReady();
        StreamClient children = follow("/events?kind=child");
        StreamClient operations = follow("/events?kind=operation");
        CPPUNIT_ASSERT_EQUAL(202, post("/groups/actor/reload").status);
        assertEvents({"child 2 spawning", "child 2 starting", "child 2 ready", "child 1 stopping",
                      "child 1 stopped", "child 1 spawning", "child 1 starting", "child 1 ready",
                      "child 2 stopping", "child 2 stopped"},
                     upTo(children, "child 2 stopped"));
        assertEvents({"reload running", "reload done"}, upTo(operations, "reload done"));
    }

    void tellsOfAConfigurationThatIsReadAgain()
    {
        descriptorsMayGrow();
        actors(1);
        startReady();
        StreamClient events = follow("/events?kind=config");
        StreamClient children = follow("/events?kind=child");
        actors(2);
        writeConfig();
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        CPPUNIT_ASSERT_EQUAL(std::string("config true"), shortly(events.next()));
        assertEvents({"child 2 spawning", "child 2 starting", "child 2 ready"},
                     upTo(children, "child 2 ready"));
        set("cluster.count", "many");
        writeConfig();
        expectProblem("cluster.count");
        CPPUNIT_ASSERT_EQUAL(422, post("/config/reload?wait=10s").status);
        CPPUNIT_ASSERT_EQUAL(std::string("config false"), shortly(events.next()));
    }

    /// It is that of its run_master, which is let go when the child is gone.
    void tellsWhoseTheLastEndOfARemovedGroupWas()
    {
        actors(1);
        set("plugin.over.path", testPlugin("overseer"));
        set("plugin.over.count", "1");
        set("plugin.over.runMaster", "isolated");
        set("plugin.over.master", "slow");
        set("plugin.over.masterFile", path("notes"));
        startReady();
        waitStatus([](const StatusView& s) { return s.masterState("over") == "running"; }, "run_master runs");
        const pid_t master = status().masterPid("over");
        StreamClient events = follow("/events?group=over&kind=exit");
        set("plugin.over.enabled", "false");
        writeConfig();
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        CPPUNIT_ASSERT_EQUAL(std::string("exit 2 0"), shortly(events.next()));
        writeFile(path("notes.go"), "");
        const StreamClient::Event last = events.next();
        CPPUNIT_ASSERT_MESSAGE(last.data, last.data.find("\"runMaster\":true") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(last.data, last.data.find("\"pid\":" + std::to_string(master) + ',') !=
                                              std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(last.data, last.data.find("run_master (over): ") != std::string::npos);
    }

    void tellsOfTheStopToItsEnd()
    {
        actors(1);
        startReady();
        StreamClient events = follow("/events?kind=host,child,exit");
        host().signal(SIGTERM);
        std::vector<std::string> found = upTo(events, "exit 1 0");
        CPPUNIT_ASSERT(std::find(found.begin(), found.end(), "host stopping") != found.end());
        const std::string rest = events.rest();
        CPPUNIT_ASSERT_MESSAGE(rest, rest.find(": the host has stopped\n") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(0, waitForExit());
    }

    /// The numbers go on, so the reader that comes again with the last it has seen misses nothing that is
    /// still known, and is told of the rest.
    void goesOnAfterAnUpgrade()
    {
        actors(1);
        restartFast();
        allowProblem("child 1");
        startReady();
        StreamClient before = follow("/events");
        upgrade();
        const std::string rest = before.rest();
        const std::size_t at = rest.rfind("\nid: ");
        const std::uint64_t seen = at == std::string::npos ? 0 : std::stoull(rest.substr(at + 5));
        CPPUNIT_ASSERT_MESSAGE(rest, seen > 0);
        CPPUNIT_ASSERT_MESSAGE(rest, rest.find(": the host goes on in another program") != std::string::npos);
        StreamClient after = follow("/events", "Last-Event-ID: " + std::to_string(seen) + "\r\n");
        signalChild(1);
        std::uint64_t last = seen;
        std::vector<std::string> found;
        while (found.empty() || found.back() != "child 1 ready")
        {
            const StreamClient::Event event = after.next();
            CPPUNIT_ASSERT_EQUAL(last + 1, event.id);
            last = event.id;
            found.push_back(shortly(event));
        }
        CPPUNIT_ASSERT(std::find(found.begin(), found.end(), "host upgraded") != found.end());
        CPPUNIT_ASSERT(std::find(found.begin(), found.end(), "exit 1 SIGKILL") != found.end());
    }

    void followsALogThroughRotation()
    {
        actors(1);
        set("cluster.logRotateSize", "20K");
        set("cluster.logRotateCount", "15");
        startReady();
        probe(1).ask("log 2 so that there is a file");
        StreamClient lines = follow("/children/1/log?follow=1&tail=0");
        for (int round = 0; round < 4; ++round)
        {
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("lines 1000"));
            for (int i = 1; i <= 1000;)
            {
                const std::string line = lines.next().data;
                const std::size_t at = line.rfind("line ");
                if (at == std::string::npos) continue;
                CPPUNIT_ASSERT_EQUAL(i, std::stoi(line.substr(at + 5)));
                ++i;
            }
        }
        CPPUNIT_ASSERT(exists(path("log/actor-1.log.1")));
        CPPUNIT_ASSERT(control("/children/1/log?tail=1").body.find("line 1000 end\n") != std::string::npos);
    }

    void followsALogThroughARestart()
    {
        actors(1);
        restartFast();
        allowProblem("child 1");
        startReady();
        StreamClient lines = follow("/children/1/log?follow=1");
        for (unsigned round = 1; round <= 3; ++round)
        {
            const std::string words = "round " + std::to_string(round);
            probe(1).ask("log 2 " + words + "\x1b[31m");
            std::string line;
            do line = lines.next().data;
            while (line.find(words) == std::string::npos);
            CPPUNIT_ASSERT(line.find('\x1b') == std::string::npos);
            signalChild(1);
            waitRestarts(1, round);
        }
    }

    void knowsTheFolderOfEachGeneration()
    {
        actors(1);
        startReady();
        probe(1).ask("log 2 in the first folder");
        CPPUNIT_ASSERT(control("/children/1/log").body.find("in the first folder") != std::string::npos);
        set("cluster.logFolder", path("other"));
        writeConfig();
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        waitReady();
        probe(1).ask("log 2 in the second folder");
        const std::string log = control("/children/1/log").body;
        CPPUNIT_ASSERT_MESSAGE(log, log.find("in the second folder") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(log, log.find("in the first folder") == std::string::npos);
    }

    void doesNotKnowALogOfPocosKeys()
    {
        actors(1);
        set("logging.channels.file.class", "FileChannel");
        set("logging.channels.file.path", path("log/") + "mine-${system.env.CM_CHILD_ID}.log");
        set("logging.loggers.root.channel", "file");
        startReady();
        CPPUNIT_ASSERT_EQUAL(409, control("/children/1/log").status);
        CPPUNIT_ASSERT_EQUAL(404, control("/children/9/log").status);
    }

    /// The fixture counts them when the host ends.
    void leavesNoDescriptorOfReadersThatLeave()
    {
        actors(1);
        startReady();
        probe(1).ask("log 2 so that there is a file");
        for (int i = 0; i < 50; ++i)
        {
            (void)follow("/events");
            (void)follow("/children/1/log?follow=1");
            CPPUNIT_ASSERT_EQUAL(200, control("/children/1/log").status);
        }
        upgrade();
        StreamClient again = follow("/events?after=0");
        CPPUNIT_ASSERT_EQUAL(std::string("gap"), again.next().kind);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StreamTest);

}  // namespace
