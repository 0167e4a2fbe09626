/// Goal: what happens in the host is counted once, in the right place, and shown as Prometheus wants it.
/// Method: changes as the supervisor tells them, with times that the test gives; lines of the text;
/// promtool's
///       opinion of all of it; the README's table compared with the code's.
#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <sstream>

#include "base/Fields.h"
#include "metrics/ChildLines.h"
#include "metrics/FamilyTable.h"
#include "metrics/HostMetrics.h"
#include "unit/metrics/Promtool.h"

namespace clustermanager::metrics {

using namespace std::chrono_literals;

namespace {

struct Pictures : core::SnapshotSource
{
    std::shared_ptr<core::Snapshot> picture = std::make_shared<core::Snapshot>();

    std::shared_ptr<const core::Snapshot> latest() const override { return picture; }
    std::shared_ptr<const core::Snapshot> newerThan(const std::shared_ptr<const core::Snapshot>&,
                                                    std::chrono::milliseconds) const override
    {
        return picture;
    }
};

struct Occurrences : core::OccurrenceSource
{
    core::Occurrences after(std::uint64_t, std::size_t) const override { return {}; }
    std::uint64_t last() const override { return 17; }
    void addReader(int) override {}
    void removeReader(int) override {}
};

core::ChildEntered entered(core::ChildState from, core::ChildState to, std::uint32_t restarts = 0)
{
    return {ChildId{1}, GroupId{1}, StartNumber{1}, GenerationId{1}, from, to, 0, restarts, ""};
}

core::ChildEnded ended(ExitStatus status, core::EndCause cause)
{
    return {ChildId{1}, GroupId{1}, StartNumber{1}, GenerationId{1}, 7,    0,
            status,     "",         Millis(5),      false,           cause};
}

const ExitStatus kSegfault{ExitStatus::Kind::Signaled, 11, true};

}  // namespace

class HostMetricsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HostMetricsTest);
    CPPUNIT_TEST(countsEndsAndRestarts);
    CPPUNIT_TEST(aNewSlotIsNoRestart);
    CPPUNIT_TEST(measuresStartsAndReloads);
    CPPUNIT_TEST(countsRequestsByPatternMethodAndClass);
    CPPUNIT_TEST(addsUpWhatChildrenReport);
    CPPUNIT_TEST(showsAPicture);
    CPPUNIT_TEST(tellsOnceForEachGeneration);
    CPPUNIT_TEST(forgetsAGroupWithItsLast);
    CPPUNIT_TEST(goesOnInAnotherImage);
    CPPUNIT_TEST(escapesWhatStandsBetweenQuotes);
    CPPUNIT_TEST(promtoolFindsNothing);
    CPPUNIT_TEST(theReadmeHasTheTable);
    CPPUNIT_TEST_SUITE_END();

    TimePoint _now{1h};
    Pictures _pictures;
    Occurrences _occurrences;
    std::unique_ptr<HostMetrics> _metrics = std::make_unique<HostMetrics>(_pictures, _occurrences);

public:
    void setUp() override { _metrics->know(GroupId{1}, "web"); }

private:
    std::string text() const
    {
        const core::Metrics::Text text = _metrics->text();
        return text.counted + *text.pictured;
    }
    void expect(const std::string& line)
    {
        const std::string shown = text();
        CPPUNIT_ASSERT_MESSAGE(line + " is missing in\n" + shown,
                               ("\n" + shown).find("\n" + line + "\n") != std::string::npos);
    }
    void expectNone(const std::string& start)
    {
        CPPUNIT_ASSERT_MESSAGE(start, ("\n" + text()).find("\n" + start) == std::string::npos);
    }

    void endAndStartAgain(ExitStatus status, core::EndCause cause, std::uint32_t restarts)
    {
        using State = core::ChildState;
        _metrics->follow({ended(status, cause), entered(State::Ready, State::Stopped, restarts),
                          entered(State::Stopped, State::Spawning, restarts)},
                         _now);
    }

    void countsEndsAndRestarts()
    {
        endAndStartAgain(kSegfault, core::EndCause::Crash, 1);
        endAndStartAgain(kSegfault, core::EndCause::Crash, 2);
        endAndStartAgain({ExitStatus::Kind::Exited, 3, false}, core::EndCause::Exit, 3);
        endAndStartAgain({}, core::EndCause::LinkLost, 4);
        _metrics->follow({ended({ExitStatus::Kind::Exited, 0, false}, core::EndCause::Asked)}, _now);
        expect("clustermanager_child_exits_total{group=\"web\",code=\"\",signal=\"SIGSEGV\"} 2");
        expect("clustermanager_child_exits_total{group=\"web\",code=\"3\",signal=\"\"} 1");
        expect("clustermanager_child_exits_total{group=\"web\",code=\"0\",signal=\"\"} 1");
        expect("clustermanager_child_exits_total{group=\"web\",code=\"\",signal=\"\"} 1");
        expect("clustermanager_child_restarts_total{group=\"web\",reason=\"crash\"} 2");
        expect("clustermanager_child_restarts_total{group=\"web\",reason=\"exit\"} 1");
        expect("clustermanager_child_restarts_total{group=\"web\",reason=\"link_lost\"} 1");
        expectNone("clustermanager_child_restarts_total{group=\"web\",reason=\"asked\"}");
        // A second try to spawn is no second restart.
        _metrics->follow({entered(core::ChildState::Backoff, core::ChildState::Spawning, 4)}, _now);
        expect("clustermanager_child_restarts_total{group=\"web\",reason=\"link_lost\"} 1");
    }

    void aNewSlotIsNoRestart()
    {
        endAndStartAgain({ExitStatus::Kind::Exited, 0, false}, core::EndCause::Asked, 0);
        expectNone("clustermanager_child_restarts_total");
    }

    void measuresStartsAndReloads()
    {
        using State = core::ChildState;
        _metrics->follow({entered(State::Stopped, State::Spawning)}, _now);
        _metrics->follow({entered(State::Starting, State::Ready)}, _now + 20ms);
        expect("clustermanager_child_start_duration_seconds_count{group=\"web\"} 1");
        expect("clustermanager_child_start_duration_seconds_sum{group=\"web\"} 0.02");
        expect("clustermanager_child_start_duration_seconds_bucket{group=\"web\",le=\"0.01\"} 0");
        expect("clustermanager_child_start_duration_seconds_bucket{group=\"web\",le=\"0.025\"} 1");
        expect("clustermanager_child_start_duration_seconds_bucket{group=\"web\",le=\"+Inf\"} 1");

        core::Operation reload{OperationId{1}, core::OperationKind::Reload, "web",
                               core::OperationState::Failed};
        reload.begun = _now;
        _metrics->ended(reload);  // has no end
        reload.ended = _now + 4s;
        _metrics->ended(reload);
        reload.kind = core::OperationKind::Scale;
        _metrics->ended(reload);
        expect("clustermanager_reload_duration_seconds_count{group=\"web\",result=\"failed\"} 1");
        expect("clustermanager_reload_duration_seconds_sum{group=\"web\",result=\"failed\"} 4");
    }

    void countsRequestsByPatternMethodAndClass()
    {
        _metrics->answered("/children/:id", "GET", 200, 1ms);
        _metrics->answered("/children/:id", "GET", 204, 1ms);
        _metrics->answered("/children/:id", "BREW", 405, 1ms);
        _metrics->refused(408);
        expect(
            "clustermanager_control_requests_total{method=\"GET\",route=\"/children/:id\",status=\"2xx\"} 2");
        expect("clustermanager_control_requests_total{method=\"other\",route=\"/children/"
               ":id\",status=\"4xx\"} 1");
        expect("clustermanager_control_requests_total{method=\"other\",route=\"none\",status=\"4xx\"} 1");
        expect("clustermanager_control_request_duration_seconds_count{route=\"/children/:id\"} 3");
        _metrics->requestsWait(3);
        _metrics->requestsWait(-1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, _metrics->requestsWaiting());
        _metrics->streamsOpen(5);
        _metrics->streamsOpen(-2);
        expect("clustermanager_event_streams_open 3");
        expect("clustermanager_occurrences_total 17");
    }

    void addsUpWhatChildrenReport()
    {
        _metrics->grew(GroupId{1}, {10, 2, 3, 0});
        _metrics->grew(GroupId{1}, {5, 0, 0, 1});
        _metrics->grew(GroupId{9}, {5, 5, 5, 5});  // of a group that has gone
        expect("clustermanager_group_requests_total{group=\"web\"} 15");
        expect("clustermanager_group_connections_accepted_total{group=\"web\"} 2");
        expect("clustermanager_log_records_dropped_total{group=\"web\"} 3");
        expect("clustermanager_messages_dropped_total{group=\"web\"} 1");
    }

    void fill()
    {
        core::Snapshot& picture = *_pictures.picture;
        picture.master.version = "1.2.3";
        picture.master.startedAt = WallTime(1500ms);
        picture.master.rssKiB = 2;
        picture.master.cpuMicros = 2'500'000;
        picture.master.upgrades = 4;
        picture.master.queues = {{"commands", 1, 64}};
        picture.listeners = {{"http", "127.0.0.1:80", AcceptQueue{7, 4096}},
                             {"odd", "unix:/x", std::nullopt}};
        auto group = std::make_shared<core::GroupSnapshot>();
        group->name = "web";
        group->count = 3;
        group->ready = 1;
        group->generation = 2;
        picture.groups = {group};
        auto child = std::make_shared<core::ChildSnapshot>();
        child->id = ChildId{5};
        child->group = "web";
        child->state = core::ChildState::Ready;
        child->startedAt = WallTime(1'000'050us);
        child->reportedAt = WallTime(2s);
        child->rssKiB = 3;
        child->cpuMicros = 1'000'007;
        child->held = 2;
        child->requests = 9;
        child->accepted = 8;
        auto silent = std::make_shared<core::ChildSnapshot>();
        silent->id = ChildId{6};
        silent->group = "web";
        silent->state = core::ChildState::Backoff;
        picture.children = {child, silent};
    }

    void showsAPicture()
    {
        fill();
        for (const char* line :
             {"clustermanager_build_info{version=\"1.2.3\"} 1",
              "clustermanager_start_time_seconds 1.5",
              "clustermanager_upgrades_total 4",
              "clustermanager_master_resident_memory_bytes 2048",
              "clustermanager_master_cpu_seconds_total 2.5",
              "clustermanager_queue_depth{queue=\"commands\"} 1",
              "clustermanager_queue_limit{queue=\"commands\"} 64",
              "clustermanager_listener_queue_depth{listener=\"http\"} 7",
              "clustermanager_listener_queue_limit{listener=\"http\"} 4096",
              "clustermanager_group_children{group=\"web\",state=\"ready\"} 1",
              "clustermanager_group_children{group=\"web\",state=\"backoff\"} 1",
              "clustermanager_group_children{group=\"web\",state=\"failed\"} 0",
              "clustermanager_group_children_wanted{group=\"web\"} 3",
              "clustermanager_group_children_ready{group=\"web\"} 1",
              "clustermanager_group_generation{group=\"web\"} 2",
              "clustermanager_child_resident_memory_bytes{group=\"web\",child=\"5\"} 3072",
              "clustermanager_child_cpu_seconds_total{group=\"web\",child=\"5\"} 1.000007",
              "clustermanager_child_start_time_seconds{group=\"web\",child=\"5\"} 1.000050",
              "clustermanager_child_held{group=\"web\",child=\"5\"} 2",
              "clustermanager_child_requests_total{group=\"web\",child=\"5\"} 9",
              "clustermanager_child_connections_accepted_total{group=\"web\",child=\"5\"} 8"})
            expect(line);
        expectNone("clustermanager_child_resident_memory_bytes{group=\"web\",child=\"6\"}");
        expectNone("clustermanager_child_start_time_seconds{group=\"web\",child=\"6\"}");
        expectNone("clustermanager_listener_queue_depth{listener=\"odd\"}");
    }

    static link::MetricDefined counterNamed(std::uint16_t series, const std::string& name)
    {
        return {series, link::MetricKind::Counter, name, "Help.", {}, {}};
    }

    void tellsOnceForEachGeneration()
    {
        const auto define = [&](std::uint64_t start, std::uint32_t generation, const std::string& name) {
            return _metrics->defined(GroupId{1}, GenerationId{generation}, StartNumber{start},
                                     counterNamed(0, name));
        };
        CPPUNIT_ASSERT_EQUAL(std::string(), define(1, 1, "jobs_total"));
        CPPUNIT_ASSERT(!define(2, 1, "clustermanager_x").empty());
        CPPUNIT_ASSERT(define(3, 1, "clustermanager_x").empty());
        CPPUNIT_ASSERT(
            _metrics->reported(GroupId{1}, GenerationId{1}, StartNumber{1}, {{{0, -1, 0}}, {}}).empty());
        CPPUNIT_ASSERT(
            !_metrics->reported(GroupId{1}, GenerationId{2}, StartNumber{1}, {{{0, -1, 0}}, {}}).empty());
        CPPUNIT_ASSERT(define(4, 2, "clustermanager_x").empty());
        CPPUNIT_ASSERT(define(5, 1, "clustermanager_x").empty());
        expect("clustermanager_plugin_metrics_refused_total{group=\"web\"} 6");
        CPPUNIT_ASSERT(
            _metrics->reported(GroupId{1}, GenerationId{2}, StartNumber{1}, {{{0, 2, 0}}, {}}).empty());
        expect("jobs_total{group=\"web\"} 2");
    }

    void forgetsAGroupWithItsLast()
    {
        _metrics->know(GroupId{2}, "web");  // its successor
        (void)_metrics->defined(GroupId{2}, GenerationId{1}, StartNumber{1}, counterNamed(0, "jobs_total"));
        _metrics->grew(GroupId{1}, {1, 0, 0, 0});
        _metrics->forget(GroupId{1});
        _metrics->grew(GroupId{2}, {1, 0, 0, 0});
        expect("clustermanager_group_requests_total{group=\"web\"} 2");
        expect("jobs_total{group=\"web\"} 0");
        _metrics->forget(GroupId{2});
        expectNone("clustermanager_group_requests_total");
        expectNone("jobs_total");
        _metrics->forget(GroupId{2});
    }

    void goesOnInAnotherImage()
    {
        using State = core::ChildState;
        endAndStartAgain(kSegfault, core::EndCause::Crash, 1);
        _metrics->follow(
            {ended(kSegfault, core::EndCause::Crash), entered(State::Starting, State::Backoff, 2)}, _now);
        _metrics->grew(GroupId{1}, {1, 2, 3, 4});
        (void)_metrics->defined(GroupId{1}, GenerationId{1}, StartNumber{1}, counterNamed(0, "jobs_total"));
        FieldWriter out;
        out(_metrics->state());
        const Bytes bytes = out.take();
        HostMetrics::State state;
        FieldReader in(bytes.data(), bytes.size());
        in(state);
        CPPUNIT_ASSERT_EQUAL(std::string(), in.finish());

        _metrics = std::make_unique<HostMetrics>(_pictures, _occurrences);
        _metrics->resume(state);
        _metrics->follow({entered(State::Backoff, State::Spawning, 2)}, _now);
        _metrics->grew(GroupId{1}, {1, 0, 0, 0});
        (void)_metrics->reported(GroupId{1}, GenerationId{1}, StartNumber{1}, {{{0, 2, 0}}, {}});
        expect("clustermanager_child_restarts_total{group=\"web\",reason=\"crash\"} 2");
        expect("clustermanager_child_exits_total{group=\"web\",code=\"\",signal=\"SIGSEGV\"} 2");
        expect("clustermanager_group_requests_total{group=\"web\"} 2");
        expect("jobs_total{group=\"web\"} 2");
    }

    void escapesWhatStandsBetweenQuotes()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a\\\\b\\\"c\\nd"), escaped("a\\b\"c\nd"));
    }

    void promtoolFindsNothing()
    {
        fill();
        measuresStartsAndReloads();
        countsEndsAndRestarts();
        _metrics->answered("/", "GET", 200, 1ms);
        _metrics->looped(30us, _now);
        CPPUNIT_ASSERT_EQUAL(std::string(), test::promtool("check metrics", text()));
        // Each family was there.
        for (std::size_t i = 0; i < kFamilies; ++i)
        {
            const FamilyRow& about = row(static_cast<Family>(i));
            const std::string head =
                "# TYPE " + std::string(about.name) + " " + std::string(name(about.type)) + "\n";
            CPPUNIT_ASSERT_MESSAGE(head, text().find(head) != std::string::npos);
        }
    }

    void theReadmeHasTheTable()
    {
        std::ifstream file(CM_SOURCE_FOLDER "/README.md");
        std::ostringstream readme;
        readme << file.rdbuf();
        CPPUNIT_ASSERT_MESSAGE("the README should hold\n" + markdown(),
                               readme.str().find(markdown()) != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HostMetricsTest);

}  // namespace clustermanager::metrics
