/// Goal: the files in etc/ for Prometheus and Grafana are usable as they are.
/// Method: promtool's opinion; every metric of ours that one of them names is one that the host has.
#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "metrics/FamilyTable.h"
#include "unit/metrics/Promtool.h"

namespace clustermanager::metrics {

namespace {

std::string pathOf(const std::string& name)
{
    return CM_SOURCE_FOLDER "/etc/" + name;
}

std::set<std::string> namesIn(const std::string& file)
{
    std::ifstream in(pathOf(file));
    std::ostringstream text;
    text << in.rdbuf();
    const std::string all = text.str();
    const std::regex name("clustermanager_[a-z_]+");
    std::set<std::string> found;
    for (std::sregex_iterator next(all.begin(), all.end(), name); next != std::sregex_iterator(); ++next)
        found.insert(next->str());
    return found;
}

bool isShown(const std::string& wanted)
{
    for (std::size_t i = 0; i < kFamilies; ++i)
    {
        const FamilyRow& about = row(static_cast<Family>(i));
        const std::string family(about.name);
        if (about.type != prometheus::MetricType::Histogram)
        {
            if (wanted == family) return true;
            continue;
        }
        for (const char* end : {"_bucket", "_sum", "_count"})
            if (wanted == family + end) return true;
    }
    return false;
}

}  // namespace

class EtcPrometheusTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EtcPrometheusTest);
    CPPUNIT_TEST(rulesAreGood);
    CPPUNIT_TEST(configurationIsGood);
    CPPUNIT_TEST(theyNameWhatThereIs);
    CPPUNIT_TEST_SUITE_END();

    void rulesAreGood()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             test::promtool("check rules " + pathOf("prometheus-alerts.yaml")));
    }

    void configurationIsGood()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), test::promtool("check config " + pathOf("prometheus.yml")));
    }

    void theyNameWhatThereIs()
    {
        for (const char* file : {"prometheus-alerts.yaml", "grafana-dashboard.json"})
        {
            const std::set<std::string> names = namesIn(file);
            CPPUNIT_ASSERT_MESSAGE(file, names.size() >= 8);
            for (const std::string& name : names)
                CPPUNIT_ASSERT_MESSAGE(std::string(file) + ": " + name, isShown(name));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EtcPrometheusTest);

}  // namespace clustermanager::metrics
