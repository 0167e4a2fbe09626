/// Goal: a child drains, beats, counts and asks to be recycled as its master expects.
/// Method: real forked children; the test is their master at the other end of a real link.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <chrono>

#include "ForkedChild.h"
#include "base/Types.h"
#include "unit/TemporaryFolder.h"

using namespace clustermanager;

class ChildDutiesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ChildDutiesTest);
    CPPUNIT_TEST(aReadyChildServesOnForTheDelay);
    CPPUNIT_TEST(sigtermBeginsTheDelayToo);
    CPPUNIT_TEST(aChildThatIsNotReadyStopsAtOnce);
    CPPUNIT_TEST(withoutAMasterThereIsNoDelay);
    CPPUNIT_TEST(heartbeatsAreFewAndTheLastBeatIsSent);
    CPPUNIT_TEST(itBeatsInItsDelay);
    CPPUNIT_TEST(withoutAWatchdogThereIsNoHeartbeat);
    CPPUNIT_TEST(aStoppingChildBeatsByItself);
    CPPUNIT_TEST(itAsksOnceToBeRecycledAfterItsRequests);
    CPPUNIT_TEST(whatItHoldsIsReportedWhileItDrains);
    CPPUNIT_TEST(whatItCountedIsReportedAtItsEnd);
    CPPUNIT_TEST(aWrongMetricCountsNothing);
    CPPUNIT_TEST(aReceiverIsTakenAway);
    CPPUNIT_TEST(noMessageIsDeliveredAfterItsReturn);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;

    ForkedChild::Setup setup(std::function<int(cm_context*)> runChild) const
    {
        ForkedChild::Setup setup;
        setup.plan.group = "hello";
        setup.plan.shutdownTimeoutMs = 10'000;
        setup.plan.updateStatusMs = 60'000;
        setup.plan.logFolder = _folder.path();
        setup.runChild = std::move(runChild);
        return setup;
    }

    static int untilStop(cm_context* context)
    {
        context->ready(context);
        context->wait_stop(context, -1);
        return 4;
    }

    template <class Ask>
    void expectDelay(Ask ask)
    {
        auto delayed = setup(untilStop);
        delayed.plan.drainDelayMs = 300;
        ForkedChild child(std::move(delayed));
        child.expect<link::Ready>();
        const TimePoint asked = Clock::now();
        ask(child);
        ask(child);  // the second one changes nothing
        CPPUNIT_ASSERT_EQUAL(4, child.exitCode());
        CPPUNIT_ASSERT(Clock::now() - asked >= Millis(300));
    }

    void aReadyChildServesOnForTheDelay()
    {
        expectDelay([](ForkedChild& child) { child.tell(link::AskExit{}); });
    }

    void sigtermBeginsTheDelayToo()
    {
        expectDelay([](ForkedChild& child) { CPPUNIT_ASSERT_EQUAL(0, ::kill(child.pid(), SIGTERM)); });
    }

    void aChildThatIsNotReadyStopsAtOnce()
    {
        auto delayed = setup([](cm_context* context) { return context->wait_stop(context, -1); });
        delayed.plan.drainDelayMs = 600'000;
        ForkedChild child(std::move(delayed));
        child.expect<link::Hello>();
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(1, child.exitCode());
    }

    void withoutAMasterThereIsNoDelay()
    {
        auto delayed = setup(untilStop);
        delayed.plan.drainDelayMs = 600'000;
        ForkedChild child(std::move(delayed));
        child.expect<link::Ready>();
        child.tell(link::AskExit{});
        child.closeLink();
        (void)child.waitForEnd();
    }

    void heartbeatsAreFewAndTheLastBeatIsSent()
    {
        auto watched = setup([](cm_context* context) {
            context->ready(context);
            for (int i = 0; i < 10'000; ++i) context->beat(context);
            context->wait_stop(context, 20);
            for (int i = 0; i < 10'000; ++i) context->beat(context);
            return untilStop(context);
        });
        watched.plan.watchdogMs = 400;
        ForkedChild child(std::move(watched));
        child.expect<link::Heartbeat>();
        child.expect<link::Heartbeat>();  // late, but it comes
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(4, child.exitCode());
        CPPUNIT_ASSERT(child.heard<link::Heartbeat>() <= 3);
    }

    void itBeatsInItsDelay()
    {
        auto watched = setup([](cm_context* context) {
            context->ready(context);
            while (context->wait_stop(context, 5) == 0) context->beat(context);
            return 4;
        });
        watched.plan.watchdogMs = 200;
        watched.plan.drainDelayMs = 600'000;
        ForkedChild child(std::move(watched));
        child.expect<link::Ready>();
        child.tell(link::AskExit{});
        for (int i = 0; i < 4; ++i) child.expect<link::Heartbeat>();
    }

    void withoutAWatchdogThereIsNoHeartbeat()
    {
        ForkedChild child(setup([](cm_context* context) {
            for (int i = 0; i < 100; ++i) context->beat(context);
            context->report_status(context, "1");
            return untilStop(context);
        }));
        child.expect<link::Status>();  // sent by the thread that would have sent the beats before
        CPPUNIT_ASSERT_EQUAL(0, child.heard<link::Heartbeat>());
    }

    void aStoppingChildBeatsByItself()
    {
        auto slow = setup([](cm_context* context) {
            context->ready(context);
            for (;;) (void)::pause();
            return 0;
        });
        slow.plan.watchdogMs = 200;
        ForkedChild child(std::move(slow));
        child.expect<link::Ready>();
        child.tell(link::AskExit{});
        child.expect<link::Heartbeat>();
        child.expect<link::Heartbeat>();
    }

    void itAsksOnceToBeRecycledAfterItsRequests()
    {
        auto limited = setup([](cm_context* context) {
            context->ready(context);
            for (int i = 0; i < 300; ++i) context->count_requests(context, 1);
            context->send(context, CM_TO_MASTER, "done", 4);
            return untilStop(context);
        });
        limited.plan.maxRequests = 100;
        ForkedChild child(std::move(limited));
        const std::string reason = child.expect<link::RecycleMe>().reason;
        const std::string begin = "it has served ";
        CPPUNIT_ASSERT_EQUAL(begin, reason.substr(0, begin.size()));
        const unsigned long served = std::stoul(reason.substr(begin.size()));
        CPPUNIT_ASSERT(served >= 90 && served <= 100);
        child.expect<link::PluginMessage>();
        CPPUNIT_ASSERT_EQUAL(1, child.heard<link::RecycleMe>());
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(4, child.exitCode());
    }

    void whatItCountedIsReportedAtItsEnd()
    {
        ForkedChild child(setup([](cm_context* context) {
            const char* const labels[] = {"kind", "big", nullptr};
            cm_metric* jobs = context->metric(context, CM_COUNTER, "jobs_total", "Jobs.", labels, nullptr, 0);
            context->ready(context);
            context->wait_stop(context, -1);
            context->metric_add(jobs, 2);
            context->metric_add(jobs, -1);  // which no counter takes
            context->count_requests(context, 3);
            context->count_accepted(context, 2);
            return 0;
        }));
        child.expect<link::Ready>();
        child.tell(link::AskExit{});
        const auto named = child.expect<link::MetricDefined>();
        CPPUNIT_ASSERT_EQUAL(std::string("jobs_total"), named.name);
        CPPUNIT_ASSERT_EQUAL(std::string("big"), named.labels.at(0).second);
        const auto report = child.expect<link::MetricReport>();
        CPPUNIT_ASSERT_EQUAL(2.0, report.samples.at(0).value);
        const auto status = child.expect<link::Status>();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, status.requests);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, status.accepted);
        CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
    }

    void aWrongMetricCountsNothing()
    {
        ForkedChild child(setup([](cm_context* context) {
            const double buckets[] = {2, 1};
            cm_metric* wrong[] = {context->metric(context, 9, "a", "Help.", nullptr, nullptr, 0),
                                  context->metric(context, CM_COUNTER, nullptr, "Help.", nullptr, nullptr, 0),
                                  context->metric(context, CM_COUNTER, "a", nullptr, nullptr, nullptr, 0),
                                  context->metric(context, CM_COUNTER, "a b", "Help.", nullptr, nullptr, 0),
                                  context->metric(context, CM_HISTOGRAM, "a", "Help.", nullptr, buckets, 2)};
            int result = 0;
            for (cm_metric* metric : wrong)
            {
                result += metric == nullptr ? 1 : 0;
                context->metric_add(metric, 1);
                context->metric_set(metric, 1);
                context->metric_observe(metric, 1);
            }
            cm_metric* gauge = context->metric(context, CM_GAUGE, "open", "Open.", nullptr, nullptr, 0);
            context->metric_observe(gauge, 5);
            context->metric_set(gauge, 1 / 0.0);
            context->ready(context);
            return result;
        }));
        CPPUNIT_ASSERT_EQUAL(0.0, child.expect<link::MetricReport>().samples.at(0).value);
        CPPUNIT_ASSERT_EQUAL(5, child.exitCode());
    }

    static void echo(void* self, int32_t, const void* data, size_t size)
    {
        auto* context = static_cast<cm_context*>(self);
        context->send(context, CM_TO_MASTER, data, size);
    }

    static void waitForLevelTrace(cm_context* context)
    {
        while (context->log_enabled(context, CM_LOG_TRACE) == 0) (void)::poll(nullptr, 0, 1);
    }

    static void sayWhereItIs(void* self)
    {
        auto* context = static_cast<cm_context*>(self);
        context->send(context, CM_TO_MASTER, "exits", 5);
        waitForLevelTrace(context);
        context->send(context, CM_TO_MASTER, "goes", 4);
    }

    void aReceiverIsTakenAway()
    {
        ForkedChild child(setup([](cm_context* context) {
            context->on_message(context, echo, context);
            if (context->on_message(context, nullptr, nullptr) != CM_OK) return 1;
            context->ready(context);
            waitForLevelTrace(context);  // the message was there before
            context->send(context, CM_TO_MASTER, "set", 3);
            context->on_message(context, echo, context);
            return context->wait_stop(context, -1);
        }));
        child.expect<link::Ready>();
        child.tell(link::PluginMessage{0, "kept"});
        child.tell(link::SetLogLevel{1, CM_LOG_TRACE, ""});
        CPPUNIT_ASSERT_EQUAL(std::string("set"), child.expect<link::PluginMessage>().data);
        CPPUNIT_ASSERT_EQUAL(std::string("kept"), child.expect<link::PluginMessage>().data);
    }

    void noMessageIsDeliveredAfterItsReturn()
    {
        ForkedChild child(setup([](cm_context* context) {
            context->on_message(context, echo, context);
            context->at_exit(context, sayWhereItIs, context);
            context->ready(context);
            return context->wait_stop(context, -1);
        }));
        child.expect<link::Ready>();
        child.tell(link::PluginMessage{0, "before"});
        CPPUNIT_ASSERT_EQUAL(std::string("before"), child.expect<link::PluginMessage>().data);
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(std::string("exits"), child.expect<link::PluginMessage>().data);
        child.tell(link::PluginMessage{0, "too late"});
        child.tell(link::SetLogLevel{1, CM_LOG_TRACE, ""});
        CPPUNIT_ASSERT_EQUAL(std::string("goes"), child.expect<link::PluginMessage>().data);
    }

    static void expectHeld(ForkedChild& child, std::uint32_t held)
    {
        while (child.expect<link::Status>().held != held)
        {}
    }

    void whatItHoldsIsReportedWhileItDrains()
    {
        ForkedChild child(setup([](cm_context* context) {
            context->count_requests(context, 7);
            context->hold(context, 3);
            context->on_message(
                context,
                [](void* self, int32_t, const void*, size_t) {
                    auto* back = static_cast<cm_context*>(self);
                    back->hold(back, -1);
                },
                context);
            context->ready(context);
            for (;;) (void)::pause();
            return 0;
        }));
        child.expect<link::Ready>();
        child.tell(link::AskExit{});
        expectHeld(child, 3);
        for (const std::uint32_t left : {2u, 1u, 0u})
        {
            child.tell(link::PluginMessage{0, "one less"});
            expectHeld(child, left);  // the next periodic one would come in a minute
        }
        child.tell(link::PluginMessage{0, "clamped"});
        const link::Status last = child.expect<link::Status>();
        CPPUNIT_ASSERT_EQUAL(0u, last.held);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, last.requests);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChildDutiesTest);
