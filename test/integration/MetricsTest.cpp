/// Goal: what Prometheus reads of a host is right after crashes, graceful ends, reloads and an upgrade of the
///       host, is what promtool finds good, and stays bounded whatever a plugin does.
/// Method: actors that count on command; the text of GET /metrics, read line by line until it says what it
/// should.
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "UpgradeFixture.h"
#include "link/Codec.h"

namespace {

using namespace clustermanager;
using namespace clustermanager::integration;

class MetricsTest : public UpgradeFixture
{
    CPPUNIT_TEST_SUITE(MetricsTest);
    CPPUNIT_TEST(crashesAreCountedAndWhatPluginsCountedStays);
    CPPUNIT_TEST(gracefulEndsLoseNothing);
    CPPUNIT_TEST(aReloadIsCountedAndLosesNothing);
    CPPUNIT_TEST(anUpgradeLosesNothing);
    CPPUNIT_TEST(oneNameIsOfOneKind);
    CPPUNIT_TEST(aFloodIsBounded);
    CPPUNIT_TEST(hostileReportsAreRefusedAndToldOnce);
    CPPUNIT_TEST(whoWaitsToBeAcceptedIsShown);
    CPPUNIT_TEST(theMasterTellsOfItself);
    CPPUNIT_TEST(promtoolFindsNothing);
    CPPUNIT_TEST_SUITE_END();

    void begin(unsigned count)
    {
        actors(count);
        restartFast();
        set("cluster.updateStatusMs", "100");
        set("listen.http", "127.0.0.1:0");
        startReady();
    }

    std::string text() const
    {
        const HttpAnswer answer = control("/metrics");
        CPPUNIT_ASSERT_EQUAL(200, answer.status);
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain; version=0.0.4; charset=utf-8"),
                             answer.header("content-type"));
        return answer.body;
    }
    /// The value of a series; -1 where there is none.
    double value(const std::string& series) const
    {
        const std::string all = "\n" + text();
        const std::size_t at = all.find("\n" + series + " ");
        return at == std::string::npos ? -1 : std::stod(all.substr(at + series.size() + 2));
    }
    void waitValue(const std::string& series, double wanted) const
    {
        double last = 0;
        const bool came = waitFor([&] { return (last = value(series)) == wanted; }, Millis(20'000));
        CPPUNIT_ASSERT_MESSAGE(series + " should be " + std::to_string(wanted) + " and is " +
                                   std::to_string(last) + " in\n" + text(),
                               came);
    }
    void meter(int id, const std::string& words) const
    {
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(id).ask("meter " + words));
    }
    std::size_t linesWith(const std::string& start) const
    {
        std::istringstream in(text());
        std::size_t count = 0;
        for (std::string line; std::getline(in, line);) count += line.rfind(start, 0) == 0 ? 1 : 0;
        return count;
    }

    void crashesAreCountedAndWhatPluginsCountedStays()
    {
        begin(2);
        meter(1, "counter jobs_total 2 a");
        meter(2, "counter jobs_total 3 a");
        meter(1, "gauge open 5");
        meter(2, "gauge open 7");
        meter(1, "histogram took 1.5");
        meter(2, "histogram took 9");
        waitValue("jobs_total{group=\"actor\",label=\"a\"}", 5);
        waitValue("open{group=\"actor\"}", 12);
        waitValue("took_count{group=\"actor\"}", 2);

        signalChild(1, SIGKILL);
        waitRestarts(1, 1);
        probe(2).ask("exit 3");
        waitRestarts(2, 1);
        CPPUNIT_ASSERT_EQUAL(1.0,
                             value("clustermanager_child_restarts_total{group=\"actor\",reason=\"crash\"}"));
        CPPUNIT_ASSERT_EQUAL(1.0,
                             value("clustermanager_child_restarts_total{group=\"actor\",reason=\"exit\"}"));
        CPPUNIT_ASSERT_EQUAL(
            1.0, value("clustermanager_child_exits_total{group=\"actor\",code=\"\",signal=\"SIGKILL\"}"));
        CPPUNIT_ASSERT_EQUAL(
            1.0, value("clustermanager_child_exits_total{group=\"actor\",code=\"3\",signal=\"\"}"));
        CPPUNIT_ASSERT_EQUAL(4.0,
                             value("clustermanager_child_start_duration_seconds_count{group=\"actor\"}"));
        CPPUNIT_ASSERT_EQUAL(5.0, value("jobs_total{group=\"actor\",label=\"a\"}"));
        CPPUNIT_ASSERT_EQUAL(-1.0, value("open{group=\"actor\"}"));
        CPPUNIT_ASSERT_EQUAL(10.5, value("took_sum{group=\"actor\"}"));
        CPPUNIT_ASSERT_EQUAL(1.0, value("took_bucket{group=\"actor\",le=\"2\"}"));

        meter(1, "counter jobs_total 1 a");
        waitValue("jobs_total{group=\"actor\",label=\"a\"}", 6);
    }

    void gracefulEndsLoseNothing()
    {
        set("cluster.drainDelayMs", "0");
        actors(1);
        set("cluster.updateStatusMs", "1h");
        startReady();
        meter(1, "counter jobs_total 2");
        probe(1).ask("count 4");
        CPPUNIT_ASSERT_EQUAL(200, post("/children/1/exit?wait=20s").status);
        CPPUNIT_ASSERT_EQUAL(2.0, value("jobs_total{group=\"actor\"}"));
        CPPUNIT_ASSERT_EQUAL(4.0, value("clustermanager_group_requests_total{group=\"actor\"}"));
        CPPUNIT_ASSERT_EQUAL(1.0,
                             value("clustermanager_child_restarts_total{group=\"actor\",reason=\"asked\"}"));
    }

    void aReloadIsCountedAndLosesNothing()
    {
        begin(2);
        descriptorsMayGrow();
        meter(1, "counter jobs_total 2");
        meter(2, "histogram took 1");
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=30s").status);
        meter(1, "counter jobs_total 3");
        waitValue("jobs_total{group=\"actor\"}", 5);
        CPPUNIT_ASSERT_EQUAL(1.0, value("took_count{group=\"actor\"}"));
        CPPUNIT_ASSERT_EQUAL(2.0, value("clustermanager_group_generation{group=\"actor\"}"));
        CPPUNIT_ASSERT_EQUAL(
            1.0, value("clustermanager_reload_duration_seconds_count{group=\"actor\",result=\"done\"}"));
        CPPUNIT_ASSERT_EQUAL(
            2.0, value("clustermanager_child_restarts_total{group=\"actor\",reason=\"replaced\"}"));
        CPPUNIT_ASSERT_EQUAL(1.0, value("clustermanager_control_requests_total{method=\"POST\",route=\"/"
                                        "groups/:name/reload\",status=\"2xx\"}"));
    }

    void anUpgradeLosesNothing()
    {
        begin(2);
        meter(1, "counter jobs_total 2");
        meter(1, "gauge open 3");
        probe(1).ask("count 5");
        waitValue("jobs_total{group=\"actor\"}", 2);
        waitValue("clustermanager_group_requests_total{group=\"actor\"}", 5);
        signalChild(2, SIGKILL);
        waitRestarts(2, 1);
        waitReady();
        upgrade();
        CPPUNIT_ASSERT_EQUAL(1.0, value("clustermanager_upgrades_total"));
        CPPUNIT_ASSERT_EQUAL(1.0,
                             value("clustermanager_child_restarts_total{group=\"actor\",reason=\"crash\"}"));
        CPPUNIT_ASSERT_EQUAL(3.0, value("open{group=\"actor\"}"));
        // The child goes on as if nothing had been.
        meter(1, "counter jobs_total 4");
        probe(1).ask("count 1");
        waitValue("jobs_total{group=\"actor\"}", 6);
        waitValue("clustermanager_group_requests_total{group=\"actor\"}", 6);
    }

    void oneNameIsOfOneKind()
    {
        set("plugin.other.path", testPlugin("actor"));
        set("plugin.other.count", "1");
        set("plugin.other.probe", path("probe"));
        begin(1);
        meter(1, "counter jobs 2");
        waitValue("jobs{group=\"actor\"}", 2);
        expectProblem("jobs is a counter of group actor already, and no gauge");
        meter(2, "gauge jobs 3");
        waitValue("clustermanager_plugin_metrics_refused_total{group=\"other\"}", 1);
        signalChild(2);
        waitRestarts(2, 1);
        meter(2, "gauge jobs 4");
        waitValue("clustermanager_plugin_metrics_refused_total{group=\"other\"}", 2);
        const std::string all = output();
        const std::size_t told = all.find("and no gauge");
        CPPUNIT_ASSERT(told != std::string::npos && all.find("and no gauge", told + 1) == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(2.0, value("jobs{group=\"actor\"}"));
    }

    void aFloodIsBounded()
    {
        begin(1);
        allowProblem("is not counted: there are more than 256 series");
        CPPUNIT_ASSERT_EQUAL(std::string("256"), probe(1).ask("flood-metrics 300"));
        waitValue("clustermanager_plugin_metrics_refused_total{group=\"actor\"}", 0);
        CPPUNIT_ASSERT(waitFor([&] { return linesWith("flood_total{") == 256; }));
        for (unsigned restarts = 1; restarts <= 3; ++restarts)
        {
            signalChild(1);
            waitRestarts(1, restarts);
            waitReady();
            CPPUNIT_ASSERT_EQUAL(std::string("100"), probe(1).ask("flood-metrics 100"));
            meter(1, "gauge last " + std::to_string(restarts));
            waitValue("last{group=\"actor\"}", restarts);
            CPPUNIT_ASSERT_EQUAL(std::size_t{255}, linesWith("flood_total{"));
        }
    }

    static std::string raw(const link::FromChild& message)
    {
        std::ostringstream hex;
        for (const std::uint8_t byte : link::encode(message))
            hex << std::hex << (byte < 16 ? "0" : "") << static_cast<int>(byte);
        return "raw " + hex.str();
    }

    void hostileReportsAreRefusedAndToldOnce()
    {
        begin(1);
        meter(1, "counter jobs_total 2");
        waitValue("jobs_total{group=\"actor\"}", 2);
        expectProblem("of its metrics some are not counted: a counter only grows");
        const Probe child = probe(1);
        const link::FromChild hostile[] = {
            link::MetricReport{{{0, -1, 0}}, {}},
            link::MetricReport{{{0, 0.0 / 0.0, 0}}, {}},
            link::MetricReport{{{900, 1, 0}}, {}},
            link::MetricReport{{{0, 1, 9}}, {}},
            link::MetricDefined{
                1, link::MetricKind::Counter, "clustermanager_child_restarts_total", "Lies.", {}, {}},
            link::MetricDefined{2, link::MetricKind::Counter, "x{} 1\ny", "Lies.", {}, {}}};
        for (const link::FromChild& message : hostile)
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), child.ask(raw(message)));
        waitValue("clustermanager_plugin_metrics_refused_total{group=\"actor\"}", 6);
        CPPUNIT_ASSERT_EQUAL(2.0, value("jobs_total{group=\"actor\"}"));
        CPPUNIT_ASSERT(text().find("Lies.") == std::string::npos);
        const std::string all = output();
        const std::size_t told = all.find("of its metrics");
        CPPUNIT_ASSERT(all.find("of its metrics", told + 1) == std::string::npos);
    }

    void whoWaitsToBeAcceptedIsShown()
    {
        begin(1);  // who accepts nothing
        std::vector<Poco::Net::StreamSocket> clients;
        for (int i = 0; i < 3; ++i) clients.emplace_back(listener("http"));
        waitValue("clustermanager_listener_queue_depth{listener=\"http\"}", 3);
        CPPUNIT_ASSERT(value("clustermanager_listener_queue_limit{listener=\"http\"}") >= 128);
        CPPUNIT_ASSERT(status().text().find("\"queued\":3,\"queueLimit\":") != std::string::npos);
    }

    void theMasterTellsOfItself()
    {
        set("plugin.actor.serve", "http");
        begin(1);
        for (int i = 0; i < 2; ++i) Poco::Net::StreamSocket client(listener("http"));
        waitValue("clustermanager_group_connections_accepted_total{group=\"actor\"}", 2);
        waitValue("clustermanager_child_connections_accepted_total{group=\"actor\",child=\"1\"}", 2);
        CPPUNIT_ASSERT_EQUAL(2, status().child(1).json->getValue<int>("accepted"));
        const auto delay = status().master()->getObject("loopDelayMicros");
        CPPUNIT_ASSERT(delay->getValue<std::int64_t>("max") >= delay->getValue<std::int64_t>("p99"));
        CPPUNIT_ASSERT(delay->getValue<std::int64_t>("max") > 0);
        const auto queues = status().master()->getObject("queues");
        for (const char* queue : {"commands", "control"})
        {
            CPPUNIT_ASSERT(queues->getObject(queue)->getValue<int>("limit") >= 64);
            CPPUNIT_ASSERT(value("clustermanager_queue_depth{queue=\"" + std::string(queue) + "\"}") >= 0);
        }
        CPPUNIT_ASSERT(value("clustermanager_loop_delay_seconds_count") > 0);
        CPPUNIT_ASSERT(value("clustermanager_master_resident_memory_bytes") > 1e6);
        CPPUNIT_ASSERT(value("clustermanager_occurrences_total") > 2);
    }

    void promtoolFindsNothing()
    {
        begin(2);
        meter(1, "counter jobs_total 2 a");
        meter(1, "gauge open 3");
        meter(1, "histogram took_seconds 3");
        waitValue("open{group=\"actor\"}", 3);
        signalChild(2);
        waitRestarts(2, 1);
        std::ofstream(path("metrics")) << text();
        const int result = std::system(
            ("promtool check metrics < " + path("metrics") + " > " + path("promtool") + " 2>&1").c_str());
        CPPUNIT_ASSERT_MESSAGE("promtool is missing: apt-get install prometheus", WEXITSTATUS(result) != 127);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(readFile(path("promtool")), 0, result);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MetricsTest);

}  // namespace
