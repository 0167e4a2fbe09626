/// Goal: the one table is sound, and the texts made from it leave no key out and stay readable.
/// Method: each row is checked against its own rules; the texts are searched for every key.

#include <set>
#include <sstream>

#include "config/OptionTable.h"
#include "config/OptionValue.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::assertHas;

class OptionTableTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OptionTableTest);
    CPPUNIT_TEST(everyNameIsThereOnce);
    CPPUNIT_TEST(everyDefaultPassesItsOwnCheck);
    CPPUNIT_TEST(everyDefaultIsTheOneOfHostConfig);
    CPPUNIT_TEST(everyKeyHasATextThatIsASentence);
    CPPUNIT_TEST(helpNamesEveryKeyWithDefaultAndBoundsInside110Columns);
    CPPUNIT_TEST(markdownHasARowOfFiveCellsForEveryKey);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyNameIsThereOnce()
    {
        std::set<std::string_view> names;
        for (const Option& option : optionTable())
        {
            CPPUNIT_ASSERT_MESSAGE(std::string(option.name), names.insert(option.name).second);
            CPPUNIT_ASSERT(findOption(option.name) == &option);
        }
        CPPUNIT_ASSERT(findOption("nothing") == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::size_t{57}, names.size());
    }

    void everyDefaultPassesItsOwnCheck()
    {
        for (const Option& option : optionTable())
        {
            if (option.fallback.empty()) continue;
            const auto parsed = parseOption(option, option.fallback);
            CPPUNIT_ASSERT_MESSAGE(std::string(option.name), std::holds_alternative<OptionValue>(parsed));
        }
    }

    void everyDefaultIsTheOneOfHostConfig()
    {
        const HostConfig loaded = test::good({{"cluster.count", "1"}});
        const HostConfig plain;
        const Group group;
        CPPUNIT_ASSERT_EQUAL(plain.webServerAddress, loaded.webServerAddress);
        CPPUNIT_ASSERT_EQUAL(plain.webServerPort, loaded.webServerPort);
        CPPUNIT_ASSERT(plain.logLevel == loaded.logLevel);
        CPPUNIT_ASSERT_EQUAL(plain.defaultLog.rotateBytes, loaded.defaultLog.rotateBytes);
        CPPUNIT_ASSERT_EQUAL(plain.defaultLog.rotateCount, loaded.defaultLog.rotateCount);
        assertSamePolicy(group.policy, loaded.groups.at(0).policy);
        CPPUNIT_ASSERT_EQUAL(group.preload, loaded.groups[0].preload);
        CPPUNIT_ASSERT_EQUAL(group.spares, loaded.groups[0].spares);
        CPPUNIT_ASSERT(group.updateStatus == loaded.groups[0].updateStatus);
        CPPUNIT_ASSERT(group.output == loaded.groups[0].output);
        CPPUNIT_ASSERT(group.runMaster == loaded.groups[0].runMaster);
        CPPUNIT_ASSERT(group.maxLifetime == loaded.groups[0].maxLifetime);
        CPPUNIT_ASSERT_EQUAL(group.maxRequests, loaded.groups[0].maxRequests);
        CPPUNIT_ASSERT_EQUAL(group.maxMemoryKiB, loaded.groups[0].maxMemoryKiB);
        CPPUNIT_ASSERT_EQUAL(group.crashReports, loaded.groups[0].crashReports);
        CPPUNIT_ASSERT_EQUAL(group.crashReportsKept, loaded.groups[0].crashReportsKept);
        CPPUNIT_ASSERT_EQUAL(plain.pluginsWatch, loaded.pluginsWatch);
    }

    void everyKeyHasATextThatIsASentence()
    {
        for (const Option& option : optionTable())
        {
            CPPUNIT_ASSERT_MESSAGE(std::string(option.name), option.text.size() > 20);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(option.name), '.', option.text.back());
        }
    }

    void helpNamesEveryKeyWithDefaultAndBoundsInside110Columns()
    {
        const std::string help = helpConfig();
        for (const Option& option : optionTable())
        {
            const std::string fallback = option.fallback.empty() ? "unset" : std::string(option.fallback);
            assertHas(help, "\n  " + std::string(option.name) + " = " + fallback + "  (" +
                                boundsText(option) + ")");
        }
        std::istringstream lines(help);
        for (std::string line; std::getline(lines, line);) CPPUNIT_ASSERT_MESSAGE(line, line.size() <= 110);
        assertHas(help, "[listen] NAME = ADDRESS");
    }

    void markdownHasARowOfFiveCellsForEveryKey()
    {
        std::istringstream rows(markdownConfig());
        std::size_t count = 0;
        for (std::string row; std::getline(rows, row); ++count)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row, std::ptrdiff_t{6}, std::count(row.begin(), row.end(), '|'));
        CPPUNIT_ASSERT_EQUAL(optionTable().size() + 2, count);
        for (const Option& option : optionTable())
            assertHas(markdownConfig(), "| `" + std::string(option.name) + "` |");
    }

private:
    static void assertSamePolicy(const core::GroupPolicy& left, const core::GroupPolicy& right)
    {
        CPPUNIT_ASSERT(left.restart == right.restart);
        CPPUNIT_ASSERT(left.backoffMin == right.backoffMin);
        CPPUNIT_ASSERT(left.backoffMax == right.backoffMax);
        CPPUNIT_ASSERT(left.minUptime == right.minUptime);
        CPPUNIT_ASSERT_EQUAL(left.maxRestarts, right.maxRestarts);
        CPPUNIT_ASSERT(left.restartWindow == right.restartWindow);
        CPPUNIT_ASSERT(left.onGiveUp == right.onGiveUp);
        CPPUNIT_ASSERT(left.startTimeout == right.startTimeout);
        CPPUNIT_ASSERT(left.shutdownTimeout == right.shutdownTimeout);
        CPPUNIT_ASSERT(left.drainDelay == right.drainDelay);
        CPPUNIT_ASSERT(left.watchdog == right.watchdog);
        CPPUNIT_ASSERT_EQUAL(left.maxCount, right.maxCount);
        CPPUNIT_ASSERT(left.maxSurge == right.maxSurge);
        CPPUNIT_ASSERT_EQUAL(left.maxUnavailable, right.maxUnavailable);
        CPPUNIT_ASSERT_EQUAL(left.minReady, right.minReady);
        CPPUNIT_ASSERT(left.after == right.after);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OptionTableTest);

}  // namespace clustermanager::config
