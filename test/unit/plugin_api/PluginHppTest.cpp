/// Goal: the C++ wrappers say what the C contract says, and let no exception cross it.
/// Method: a context that records what it is asked for.

#include <Poco/Exception.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <clustermanager/poco.hpp>
#include <cstddef>
#include <stdexcept>

#include "FakeHost.h"

namespace {

std::function<int(cm::Child&)> body;

int callBody(cm::Child& child)
{
    return body(child);
}

}  // namespace

CM_RUN_CHILD(callBody)

class PluginHppTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PluginHppTest);
    CPPUNIT_TEST(valuesAreReadByType);
    CPPUNIT_TEST(aWrongValueNamesItsKey);
    CPPUNIT_TEST(whatIsThrownBecomesTheReason);
    CPPUNIT_TEST(anOlderHostGetsTheReasonInItsLog);
    CPPUNIT_TEST(functionsAreKept);
    CPPUNIT_TEST(theMasterSeesItsChildren);
    CPPUNIT_TEST(theSectionIsAPocoConfiguration);
    CPPUNIT_TEST(theFirstChildIsTheOneOfIndexZero);
    CPPUNIT_TEST(metricsAreMadeAndUsed);
    CPPUNIT_TEST(anOlderHostCountsNoMetrics);
    CPPUNIT_TEST_SUITE_END();

    FakeHost _host;
    cm::Child _child{&_host.context};

    void theFirstChildIsTheOneOfIndexZero()
    {
        for (const unsigned index : {0U, 1U, 9U})
        {
            _host.context.child_index = index;
            CPPUNIT_ASSERT_EQUAL(index == 0, _child.isFirst());
        }
    }

    void metricsAreMadeAndUsed()
    {
        const cm::Counter jobs = _child.counter("jobs_total", "Jobs.", {{"kind", "big"}, {"by", "me"}});
        const cm::Gauge open = _child.gauge("open", "Open.");
        const cm::Histogram took = _child.histogram("took", "Took.", {1, 2});
        CPPUNIT_ASSERT(jobs && open && took);
        jobs.add();
        open.set(4);
        open.add(-1);
        took.observe(std::chrono::milliseconds(1500));
        const std::vector<std::string> expected{"metric 0 jobs_total Jobs. kind=big by=me 0",
                                                "metric 1 open Open. 0",
                                                "metric 2 took Took. 2",
                                                "add 1.000000",
                                                "set 4.000000",
                                                "add -1.000000",
                                                "observe 1.500000"};
        CPPUNIT_ASSERT(_host.trace == expected);
        _child.countAccepted(3);
        CPPUNIT_ASSERT_EQUAL(3U, _host.accepted.load());
    }

    void anOlderHostCountsNoMetrics()
    {
        _host.context.size = offsetof(cm_context, count_accepted);
        _child.countAccepted();
        const cm::Counter jobs = _child.counter("jobs_total", "Jobs.");
        CPPUNIT_ASSERT(!jobs);
        jobs.add();
        cm::Histogram().observe(1);
        cm::Gauge().set(1);
        CPPUNIT_ASSERT(_host.trace.empty());
        CPPUNIT_ASSERT_EQUAL(0U, _host.accepted.load());
    }

    void valuesAreReadByType()
    {
        _host.settings = {{"text", "hi"},  {"number", "-42"}, {"yes", "on"},
                          {"no", "false"}, {"wait", "5m"},    {"ms", "250"}};
        CPPUNIT_ASSERT_EQUAL(std::string("hi"), _child.config("text", "none"));
        CPPUNIT_ASSERT_EQUAL(std::string("none"), _child.config("missing", "none"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-42}, _child.configInt("number", 1));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, _child.configInt("missing", 1));
        CPPUNIT_ASSERT(_child.configBool("yes", false) && !_child.configBool("no", true));
        CPPUNIT_ASSERT(_child.configBool("missing", true));
        CPPUNIT_ASSERT(_child.configDuration("wait", {}) == std::chrono::minutes(5));
        CPPUNIT_ASSERT(_child.configDuration("ms", {}) == std::chrono::milliseconds(250));
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, _child.settings().size());
    }

    void aWrongValueNamesItsKey()
    {
        for (const char* bad : {"", "x", "1x", "99999999999999999999"})
        {
            _host.settings["key"] = bad;
            CPPUNIT_ASSERT_THROW_MESSAGE(bad, _child.configInt("key", 0), cm::ConfigError);
            CPPUNIT_ASSERT_THROW_MESSAGE(bad, _child.configBool("key", false), cm::ConfigError);
            CPPUNIT_ASSERT_THROW_MESSAGE(bad, _child.configDuration("key", {}), cm::ConfigError);
        }
        _host.settings["key"] = "9223372036854775807h";
        CPPUNIT_ASSERT_THROW(_child.configDuration("key", {}), cm::ConfigError);
        _host.settings["key"] = "maybe";
        try
        {
            (void)_child.configBool("key", false);
        }
        catch (const cm::ConfigError& problem)
        {
            CPPUNIT_ASSERT_EQUAL(std::string("key: 'maybe' is neither true nor false"),
                                 std::string(problem.what()));
        }
    }

    void expectReason(const std::string& reason)
    {
        CPPUNIT_ASSERT_EQUAL(70, run_child(&_host.context));
        CPPUNIT_ASSERT_EQUAL(reason, _host.trace.back());
    }

    void whatIsThrownBecomesTheReason()
    {
        body = [](cm::Child&) -> int { throw std::runtime_error("boom"); };
        expectReason("fail run_child threw std::runtime_error: boom");
        body = [](cm::Child&) -> int { throw Poco::TimeoutException("db"); };
        expectReason("fail run_child threw Poco::TimeoutException: Timeout: db");
        body = [](cm::Child&) -> int { throw 1; };
        expectReason("fail run_child threw int");
        body = [](cm::Child& child) { return child.id(); };
        CPPUNIT_ASSERT_EQUAL(3, run_child(&_host.context));
    }

    void anOlderHostGetsTheReasonInItsLog()
    {
        _host.context.size = offsetof(cm_context, fail);
        _child.fail("no licence");
        CPPUNIT_ASSERT_EQUAL(std::string("5 - no licence"), _host.trace.back());
    }

    void functionsAreKept()
    {
        std::string calls;
        CPPUNIT_ASSERT(_child.onStop([&calls] { calls += "stop "; }));
        CPPUNIT_ASSERT(_child.onExit([&calls] { calls += "exit "; }));
        CPPUNIT_ASSERT(_child.onMessage([&calls](std::int32_t from, cm::Message text) {
            calls += std::to_string(from) + std::string(text);
        }));
        _host.onStop();
        _host.onExit();
        _host.onMessage("hi");
        CPPUNIT_ASSERT_EQUAL(std::string("stop exit 9hi"), calls);
    }

    void theMasterSeesItsChildren()
    {
        const cm::Master master(&_host.context);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, master.children().size());
        CPPUNIT_ASSERT_EQUAL(3, master.children()[2].id);
        CPPUNIT_ASSERT_EQUAL(CM_OK, master.sendToAll("all"));
        CPPUNIT_ASSERT_EQUAL(std::string("send -1 all"), _host.trace.back());
    }

    void theSectionIsAPocoConfiguration()
    {
        _host.settings = {{"db.host", "localhost"}, {"db.port", "5432"}};
        const auto configuration = cm::configuration(_child);
        CPPUNIT_ASSERT_EQUAL(5432, configuration->getInt("db.port"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PluginHppTest);
