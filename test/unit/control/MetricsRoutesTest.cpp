/// Goal: the control port shows the metrics, and tells them of every request, by names that no client
/// chooses. Method: metrics that write down what they are told, behind the router and behind a whole control
/// port.
#include <cppunit/extensions/HelperMacros.h>

#include <condition_variable>
#include <set>

#include "control/Router.h"
#include "control/Streams.h"
#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

namespace {

class Recorder : public core::Metrics
{
public:
    Text text() const override { return {"up 1\n", std::make_shared<const std::string>("children 3\n")}; }
    void answered(std::string_view route, std::string_view method, int status, Clock::duration took) override
    {
        CPPUNIT_ASSERT(took >= std::chrono::steady_clock::duration::zero());
        note(std::string(route) + " " + std::string(method) + " " + std::to_string(status));
    }
    void refused(int status) override { note("refused " + std::to_string(status)); }
    void requestsWait(int change) override
    {
        const std::lock_guard lock(_mutex);
        _waiting += change;
        _peak = std::max(_peak, _waiting);
        _changed.notify_all();
    }
    void streamsOpen(int) override {}

    /// Whether, within a generous deadline, that was told and nothing waits.
    bool waitFor(const std::string& what)
    {
        std::unique_lock lock(_mutex);
        return _changed.wait_for(lock, std::chrono::seconds(20),
                                 [&] { return _told.count(what) != 0 && _waiting == 0; });
    }
    std::multiset<std::string> told() const
    {
        const std::lock_guard lock(_mutex);
        return _told;
    }
    int peak() const
    {
        const std::lock_guard lock(_mutex);
        return _peak;
    }

private:
    void note(std::string what)
    {
        const std::lock_guard lock(_mutex);
        _told.insert(std::move(what));
        _changed.notify_all();
    }

    mutable std::mutex _mutex;
    std::condition_variable _changed;
    std::multiset<std::string> _told;
    int _waiting = 0;
    int _peak = 0;
};

}  // namespace

class MetricsRoutesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MetricsRoutesTest);
    CPPUNIT_TEST(showsTheText);
    CPPUNIT_TEST(tellsPatternsAndNothingElse);
    CPPUNIT_TEST(tellsOfAnErrorInside);
    CPPUNIT_TEST(withoutMetricsThereAreNone);
    CPPUNIT_TEST(aWholePortTellsOfAll);
    CPPUNIT_TEST_SUITE_END();

    FakeHost _host;
    Recorder _metrics;
    Streams _streams{_host.journal};
    StreamSeats _seats{{}};
    Router _router{_host, _host, _host.journal, _streams, {}, nullptr, &_metrics};
    WaitingRoom _room{1};

    void showsTheText()
    {
        const Reply reply = _router.answer("GET", "/metrics", {_room, _seats});
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain; version=0.0.4; charset=utf-8"), reply.contentType);
        CPPUNIT_ASSERT_EQUAL(std::string("up 1\nchildren 3\n"), reply.body + *reply.tail);
        CPPUNIT_ASSERT_EQUAL(405, _router.answer("POST", "/metrics", {_room, _seats}).status);
        CPPUNIT_ASSERT_EQUAL(400, _router.answer("GET", "/metrics?x=1", {_room, _seats}).status);
        CPPUNIT_ASSERT(Router::need("/metrics") == Need::Read);
    }

    void tellsPatternsAndNothingElse()
    {
        (void)_router.answer("GET", "/children/1", {_room, _seats});
        (void)_router.answer("GET", "/children/%41%41", {_room, _seats});
        (void)_router.answer("GET", "/evil{}\"", {_room, _seats});
        (void)_router.answer("GET", "/evil%", {_room, _seats});
        (void)_router.answer("POST", "/groups/web/scale/1", {_room, _seats});
        (void)_router.answer("GET", "/groups/web/scale/1?x=1", {_room, _seats});
        const std::multiset<std::string> expected{"/children/:id GET 200",
                                                  "/children/:id GET 404",
                                                  "other GET 400",
                                                  "other GET 404",
                                                  "/groups/:name/scale/:count GET 405",
                                                  "/groups/:name/scale/:count POST 200"};
        std::string told;
        for (const std::string& line : _metrics.told()) told += line + "\n";
        CPPUNIT_ASSERT_MESSAGE(told, _metrics.told() == expected);
    }

    void tellsOfAnErrorInside()
    {
        _host.failWith([] { throw std::runtime_error("inside"); });
        CPPUNIT_ASSERT_THROW(_router.answer("GET", "/", {_room, _seats}), std::runtime_error);
        CPPUNIT_ASSERT(_metrics.told() == std::multiset<std::string>{"/ GET 500"});
    }

    void withoutMetricsThereAreNone()
    {
        Router router(_host, _host, _host.journal, _streams);
        CPPUNIT_ASSERT_EQUAL(404, router.answer("GET", "/metrics", {_room, _seats}).status);
    }

    void aWholePortTellsOfAll()
    {
        ControlOptions options;
        options.metrics = &_metrics;
        const RunningControl control(std::move(options));
        CPPUNIT_ASSERT(control.ask("GET", "/metrics").find("\r\n\r\nup 1\n") != std::string::npos);
        CPPUNIT_ASSERT(_metrics.waitFor("/metrics GET 200"));
        CPPUNIT_ASSERT_EQUAL(1, _metrics.peak());
        (void)exchange(control.toSocket(), "nonsense\r\n\r\n");
        CPPUNIT_ASSERT(_metrics.waitFor("refused 400"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MetricsRoutesTest);

}  // namespace clustermanager::control::test
