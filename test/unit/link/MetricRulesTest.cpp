/// Goal: a metric that Prometheus, or the host's own metrics, could not live with is refused with the reason.
/// Method: a good one of each kind, with one thing wrong at a time.
#include <cppunit/extensions/HelperMacros.h>

#include <limits>

#include "link/MetricRules.h"

namespace clustermanager::link {

class MetricRulesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MetricRulesTest);
    CPPUNIT_TEST(goodOnesPass);
    CPPUNIT_TEST(namesAreChecked);
    CPPUNIT_TEST(textsAreChecked);
    CPPUNIT_TEST(labelsAreChecked);
    CPPUNIT_TEST(bucketsAreChecked);
    CPPUNIT_TEST_SUITE_END();

    MetricDefined _counter{0, MetricKind::Counter, "jobs_total", "Jobs done.", {{"kind", "big"}}, {}};
    MetricDefined _histogram{255, MetricKind::Histogram, "_took", "How long.", {}, {0.5, 1, 2.5}};

    void goodOnesPass()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), problemOf(_counter));
        CPPUNIT_ASSERT_EQUAL(std::string(), problemOf(_histogram));
        _counter.name = std::string(kMetricNameMax, 'a');
        _counter.help = std::string(kMetricHelpMax, ' ');
        _counter.labels = {{"a", "\u00fc\"\\"}, {"b", std::string(kMetricLabelValueMax, 'x')}};
        _counter.kind = MetricKind::Gauge;
        CPPUNIT_ASSERT_EQUAL(std::string(), problemOf(_counter));
    }

    void namesAreChecked()
    {
        for (const std::string& name :
             {std::string(), std::string("1a"), std::string("a b"), std::string("a-b"), std::string("a:b"),
              std::string("a\0b", 3), std::string("a\nb"), std::string("\xc3\xbc"),
              std::string(kMetricNameMax + 1, 'a'), std::string("clustermanager_x")})
        {
            _counter.name = name;
            CPPUNIT_ASSERT_MESSAGE(name, !problemOf(_counter).empty());
        }
        _histogram.series = kMetricSeriesMax;
        CPPUNIT_ASSERT_EQUAL(std::string("there are more than 256 series"), problemOf(_histogram));
    }

    void textsAreChecked()
    {
        for (const std::string& help : {std::string(), std::string("a\nb"), std::string("\xff"),
                                        std::string("\0", 1), std::string(kMetricHelpMax + 1, 'a')})
        {
            _counter.help = help;
            CPPUNIT_ASSERT_MESSAGE(help, !problemOf(_counter).empty());
        }
    }

    void labelsAreChecked()
    {
        using Labels = decltype(_counter.labels);
        const std::string longer(kMetricLabelValueMax + 1, 'x');
        Labels many;
        for (char c = 'a'; many.size() <= kMetricLabelsMax; ++c) many.emplace_back(std::string(1, c), "");
        for (const Labels& labels : {Labels{{"", "x"}}, Labels{{"a-b", "x"}}, Labels{{"__a", "x"}},
                                     Labels{{"group", "x"}}, Labels{{"le", "x"}}, Labels{{"quantile", "x"}},
                                     Labels{{"b", ""}, {"a", ""}}, Labels{{"a", ""}, {"a", ""}},
                                     Labels{{"a", "\n"}}, Labels{{"a", "\xff"}}, Labels{{"a", longer}}, many})
        {
            _counter.labels = labels;
            CPPUNIT_ASSERT(!problemOf(_counter).empty());
        }
    }

    void bucketsAreChecked()
    {
        constexpr double kInf = std::numeric_limits<double>::infinity();
        constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
        std::vector<double> many;
        while (many.size() <= kMetricBoundsMax) many.push_back(static_cast<double>(many.size()));
        for (const std::vector<double>& bounds :
             {std::vector<double>{}, {1, 1}, {2, 1}, {1, kInf}, {kNan}, {1, kNan}, {-kInf, 1}, many})
        {
            _histogram.bounds = bounds;
            CPPUNIT_ASSERT(!problemOf(_histogram).empty());
        }
        _counter.bounds = {1};
        CPPUNIT_ASSERT(!problemOf(_counter).empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MetricRulesTest);

}  // namespace clustermanager::link
