/// Goal: what is counted is reported once, whatever becomes of a report, and a metric is made once.
/// Method: a store whose messages the test takes, or does not.
#include <cppunit/extensions/HelperMacros.h>

#include <thread>

#include "child/MetricStore.h"

namespace clustermanager::child {

using link::MetricKind;

class MetricStoreTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MetricStoreTest);
    CPPUNIT_TEST(announcesThenReportsWhatChanged);
    CPPUNIT_TEST(aHistogramReportsItsBuckets);
    CPPUNIT_TEST(whatWasNotTakenComesAgain);
    CPPUNIT_TEST(manyTakeSeveralReports);
    CPPUNIT_TEST(theSameIsTheSame);
    CPPUNIT_TEST(whatCannotBeIsRefused);
    CPPUNIT_TEST(noneIsLostWhileItReports);
    CPPUNIT_TEST_SUITE_END();

    MetricStore _store;
    std::vector<link::FromChild> _sent;
    std::size_t _room = 1000;

    cm_metric* define(MetricKind kind, const std::string& name, std::vector<double> bounds = {},
                      std::vector<std::pair<std::string, std::string>> labels = {})
    {
        std::string problem;
        link::MetricDefined metric{0, kind, name, "Help.", std::move(labels), std::move(bounds)};
        cm_metric* made = _store.define(std::move(metric), problem);
        CPPUNIT_ASSERT_EQUAL(made == nullptr, !problem.empty());
        return made;
    }

    void report()
    {
        _sent.clear();
        _store.report([this](const link::FromChild& message) {
            if (_sent.size() >= _room) return false;
            _sent.push_back(message);
            return true;
        });
    }
    template <class Message>
    std::vector<Message> sent() const
    {
        std::vector<Message> all;
        for (const link::FromChild& message : _sent)
            if (const auto* wanted = std::get_if<Message>(&message)) all.push_back(*wanted);
        return all;
    }
    link::MetricReport sentReport() const
    {
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sent<link::MetricReport>().size());
        return sent<link::MetricReport>()[0];
    }

    void announcesThenReportsWhatChanged()
    {
        report();
        CPPUNIT_ASSERT(_sent.empty());
        cm_metric* jobs = define(MetricKind::Counter, "jobs_total");
        cm_metric* open = define(MetricKind::Gauge, "open");
        report();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, sent<link::MetricDefined>().size());
        CPPUNIT_ASSERT_EQUAL(std::string("open"), sent<link::MetricDefined>()[1].name);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{1}, sent<link::MetricDefined>()[1].series);
        // A gauge is something from the beginning, a counter is not.
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sentReport().samples.size());
        CPPUNIT_ASSERT_EQUAL(0.0, sentReport().samples[0].value);
        report();
        CPPUNIT_ASSERT(_sent.empty());

        jobs->add(2);
        jobs->add(0.5);
        open->set(7);
        open->add(-3);
        report();
        CPPUNIT_ASSERT_EQUAL(2.5, sentReport().samples[0].value);
        CPPUNIT_ASSERT_EQUAL(4.0, sentReport().samples[1].value);
        jobs->add(1);
        open->set(4);  // which it is
        report();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sentReport().samples.size());
        CPPUNIT_ASSERT_EQUAL(1.0, sentReport().samples[0].value);
    }

    void aHistogramReportsItsBuckets()
    {
        cm_metric* took = define(MetricKind::Histogram, "took", {1, 2});
        for (const double seen : {-1.0, 1.0, 1.5, 3.0, 3.0}) took->observe(seen);
        report();
        CPPUNIT_ASSERT_EQUAL(7.5, sentReport().samples[0].value);
        CPPUNIT_ASSERT(sentReport().counts == std::vector<std::uint64_t>({2, 1, 2}));
        took->observe(0);  // which changes no sum
        report();
        CPPUNIT_ASSERT(sentReport().counts == std::vector<std::uint64_t>({1, 0, 0}));
    }

    void whatWasNotTakenComesAgain()
    {
        cm_metric* jobs = define(MetricKind::Counter, "jobs_total");
        cm_metric* took = define(MetricKind::Histogram, "took", {1});
        jobs->add(3);
        took->observe(2);
        // Nothing, the one announcement, the other, and nothing again.
        for (const std::size_t room : {0U, 1U, 1U, 0U})
        {
            _room = room;
            report();
            CPPUNIT_ASSERT_EQUAL(room, _sent.size());
            CPPUNIT_ASSERT(sent<link::MetricReport>().empty());
        }
        _room = 10;
        jobs->add(1);
        report();
        CPPUNIT_ASSERT_EQUAL(4.0, sentReport().samples[0].value);
        CPPUNIT_ASSERT_EQUAL(2.0, sentReport().samples[1].value);
        CPPUNIT_ASSERT(sentReport().counts == std::vector<std::uint64_t>({0, 1}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _sent.size());  // announced before
        report();
        CPPUNIT_ASSERT(_sent.empty());
    }

    void manyTakeSeveralReports()
    {
        for (std::size_t i = 0; i < link::kMetricSeriesMax; ++i)
            define(MetricKind::Counter, "jobs_total", {}, {{"kind", std::to_string(i)}})->add(1);
        CPPUNIT_ASSERT(define(MetricKind::Counter, "more_total") == nullptr);
        report();
        const std::vector<link::MetricReport> reports = sent<link::MetricReport>();
        CPPUNIT_ASSERT_EQUAL(link::kMetricSeriesMax / link::kMetricSamplesMax, reports.size());
        for (const link::MetricReport& each : reports)
            CPPUNIT_ASSERT_EQUAL(link::kMetricSamplesMax, each.samples.size());
    }

    void theSameIsTheSame()
    {
        cm_metric* one = define(MetricKind::Counter, "jobs_total", {}, {{"b", "2"}, {"a", "1"}});
        CPPUNIT_ASSERT(one == define(MetricKind::Counter, "jobs_total", {}, {{"a", "1"}, {"b", "2"}}));
        CPPUNIT_ASSERT(one != define(MetricKind::Counter, "jobs_total", {}, {{"a", "1"}, {"b", "3"}}));
        CPPUNIT_ASSERT(define(MetricKind::Gauge, "jobs_total", {}, {{"a", "1"}, {"b", "2"}}) == nullptr);
    }

    void whatCannotBeIsRefused()
    {
        CPPUNIT_ASSERT(define(MetricKind::Counter, "clustermanager_x") == nullptr);
        CPPUNIT_ASSERT(define(MetricKind::Histogram, "took") == nullptr);
        report();
        CPPUNIT_ASSERT(_sent.empty());
    }

    void noneIsLostWhileItReports()
    {
        constexpr int kTimes = 20'000;
        cm_metric* jobs = define(MetricKind::Counter, "jobs_total");
        cm_metric* took = define(MetricKind::Histogram, "took", {1});
        std::vector<std::thread> threads;
        for (int i = 0; i < 2; ++i)
            threads.emplace_back([&] {
                for (int j = 0; j < kTimes; ++j)
                {
                    jobs->add(1);
                    took->observe(2);
                }
            });
        double seen = 0;
        std::uint64_t observed = 0;
        const auto take = [&] {
            report();
            for (const link::MetricReport& each : sent<link::MetricReport>())
            {
                for (const link::MetricSample& sample : each.samples)
                    if (sample.series == 0) seen += sample.value;
                for (const std::uint64_t count : each.counts) observed += count;
            }
        };
        for (int i = 0; i < 100; ++i) take();
        for (std::thread& thread : threads) thread.join();
        take();
        CPPUNIT_ASSERT_EQUAL(2.0 * kTimes, seen);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2} * kTimes, observed);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MetricStoreTest);

}  // namespace clustermanager::child
