/// Goal: each example plugin does what its first lines promise.
/// Method: each is run by the real host and used as its users would.
#include "HostFixture.h"

#include <csignal>

namespace {

using namespace clustermanager::integration;

class SmallPluginsTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(SmallPluginsTest);
    CPPUNIT_TEST(helloGreets);
    CPPUNIT_TEST(helloLogsRequestsAtDebug);
    CPPUNIT_TEST(helloFinishesWhatItBegan);
    CPPUNIT_TEST(echoSendsBack);
    CPPUNIT_TEST(echoGivesBackWhatItTook);
    CPPUNIT_TEST(workerGetsTasksDone);
    CPPUNIT_TEST(workersMasterMayHaveAProcessOfItsOwn);
    CPPUNIT_TEST(serverMainRunsUnchanged);
    CPPUNIT_TEST(plainCCounts);
    CPPUNIT_TEST(plainCRefusesABadPeriod);
    CPPUNIT_TEST_SUITE_END();

    void example(const std::string& name, unsigned count = 2)
    {
        pluginFile(examplePlugin(name));
        set("plugin." + name + ".count", std::to_string(count));
    }

    void waitLog(const std::string& group, int id, const std::string& text)
    {
        CPPUNIT_ASSERT_MESSAGE(text + " in " + childLog(group, id),
                               waitFor([&] { return childLog(group, id).find(text) != std::string::npos; }));
    }

    /// The child's own status, once it has `field` above `least`.
    void waitOwnStatus(int id, const std::string& field, int least)
    {
        const auto holds = [&](const StatusView& s) {
            const auto& json = s.child(id).json;
            return !json->isNull("status") && json->getObject("status")->getValue<int>(field) > least;
        };
        waitStatus(holds, field + " should be above " + std::to_string(least));
    }

public:
    void helloGreets()
    {
        example("hello");
        set("listen.http", "127.0.0.1:0");
        set("plugin.hello.greeting", "Good morning");
        startReady();
        const HttpAnswer answer = get(listener("http"), "/");
        CPPUNIT_ASSERT_EQUAL(200, answer.status);
        CPPUNIT_ASSERT_EQUAL(std::string("Good morning\n"), answer.body);
        CPPUNIT_ASSERT(answer.header("x-child") == "1" || answer.header("x-child") == "2");
        CPPUNIT_ASSERT_EQUAL(std::string("0"), answer.header("x-restarts"));
        CPPUNIT_ASSERT(get(listener("http"), "/status").body.find("\"requests\":") != std::string::npos);
        waitOwnStatus(std::stoi(answer.header("x-child")), "requests", 0);
    }

    void helloLogsRequestsAtDebug()
    {
        example("hello", 1);
        set("listen.http", "127.0.0.1:0");
        startReady();
        get(listener("http"), "/before");
        CPPUNIT_ASSERT_EQUAL(200, control("/logLevel/debug").status);
        get(listener("http"), "/after");
        const std::string log = childLog("hello", 1);
        CPPUNIT_ASSERT_MESSAGE(log, log.find("GET /after") != std::string::npos);
        CPPUNIT_ASSERT(log.find("GET /before") == std::string::npos);
    }

    /// A request that was begun is answered although its child was asked to exit meanwhile.
    void helloFinishesWhatItBegan()
    {
        example("hello", 1);
        set("listen.http", "127.0.0.1:0");
        startReady();
        const Poco::Net::SocketAddress address = listener("http");
        Poco::Net::StreamSocket client(address);
        client.setReceiveTimeout(Poco::Timespan(10L * timeFactor(), 0));
        const std::string half = "GET / HTTP/1.1\r\n";
        client.sendBytes(half.data(), static_cast<int>(half.size()));
        // The one who answers this has accepted the first one before.
        get(address, "/");
        CPPUNIT_ASSERT_EQUAL(200, control("/children/exit").status);
        const std::string rest = "Host: x\r\n\r\n";
        client.sendBytes(rest.data(), static_cast<int>(rest.size()));
        std::string answer;
        char part[4096];
        for (int size = 0; (size = client.receiveBytes(part, sizeof part)) > 0;)
            answer.append(part, static_cast<std::size_t>(size));
        CPPUNIT_ASSERT_EQUAL(200, parseAnswer(answer).status);
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), waitRestarts(1, 1).lastExit());
    }

    void echoSendsBack()
    {
        example("echo");
        set("listen.echo", "127.0.0.1:0");
        startReady();
        for (int round = 0; round < 20; ++round)
        {
            Poco::Net::StreamSocket client(listener("echo"));
            client.setReceiveTimeout(Poco::Timespan(10L * timeFactor(), 0));
            const std::string text(static_cast<std::size_t>(1 + round * 997), 'e');
            client.sendBytes(text.data(), static_cast<int>(text.size()));
            client.shutdownSend();
            std::string back;
            char part[4096];
            for (int size = 0; (size = client.receiveBytes(part, sizeof part)) > 0;)
                back.append(part, static_cast<std::size_t>(size));
            CPPUNIT_ASSERT_EQUAL(text.size(), back.size());
        }
        Poco::Net::StreamSocket idle(listener("echo"));
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    /// What was sent before the child was asked to exit comes back, and the connection is closed then.
    void echoGivesBackWhatItTook()
    {
        example("echo", 1);
        set("listen.echo", "127.0.0.1:0");
        startReady();
        Poco::Net::StreamSocket client(listener("echo"));
        client.setReceiveTimeout(Poco::Timespan(10L * timeFactor(), 0));
        char part[4096];
        client.sendBytes("x", 1);
        CPPUNIT_ASSERT_EQUAL(1, client.receiveBytes(part, sizeof part));
        const std::string text(50'000, 'e');
        client.sendBytes(text.data(), static_cast<int>(text.size()));
        CPPUNIT_ASSERT_EQUAL(200, control("/children/exit").status);
        std::size_t back = 0;
        for (int size = 0; (size = client.receiveBytes(part, sizeof part)) > 0;)
            back += static_cast<std::size_t>(size);
        CPPUNIT_ASSERT_EQUAL(text.size(), back);
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), waitRestarts(1, 1).lastExit());
    }

    void workerGetsTasksDone()
    {
        example("worker");
        set("plugin.worker.interval", "5ms");
        startReady();
        waitOwnStatus(1, "tasksDone", 3);
        waitOwnStatus(2, "tasksDone", 3);
        CPPUNIT_ASSERT_EQUAL(std::string("running"), status().masterState("worker"));
        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT_MESSAGE(output(), output().find("the results add up to") != std::string::npos);
    }

    void workersMasterMayHaveAProcessOfItsOwn()
    {
        example("worker");
        set("plugin.worker.interval", "5ms");
        set("cluster.runMaster", "isolated");
        startReady();
        waitOwnStatus(1, "tasksDone", 3);
        waitOwnStatus(2, "tasksDone", 3);
        CPPUNIT_ASSERT(status().masterPid("worker") != 0);
        CPPUNIT_ASSERT_EQUAL(0, stop());
        const std::string log = readFile(path("log/worker-master.log"));
        CPPUNIT_ASSERT_MESSAGE(log, log.find("the results add up to") != std::string::npos);
    }

    void serverMainRunsUnchanged()
    {
        example("server_main");
        startReady();
        waitLog("server_main", 2, "it is ");
        control("/children/exit");
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), waitRestarts(1, 1).lastExit());
        waitLog("server_main", 1, "good bye");
    }

    void plainCCounts()
    {
        example("plain_c");
        set("plugin.plain_c.period", "5");
        startReady();
        waitOwnStatus(2, "ticks", 3);
        CPPUNIT_ASSERT_EQUAL(0, stop());
        waitLog("plain_c", 1, "good bye");
    }

    void plainCRefusesABadPeriod()
    {
        example("plain_c", 1);
        set("plugin.plain_c.period", "never");
        expectProblem("period must be at least 1");
        allowProblem("child 1");
        allowProblem("plain_c");
        start();
        const ChildView failed = waitState(1, "failed");
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 78"), failed.lastExit());
        CPPUNIT_ASSERT_EQUAL(std::string("period must be at least 1"), failed.lastReason());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SmallPluginsTest);

}  // namespace
