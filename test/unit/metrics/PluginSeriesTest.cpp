/// Goal: a group's metrics are the sums over its processes, those that have ended included, and nothing that
/// a
///       process says makes them wrong, grow without bound or go back.
/// Method: definitions and reports as processes would send them, hostile ones too; what is shown is compared
///       whole.
#include <cppunit/extensions/HelperMacros.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>

#include "base/Fields.h"
#include "metrics/PluginSeries.h"

namespace clustermanager::metrics {

namespace {

using link::MetricKind;

constexpr StartNumber kFirst{1};
constexpr StartNumber kSecond{2};

link::MetricDefined counterOf(std::uint16_t series, const std::string& name, const std::string& label = "")
{
    link::MetricDefined metric{series, MetricKind::Counter, name, "Help.", {}, {}};
    if (!label.empty()) metric.labels = {{"kind", label}};
    return metric;
}

link::MetricDefined gaugeOf(std::uint16_t series, const std::string& name)
{
    return {series, MetricKind::Gauge, name, "Help.", {}, {}};
}

link::MetricDefined histogramOf(std::uint16_t series, const std::string& name, std::vector<double> bounds)
{
    return {series, MetricKind::Histogram, name, "Help.", {}, std::move(bounds)};
}

link::MetricReport of(std::uint16_t series, double value, const std::vector<std::uint64_t>& counts = {})
{
    return {{{series, value, static_cast<std::uint8_t>(counts.size())}}, counts};
}

}  // namespace

class PluginSeriesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PluginSeriesTest);
    CPPUNIT_TEST(countersAreSummedAndSurvive);
    CPPUNIT_TEST(gaugesAreSummedAndGo);
    CPPUNIT_TEST(histogramsAreSummedAndSurvive);
    CPPUNIT_TEST(groupsAreApart);
    CPPUNIT_TEST(theFirstKindOfANameStays);
    CPPUNIT_TEST(aGroupMayChangeWhatItAloneHas);
    CPPUNIT_TEST(otherBucketsBeginAnew);
    CPPUNIT_TEST(namesOfAHistogramAreTaken);
    CPPUNIT_TEST(hostileReportsChangeNothing);
    CPPUNIT_TEST(hostileNamesAreRefused);
    CPPUNIT_TEST(whatWasRefusedIsReportedForNothing);
    CPPUNIT_TEST(aGroupHasSoManySeriesAndNoMore);
    CPPUNIT_TEST(whatNobodyHasMakesRoom);
    CPPUNIT_TEST(aGroupIsForgotten);
    CPPUNIT_TEST(anotherImageGoesOnWithIt);
    CPPUNIT_TEST(mayChangeWhileItIsShown);
    CPPUNIT_TEST_SUITE_END();

    PluginSeries _series;

    std::string shown() const
    {
        std::vector<prometheus::MetricFamily> families;
        for (PluginSeries::Place place; _series.appendNext(families, place);)
        {}
        return linesOf(families);
    }

    /// Without what is about a family.
    static std::string linesOf(const std::vector<prometheus::MetricFamily>& families)
    {
        std::string text;
        std::string all = prometheus::TextSerializer().Serialize(families);
        for (std::size_t begin = 0; begin < all.size();)
        {
            const std::size_t end = all.find('\n', begin) + 1;
            if (all[begin] != '#') text += all.substr(begin, end - begin);
            begin = end;
        }
        return text;
    }

    void define(const link::MetricDefined& metric, StartNumber start = kFirst,
                const std::string& group = "web")
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), _series.define(group, start, metric));
    }
    void report(const link::MetricReport& report, StartNumber start = kFirst)
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), _series.report(start, report));
    }

    void countersAreSummedAndSurvive()
    {
        define(counterOf(0, "jobs_total"));
        CPPUNIT_ASSERT_EQUAL(std::string("jobs_total{group=\"web\"} 0\n"), shown());
        define(counterOf(0, "jobs_total"), kSecond);
        report(of(0, 2));
        report(of(0, 0.5), kSecond);
        report(of(0, 3), kSecond);
        CPPUNIT_ASSERT_EQUAL(std::string("jobs_total{group=\"web\"} 5.5\n"), shown());
        _series.ended(kFirst);
        _series.ended(kSecond);
        CPPUNIT_ASSERT_EQUAL(std::string("jobs_total{group=\"web\"} 5.5\n"), shown());
        define(counterOf(0, "jobs_total"), StartNumber{3});
        report(of(0, 1), StartNumber{3});
        CPPUNIT_ASSERT_EQUAL(std::string("jobs_total{group=\"web\"} 6.5\n"), shown());
    }

    void gaugesAreSummedAndGo()
    {
        define(gaugeOf(0, "open"));
        CPPUNIT_ASSERT_EQUAL(std::string(), shown());
        define(gaugeOf(0, "open"), kSecond);
        report(of(0, 7));
        report(of(0, -2), kSecond);
        report(of(0, 4));
        CPPUNIT_ASSERT_EQUAL(std::string("open{group=\"web\"} 2\n"), shown());
        _series.ended(kFirst);
        CPPUNIT_ASSERT_EQUAL(std::string("open{group=\"web\"} -2\n"), shown());
        _series.ended(kSecond);
        CPPUNIT_ASSERT_EQUAL(std::string(), shown());
    }

    void histogramsAreSummedAndSurvive()
    {
        define(histogramOf(0, "took", {0.5, 2}));
        define(histogramOf(0, "took", {0.5, 2}), kSecond);
        report(of(0, 3.5, {1, 2, 0}));
        _series.ended(kFirst);
        report(of(0, 10, {0, 0, 1}), kSecond);
        CPPUNIT_ASSERT_EQUAL(std::string("took_count{group=\"web\"} 4\n"
                                         "took_sum{group=\"web\"} 13.5\n"
                                         "took_bucket{group=\"web\",le=\"0.5\"} 1\n"
                                         "took_bucket{group=\"web\",le=\"2\"} 3\n"
                                         "took_bucket{group=\"web\",le=\"+Inf\"} 4\n"),
                             shown());
    }

    void groupsAreApart()
    {
        define(counterOf(0, "jobs_total", "a"));
        define(counterOf(0, "jobs_total", "a"), kSecond, "api");
        report(of(0, 1));
        report(of(0, 2), kSecond);
        CPPUNIT_ASSERT_EQUAL(std::string("jobs_total{group=\"api\",kind=\"a\"} 2\n"
                                         "jobs_total{group=\"web\",kind=\"a\"} 1\n"),
                             shown());
    }

    void theFirstKindOfANameStays()
    {
        define(counterOf(0, "jobs"));
        const std::string problem = _series.define("api", kSecond, gaugeOf(0, "jobs"));
        CPPUNIT_ASSERT_EQUAL(std::string("jobs is a counter of group web already, and no gauge"), problem);
        report(of(0, 3), kSecond);
        report(of(0, 1));
        CPPUNIT_ASSERT_EQUAL(std::string("jobs{group=\"web\"} 1\n"), shown());
    }

    void aGroupMayChangeWhatItAloneHas()
    {
        define(counterOf(0, "jobs", "a"));
        define(counterOf(1, "jobs", "b"));
        report(of(0, 3));
        define(gaugeOf(0, "jobs"), kSecond);
        report(of(0, 5), kSecond);
        report(of(0, 1));  // of what is no more
        report(of(1, 1));
        CPPUNIT_ASSERT_EQUAL(std::string("jobs{group=\"web\"} 5\n"), shown());
        _series.ended(kFirst);
        _series.ended(kSecond);
        CPPUNIT_ASSERT_EQUAL(std::string(), shown());
    }

    void otherBucketsBeginAnew()
    {
        define(histogramOf(0, "took", {1}));
        report(of(0, 1, {1, 0}));
        define(histogramOf(0, "took", {2}), kSecond);
        report(of(0, 1, {1, 0}));
        report(of(0, 5, {0, 1}), kSecond);
        CPPUNIT_ASSERT_EQUAL(std::string("took_count{group=\"web\"} 1\ntook_sum{group=\"web\"} 5\n"
                                         "took_bucket{group=\"web\",le=\"2\"} 0\n"
                                         "took_bucket{group=\"web\",le=\"+Inf\"} 1\n"),
                             shown());
    }

    void namesOfAHistogramAreTaken()
    {
        define(histogramOf(0, "took", {1}));
        CPPUNIT_ASSERT_EQUAL(std::string("took_sum is a name of histogram took"),
                             _series.define("web", kFirst, counterOf(1, "took_sum")));
        define(counterOf(2, "size_count"));
        CPPUNIT_ASSERT_EQUAL(std::string("size would need the name size_count, which is there already"),
                             _series.define("web", kFirst, histogramOf(3, "size", {1})));
        define(counterOf(4, "size_bucketful"));
    }

    void hostileReportsChangeNothing()
    {
        constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
        constexpr double kInf = std::numeric_limits<double>::infinity();
        constexpr double kLargest = std::numeric_limits<double>::max();
        constexpr auto kTooMany = std::numeric_limits<std::uint64_t>::max();
        define(counterOf(0, "jobs_total"));
        define(gaugeOf(1, "open"));
        define(histogramOf(2, "took", {1}));
        report(of(0, kLargest));
        report(of(1, 1));
        report(of(2, 1, {1, 0}));
        const std::string before = shown();
        const link::MetricReport hostile[] = {
            of(0, -1),
            of(0, kNan),
            of(0, kInf),
            of(0, kLargest),
            of(1, kNan),
            of(1, -kInf),
            of(2, kNan, {1, 0}),
            of(2, 1),
            of(2, 1, {1}),
            of(2, 1, {1, 2, 3}),
            of(2, 1, {kTooMany, 0}),
            of(0, 1, {1}),
            of(3, 1),
            of(65'535, 1),
            {{{2, 1, 2}}, {}},
            {{{0, 0, 0}}, {1}},
            {{{2, 1, 255}}, {1, 2}},
            // The first would be good, so all is looked at first.
            {{{1, 9, 0}, {0, -1, 0}}, {}},
            {std::vector<link::MetricSample>(link::kMetricSamplesMax + 1, link::MetricSample{1, 3, 0}), {}}};
        for (const link::MetricReport& each : hostile)
        {
            CPPUNIT_ASSERT(!_series.report(kFirst, each).empty());
            CPPUNIT_ASSERT_EQUAL(before, shown());
        }
        CPPUNIT_ASSERT(!_series.report(kSecond, of(0, 1)).empty());  // who has named nothing
        // A count that would overflow stays where it can still be told.
        for (int i = 0; i < 3; ++i) report(of(2, 0, {std::uint64_t{1} << 53, 0}));
        CPPUNIT_ASSERT(shown().find("took_count{group=\"web\"} 9007199254740992\n") != std::string::npos);
    }

    void hostileNamesAreRefused()
    {
        for (const char* name : {"", "1st", "a-b", "a\nb", "clustermanager_jobs", "x{y}", "\xff"})
        {
            PluginSeries series;
            CPPUNIT_ASSERT(!series.define("web", kFirst, counterOf(0, name)).empty());
            CPPUNIT_ASSERT_EQUAL(std::string(), series.report(kFirst, of(0, 1)));
            std::vector<prometheus::MetricFamily> families;
            for (PluginSeries::Place place; series.appendNext(families, place);)
            {}
            CPPUNIT_ASSERT(families.empty());
        }
        PluginSeries fresh;
        CPPUNIT_ASSERT(!fresh.define("web", kFirst, counterOf(256, "far")).empty());
        CPPUNIT_ASSERT(!fresh.define("web", kFirst, counterOf(65'535, "far")).empty());
        CPPUNIT_ASSERT_EQUAL(std::string(), fresh.define("web", kFirst, counterOf(7, "near")));
        CPPUNIT_ASSERT(!fresh.define("web", kFirst, counterOf(7, "again")).empty());
        CPPUNIT_ASSERT(!fresh.define("web", kFirst, counterOf(3, "before")).empty());
    }

    void whatWasRefusedIsReportedForNothing()
    {
        CPPUNIT_ASSERT(!_series.define("web", kFirst, histogramOf(0, "clustermanager_x", {1})).empty());
        define(counterOf(1, "jobs_total"));
        report({{{0, 5, 2}, {1, 1, 0}}, {3, 4}});
        CPPUNIT_ASSERT_EQUAL(std::string("jobs_total{group=\"web\"} 1\n"), shown());
    }

    void aGroupHasSoManySeriesAndNoMore()
    {
        for (std::uint16_t i = 0; i < link::kMetricSeriesMax; ++i)
            define(counterOf(i, "jobs_total", std::to_string(i)));
        const std::string before = shown();
        CPPUNIT_ASSERT_EQUAL(std::string("its group has 256 series already"),
                             _series.define("web", kSecond, counterOf(0, "jobs_total", "more")));
        define(counterOf(1, "jobs_total", "17"), kSecond);
        CPPUNIT_ASSERT_EQUAL(before, shown());
        define(counterOf(0, "jobs_total", "more"), StartNumber{3}, "api");
    }

    void whatNobodyHasMakesRoom()
    {
        // A plugin that names its series after its pid.
        for (std::uint64_t start = 1; start <= 10 * link::kMetricSeriesMax; ++start)
        {
            define(counterOf(0, "of_pid_total", std::to_string(start)), StartNumber{start});
            report(of(0, 1), StartNumber{start});
            _series.ended(StartNumber{start});
        }
        const std::string text = shown();
        const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        CPPUNIT_ASSERT_EQUAL(link::kMetricSeriesMax, lines);
    }

    void aGroupIsForgotten()
    {
        define(counterOf(0, "jobs_total"));
        define(gaugeOf(1, "open"));
        define(counterOf(0, "jobs_total"), kSecond, "api");
        _series.forget("web");
        CPPUNIT_ASSERT_EQUAL(std::string("jobs_total{group=\"api\"} 0\n"), shown());
        report(of(0, 1));  // a last word of a process
        _series.ended(kFirst);
        CPPUNIT_ASSERT_EQUAL(std::string(), _series.define("web", StartNumber{3}, counterOf(0, "open")));
    }

    void anotherImageGoesOnWithIt()
    {
        define(counterOf(0, "jobs_total", "a"));
        CPPUNIT_ASSERT(!_series.define("web", kFirst, counterOf(1, "clustermanager_x")).empty());
        define(gaugeOf(2, "open"));
        define(histogramOf(3, "took", {1, 2}));
        define(gaugeOf(0, "open"), kSecond);
        report(of(0, 3));
        report(of(2, 4));
        report(of(3, 4, {1, 2, 3}));
        const std::string before = shown();

        FieldWriter out;
        out(_series.state());
        const Bytes bytes = out.take();
        FieldReader in(bytes.data(), bytes.size());
        PluginSeries::State state;
        in(state);
        CPPUNIT_ASSERT_EQUAL(std::string(), in.finish());
        _series = PluginSeries();
        _series.resume(state);
        CPPUNIT_ASSERT_EQUAL(before, shown());

        report(of(0, 1));
        report(of(2, 1));
        report(of(0, 1), kSecond);
        CPPUNIT_ASSERT(shown().find("jobs_total{group=\"web\",kind=\"a\"} 4\n") != std::string::npos);
        CPPUNIT_ASSERT(shown().find("open{group=\"web\"} 2\n") != std::string::npos);
        define(counterOf(4, "more_total"));
        _series.ended(kFirst);
        CPPUNIT_ASSERT(shown().find("open{group=\"web\"} 1\n") != std::string::npos);
    }

    void mayChangeWhileItIsShown()
    {
        define(counterOf(0, "a_total", "x"));
        define(counterOf(1, "a_total", "y"));
        define(counterOf(2, "b_total"));
        define(counterOf(3, "c_total", "x"));
        define(counterOf(4, "c_total", "y"));
        std::vector<prometheus::MetricFamily> families;
        PluginSeries::Place place;
        CPPUNIT_ASSERT(_series.appendNext(families, place));
        _series.ended(kFirst);
        // What was shown last goes, what comes next becomes another one, and something new comes behind it.
        define({0, MetricKind::Gauge, "a_total", "Help.", {{"kind", "z"}}, {}}, kSecond);
        report(of(0, 7), kSecond);
        CPPUNIT_ASSERT(_series.appendNext(families, place));
        CPPUNIT_ASSERT(_series.appendNext(families, place));
        CPPUNIT_ASSERT(_series.appendNext(families, place));
        define(counterOf(1, "d_total"), kSecond);
        _series.forget("web");
        CPPUNIT_ASSERT(!_series.appendNext(families, place));
        CPPUNIT_ASSERT_EQUAL(std::string("a_total{group=\"web\",kind=\"x\"} 0\n"
                                         "b_total{group=\"web\"} 0\n"
                                         "c_total{group=\"web\",kind=\"x\"} 0\n"),
                             linesOf(families));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PluginSeriesTest);

}  // namespace clustermanager::metrics
