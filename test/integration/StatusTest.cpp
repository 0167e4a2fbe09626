/// Goal: the status tells all there is to know, on the Unix socket and on TCP.
/// Method: a host with two groups; what the status says is compared with what the children and /proc say.
#include "HostFixture.h"

#include <Poco/JSON/Array.h>

#include "base/Sanitizers.h"

namespace {

using namespace clustermanager::integration;

class StatusTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(StatusTest);
    CPPUNIT_TEST(tellsAboutTheMaster);
    CPPUNIT_TEST(tellsAboutTheGroups);
    CPPUNIT_TEST(numbersChildrenOverAllGroups);
    CPPUNIT_TEST(agreesWithTheChildren);
    CPPUNIT_TEST(showsTheChildsOwnStatus);
    CPPUNIT_TEST(showsMemoryAndTime);
    CPPUNIT_TEST(masksSecrets);
    CPPUNIT_TEST(showsOneChildAndOneGroup);
    CPPUNIT_TEST(answersOnTcp);
    CPPUNIT_TEST(takesThePortFromTheEnvironment);
    CPPUNIT_TEST(showsTheLastEnd);
    CPPUNIT_TEST(showsAStart);
    CPPUNIT_TEST(reportsTakeNoMemory);
    CPPUNIT_TEST_SUITE_END();

    void twoGroups()
    {
        actors(2);
        actors(1, "overseer");
    }

    /// The TCP control port, as the host prints it.
    Poco::Net::SocketAddress printedControlPort()
    {
        waitOutput("http://127.0.0.1:");
        const std::string text = output();
        const std::size_t begin = text.find("http://127.0.0.1:") + 7;
        const std::size_t end = text.find_first_not_of("0123456789.:", begin);
        std::string address = text.substr(begin, end - begin);
        while (!address.empty() && (address.back() == '.' || address.back() == ':')) address.pop_back();
        return Poco::Net::SocketAddress(address);
    }

public:
    void tellsAboutTheMaster()
    {
        actors(1);
        const auto master = startReady().master();
        CPPUNIT_ASSERT_EQUAL(static_cast<int>(host().pid()), master->getValue<int>("pid"));
        CPPUNIT_ASSERT(!master->getValue<std::string>("version").empty());
        CPPUNIT_ASSERT_EQUAL(std::string("info"), master->getValue<std::string>("logLevel"));
        CPPUNIT_ASSERT(!master->getValue<bool>("stopping"));
        CPPUNIT_ASSERT(master->getValue<Poco::Int64>("uptimeMs") >= 0);
        CPPUNIT_ASSERT_EQUAL(std::string("2"), master->getValue<std::string>("startTime").substr(0, 1));
        const auto options = master->getObject("options");
        CPPUNIT_ASSERT_EQUAL(path("run/control.sock"),
                             options->getValue<std::string>("cluster.controlSocket"));
    }

    void tellsAboutTheGroups()
    {
        twoGroups();
        const StatusView view = startReady();
        const auto group = view.group("actor");
        CPPUNIT_ASSERT_EQUAL(2, group->getValue<int>("count"));
        CPPUNIT_ASSERT_EQUAL(2, group->getValue<int>("ready"));
        CPPUNIT_ASSERT_EQUAL(std::string("actor"), group->getObject("plugin")->getValue<std::string>("name"));
        CPPUNIT_ASSERT_EQUAL(std::string("1.2.3"),
                             group->getObject("plugin")->getValue<std::string>("version"));
        CPPUNIT_ASSERT_EQUAL(path("files/actor.so"),
                             group->getObject("plugin")->getValue<std::string>("path"));
        CPPUNIT_ASSERT_EQUAL(std::string("none"), view.masterState("actor"));
        const pid_t spawner = group->getValue<int>("spawnerPid");
        CPPUNIT_ASSERT_EQUAL(host().pid(), parentOf(spawner));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, threadsOf(spawner));
    }

    void numbersChildrenOverAllGroups()
    {
        twoGroups();
        const StatusView view = startReady();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, view.children().size());
        for (int id = 1; id <= 3; ++id)
            CPPUNIT_ASSERT_EQUAL(id, view.children()[static_cast<std::size_t>(id) - 1].id);
        std::size_t ofActors = 0;
        for (const ChildView& child : view.children())
        {
            if (child.group == "actor")
                CPPUNIT_ASSERT(child.json->getValue<std::size_t>("index") == ofActors++);
            else
                CPPUNIT_ASSERT_EQUAL(0, child.json->getValue<int>("index"));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, ofActors);
    }

    void agreesWithTheChildren()
    {
        twoGroups();
        const StatusView view = startReady();
        for (const ChildView& child : view.children())
        {
            const auto who = probe(child.id).askJson("who");
            CPPUNIT_ASSERT_EQUAL(static_cast<int>(child.pid), who->getValue<int>("pid"));
            CPPUNIT_ASSERT_EQUAL(child.group, who->getValue<std::string>("group"));
            CPPUNIT_ASSERT_EQUAL(child.json->getValue<int>("index"), who->getValue<int>("index"));
            CPPUNIT_ASSERT_EQUAL(child.json->getValue<int>("generation"), who->getValue<int>("generation"));
            CPPUNIT_ASSERT_EQUAL(0, who->getValue<int>("restarts"));
            const pid_t spawner = view.group(child.group)->getValue<int>("spawnerPid");
            CPPUNIT_ASSERT_EQUAL(spawner, parentOf(child.pid));
        }
    }

    void showsTheChildsOwnStatus()
    {
        actors(1);
        startReady();
        CPPUNIT_ASSERT(status().child(1).json->isNull("status"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(1).ask("status {\"answer\": 42, \"deep\": [1, {}]}"));
        const StatusView view = waitStatus(
            [](const StatusView& s) { return !s.child(1).json->isNull("status"); }, "a status should come");
        CPPUNIT_ASSERT_EQUAL(42, view.child(1).json->getObject("status")->getValue<int>("answer"));
    }

    void showsMemoryAndTime()
    {
        actors(1);
        set("cluster.updateStatusMs", "20");
        startReady();
        const auto reported = [](const StatusView& s) {
            const auto& json = s.child(1).json;
            return !json->isNull("rssKiB") && json->getValue<int>("rssKiB") > 100;
        };
        const StatusView view = waitStatus(reported, "the child should report its memory");
        CPPUNIT_ASSERT(view.child(1).json->getValue<int>("cpuMs") >= 0);
        CPPUNIT_ASSERT(view.child(1).json->getValue<int>("uptimeMs") >= 0);
        CPPUNIT_ASSERT(view.master()->getValue<int>("rssKiB") > 100);
    }

    void masksSecrets()
    {
        actors(1);
        set("cluster.webServerToken", "an-unguessable-secret-word");
        environment("SOME_SECRET", "another-unguessable-word");
        startReady();
        const std::string text = status().text();
        CPPUNIT_ASSERT(text.find("unguessable") == std::string::npos);
        CPPUNIT_ASSERT(text.find("webServerToken") != std::string::npos);
    }

    void showsOneChildAndOneGroup()
    {
        twoGroups();
        startReady();
        CPPUNIT_ASSERT(control("/children/3").body.find("\"id\":3") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(404, control("/children/4").status);
        CPPUNIT_ASSERT(control("/groups/overseer").body.find("\"overseer\"") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(404, control("/groups/nobody").status);
        CPPUNIT_ASSERT_EQUAL(404, control("/nowhere").status);
        CPPUNIT_ASSERT_EQUAL(405, control("/", "POST").status);
        CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"),
                             control("/nowhere").header("content-type").substr(0, 24));
    }

    void answersOnTcp()
    {
        actors(1);
        set("cluster.webServerPort", "0");
        startReady();
        const HttpAnswer answer = get(printedControlPort(), "/");
        CPPUNIT_ASSERT_EQUAL(200, answer.status);
        CPPUNIT_ASSERT_EQUAL(1, StatusView(answer.body).child(1).id);
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"), answer.header("content-type").substr(0, 16));
    }

    void takesThePortFromTheEnvironment()
    {
        actors(1);
        environment("CM_WEBSERVER_PORT", "0");
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, get(printedControlPort(), "/").status);
    }

    void showsTheLastEnd()
    {
        actors(1);
        restartFast();
        allowProblem("child 1");
        const pid_t victim = startReady().child(1).pid;
        probe(1).ask("exit 5");
        const auto last = waitRestarts(1, 1).json->getObject("lastExit");
        CPPUNIT_ASSERT_EQUAL(static_cast<int>(victim), last->getValue<int>("pid"));
        CPPUNIT_ASSERT_EQUAL(5, last->getValue<int>("code"));
        CPPUNIT_ASSERT(last->isNull("signal"));
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 5"), last->getValue<std::string>("text"));
        CPPUNIT_ASSERT(last->getValue<int>("maxRssKiB") > 100);
        CPPUNIT_ASSERT(last->getValue<int>("uptimeMs") >= 0);
    }

    void showsAStart()
    {
        actors(1);
        set("plugin.actor.start", "late");
        set("plugin.actor.gate", path("gate"));
        start();
        waitState(1, "starting");
        CPPUNIT_ASSERT_EQUAL(0, status().group("actor")->getValue<int>("ready"));
        writeFile(path("gate"), "");
        waitReady();
    }

    /// A thread that takes some for the first time gets a heap of its own, with room for 64 MB beside it.
    void reportsTakeNoMemory()
    {
        if (clustermanager::kSanitized) return;
        actors(1);
        set("cluster.updateStatusMs", "100");
        startReady();
        const std::string own = "{\"text\": \"" + std::string(500, 'x') + "\"}";
        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(1).ask("status " + own));
        const StatusView reported =
            waitStatus([](const StatusView& s) { return !s.child(1).json->isNull("status"); },
                       "the child should report");
        for (const std::string& line :
             linesOf(readFile("/proc/" + std::to_string(reported.child(1).pid) + "/maps")))
        {
            std::size_t dash = 0;
            const std::uint64_t begin = std::stoull(line, &dash, 16);
            const std::uint64_t size = std::stoull(line.substr(dash + 1), nullptr, 16) - begin;
            const bool room = line.find(" ---p ") != std::string::npos && size > 32'000'000;
            CPPUNIT_ASSERT_MESSAGE(line, !room);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StatusTest);

}  // namespace
