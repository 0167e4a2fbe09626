/// Goal: every key reaches its field, a group's own value wins over the cluster's, and contradictions are
/// named. Method: each key set to something else than its default, in [cluster], in [plugin.hello], and in
/// both.

#include "unit/config/Loading.h"

namespace clustermanager::config {

using core::GiveUpMode;
using core::RestartMode;
using test::assertHas;
using test::good;
using test::Keys;
using test::wrong;

class GroupSectionTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GroupSectionTest);
    CPPUNIT_TEST(everyKeyOfTheClusterReachesTheGroup);
    CPPUNIT_TEST(everyKeyOfTheGroupWinsOverTheCluster);
    CPPUNIT_TEST(autoRestartIsAlwaysOrNever);
    CPPUNIT_TEST(restartWinsOverAutoRestartOfAnotherLevel);
    CPPUNIT_TEST(restartAndAutoRestartMayNotContradict);
    CPPUNIT_TEST(theShortestBackoffMayNotExceedTheLongest);
    CPPUNIT_TEST(theCountMayNotExceedTheMost);
    CPPUNIT_TEST(surgeAndUnavailableAreNotBothZero);
    CPPUNIT_TEST(runMasterHasAPlace);
    CPPUNIT_TEST(aGroupComesAfterOthers);
    CPPUNIT_TEST(aCircleOfGroupsIsNamed);
    CPPUNIT_TEST(thePluginsOwnKeysGoToIt);
    CPPUNIT_TEST(loggingKeysGoToEveryGroupAsTheyAre);
    CPPUNIT_TEST(theFormatOfLogsIsOursAndNoKeyOfPocos);
    CPPUNIT_TEST(anOwnKeyThatLooksLikeATypoGivesAWarning);
    CPPUNIT_TEST(everyProblemIsReportedOnce);
    CPPUNIT_TEST_SUITE_END();

    static Keys everything(const std::string& section)
    {
        return {{section + ".count", "3"},
                {section + ".restart", "on-failure"},
                {section + ".startTimeoutMs", "5s"},
                {section + ".shutdownTimeoutMs", "0"},
                {section + ".minUptimeMs", "2m"},
                {section + ".backoffMinMs", "7"},
                {section + ".backoffMaxMs", "8"},
                {section + ".maxRestarts", "0"},
                {section + ".restartWindowMs", "1h"},
                {section + ".onGiveUp", "exit"},
                {section + ".preload", "false"},
                {section + ".spares", "16"},
                {section + ".updateStatusMs", "1s"},
                {section + ".output", "file"},
                {section + ".runMaster", "no"},
                {section + ".crashReports", "false"},
                {section + ".crashReportsKept", "7"},
                {section + ".drainDelayMs", "2s"},
                {section + ".watchdogMs", "10"},
                {section + ".maxLifetimeMs", "48h"},
                {section + ".maxRequests", "5000000000"},
                {section + ".maxMemory", "1024000K"},
                {section + ".maxCount", "3"},
                {section + ".maxSurge", "0"},
                {section + ".maxUnavailable", "2"},
                {section + ".minReady", "3"}};
    }

    static void assertEverything(const Group& group)
    {
        const core::GroupPolicy& policy = group.policy;
        CPPUNIT_ASSERT_EQUAL(3U, policy.count);
        CPPUNIT_ASSERT(policy.restart == RestartMode::OnFailure);
        CPPUNIT_ASSERT(policy.startTimeout == Millis{5'000});
        CPPUNIT_ASSERT(policy.shutdownTimeout == Millis{0});
        CPPUNIT_ASSERT(policy.minUptime == Millis{120'000});
        CPPUNIT_ASSERT(policy.backoffMin == Millis{7});
        CPPUNIT_ASSERT(policy.backoffMax == Millis{8});
        CPPUNIT_ASSERT_EQUAL(0U, policy.maxRestarts);
        CPPUNIT_ASSERT(policy.restartWindow == Millis{3'600'000});
        CPPUNIT_ASSERT(policy.onGiveUp == GiveUpMode::Exit);
        CPPUNIT_ASSERT(!group.preload);
        CPPUNIT_ASSERT_EQUAL(16U, group.spares);
        CPPUNIT_ASSERT(group.updateStatus == Millis{1'000});
        CPPUNIT_ASSERT(group.output == OutputMode::File);
        CPPUNIT_ASSERT(group.runMaster == RunMaster::Off);
        CPPUNIT_ASSERT(policy.drainDelay == Millis{2'000});
        CPPUNIT_ASSERT(policy.watchdog == Millis{10});
        CPPUNIT_ASSERT(group.maxLifetime == Millis{48 * 3'600'000});
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{5'000'000'000}, group.maxRequests);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1'000'000}, group.maxMemoryKiB);
        CPPUNIT_ASSERT(!group.crashReports);
        CPPUNIT_ASSERT_EQUAL(7U, group.crashReportsKept);
        CPPUNIT_ASSERT_EQUAL(3U, policy.maxCount);
        CPPUNIT_ASSERT(policy.maxSurge == 0U);
        CPPUNIT_ASSERT_EQUAL(2U, policy.maxUnavailable);
        CPPUNIT_ASSERT_EQUAL(3U, policy.minReady);
    }

    static RestartMode restart(const Keys& keys) { return good(keys).groups.at(0).policy.restart; }

public:
    void everyKeyOfTheClusterReachesTheGroup()
    {
        const HostConfig host = good(everything("cluster"));
        assertEverything(host.groups.at(0));
        CPPUNIT_ASSERT(host.groups[0].settings.empty());
    }

    void everyKeyOfTheGroupWinsOverTheCluster()
    {
        Keys keys = everything("plugin.hello");
        keys.insert({{"cluster.count", "1"},
                     {"cluster.preload", "true"},
                     {"cluster.restart", "never"},
                     {"cluster.updateStatusMs", "9000"},
                     {"cluster.onGiveUp", "keep"}});
        const HostConfig host = good(keys);
        assertEverything(host.groups.at(0));
        CPPUNIT_ASSERT(host.groups[0].settings.empty());
        CPPUNIT_ASSERT(host.warnings.empty());
    }

    void autoRestartIsAlwaysOrNever()
    {
        CPPUNIT_ASSERT(restart({}) == RestartMode::Always);
        CPPUNIT_ASSERT(restart({{"cluster.autoRestart", "true"}}) == RestartMode::Always);
        CPPUNIT_ASSERT(restart({{"cluster.autoRestart", "false"}}) == RestartMode::Never);
        CPPUNIT_ASSERT(restart({{"cluster.autoRestart", "false"}, {"plugin.hello.autoRestart", "true"}}) ==
                       RestartMode::Always);
    }

    void restartWinsOverAutoRestartOfAnotherLevel()
    {
        CPPUNIT_ASSERT(restart({{"cluster.autoRestart", "false"}, {"plugin.hello.restart", "on-failure"}}) ==
                       RestartMode::OnFailure);
        CPPUNIT_ASSERT(restart({{"cluster.restart", "always"}, {"plugin.hello.autoRestart", "false"}}) ==
                       RestartMode::Never);
        CPPUNIT_ASSERT(restart({{"cluster.autoRestart", "true"}, {"cluster.restart", "on-failure"}}) ==
                       RestartMode::OnFailure);
        CPPUNIT_ASSERT(restart({{"cluster.autoRestart", "false"}, {"cluster.restart", "never"}}) ==
                       RestartMode::Never);
    }

    void restartAndAutoRestartMayNotContradict()
    {
        for (const std::string section : {"cluster", "plugin.hello"})
        {
            for (const char* mode : {"always", "on-failure"})
                assertHas(wrong({{section + ".autoRestart", "false"}, {section + ".restart", mode}}),
                          section + ".restart: contradicts " + section + ".autoRestart");
            assertHas(wrong({{section + ".autoRestart", "true"}, {section + ".restart", "never"}}),
                      "contradicts");
        }
    }

    void theShortestBackoffMayNotExceedTheLongest()
    {
        good({{"cluster.backoffMinMs", "500"}, {"cluster.backoffMaxMs", "500"}});
        assertHas(wrong({{"cluster.backoffMinMs", "501"}, {"cluster.backoffMaxMs", "500"}}),
                  "cluster.backoffMinMs: 501 ms is more than the 500 ms of cluster.backoffMaxMs");
        assertHas(
            wrong({{"plugin.hello.backoffMinMs", "1m"}}),
            "plugin.hello.backoffMinMs: 60000 ms is more than the 30000 ms of plugin.hello.backoffMaxMs");
        assertHas(wrong({{"cluster.backoffMaxMs", "200"}, {"plugin.hello.backoffMinMs", "201"}}),
                  "201 ms is more than the 200 ms of cluster.backoffMaxMs");
    }

    void theCountMayNotExceedTheMost()
    {
        assertHas(wrong({{"cluster.count", "1025"}}),
                  "cluster.count: 1025 is more than the 1024 of cluster.maxCount");
        assertHas(wrong({{"cluster.maxCount", "2"}, {"plugin.hello.count", "3"}}),
                  "plugin.hello.count: 3 is more than the 2 of cluster.maxCount");
        CPPUNIT_ASSERT_EQUAL(2U, good({{"plugin.hello.maxCount", "2"}}).groups.at(0).policy.count);
    }

    void surgeAndUnavailableAreNotBothZero()
    {
        core::GroupPolicy policy{"hello"};
        for (const auto& [count, surge] :
             {std::pair{1U, 1U}, {3U, 1U}, {4U, 2U}, {20U, 2U}, {29U, 2U}, {30U, 3U}, {100U, 10U}})
        {
            policy.count = count;
            CPPUNIT_ASSERT_EQUAL(surge, policy.surge());
        }
        assertHas(wrong({{"cluster.maxSurge", "0"}}),
                  "cluster.maxSurge: is 0, and so is cluster.maxUnavailable: no child could");
        assertHas(wrong({{"cluster.maxUnavailable", "0"}, {"plugin.hello.maxSurge", "0"}}),
                  "plugin.hello.maxSurge: is 0, and so is cluster.maxUnavailable");
    }

    void runMasterHasAPlace()
    {
        const std::pair<const char*, RunMaster> places[] = {{"true", RunMaster::Inside},
                                                            {"yes", RunMaster::Inside},
                                                            {"inside", RunMaster::Inside},
                                                            {"isolated", RunMaster::Isolated},
                                                            {"FALSE", RunMaster::Off}};
        for (const auto& [written, place] : places)
            CPPUNIT_ASSERT(good({{"cluster.runMaster", written}}).groups.at(0).runMaster == place);
        assertHas(wrong({{"cluster.runMaster", "isolatd"}}), "did you mean 'isolated'?");
    }

    static TemporaryFolder& threeGroups(TemporaryFolder& folder)
    {
        for (const char* name : {"a", "b", "c"}) folder.write(std::string("plugins/") + name + ".so", "");
        return folder;
    }

    void aGroupComesAfterOthers()
    {
        TemporaryFolder folder;
        const Surroundings there = test::startedIn(threeGroups(folder));
        const HostConfig host = good({{"plugin.c.after", "a, b"}, {"plugin.b.after", "a"}}, there);
        CPPUNIT_ASSERT_EQUAL(std::string("a, b"), test::joined(host.groups.at(2).policy.after));
        assertHas(wrong({{"plugin.c.after", "a, x, a"}}, there), "plugin.c.after: 'x' is no group");
        assertHas(wrong({{"plugin.c.after", "a b"}}, there), "'a b' is no group: separate names by commas");
        assertHas(wrong({{"plugin.c.after", "a, a"}}, there), "plugin.c.after: 'a' is there twice");
        assertHas(wrong({{"cluster.after", "a"}}, there), "cluster.after: belongs in [plugin.NAME]");
    }

    void aCircleOfGroupsIsNamed()
    {
        TemporaryFolder folder;
        const Surroundings there = test::startedIn(threeGroups(folder));
        assertHas(wrong({{"plugin.b.after", "b"}}, there),
                  "plugin.b.after: goes round in a circle, so that none of them could start: b after b\n");
        CPPUNIT_ASSERT_EQUAL(
            std::string("plugin.a.after: goes round in a circle, so that none of them could start: a after c "
                        "after b after a\n"),
            wrong({{"plugin.a.after", "c"}, {"plugin.c.after", "b"}, {"plugin.b.after", "a"}}, there));
    }

    void thePluginsOwnKeysGoToIt()
    {
        const HostConfig host = good({{"plugin.hello.greeting", "hi"},
                                      {"plugin.hello.db.host", "x"},
                                      {"plugin.hello.home", "${system.env.CM_CHILD_ID}/${cluster.count}"},
                                      {"plugin.hello.empty", ""},
                                      {"plugin.hello.count", "1"},
                                      {"cluster.count", "2"}});
        const Keys expected{
            {"db.host", "x"}, {"empty", ""}, {"greeting", "hi"}, {"home", "${system.env.CM_CHILD_ID}/2"}};
        CPPUNIT_ASSERT(expected == host.groups.at(0).settings);
        CPPUNIT_ASSERT(host.warnings.empty());
    }

    void theFormatOfLogsIsOursAndNoKeyOfPocos()
    {
        const HostConfig host = good({{"logging.format", "json"}});
        CPPUNIT_ASSERT(host.logFormat == LogFormat::Json);
        CPPUNIT_ASSERT(host.logging.empty() && !host.logsConfigured && host.groups.at(0).settings.empty());
        CPPUNIT_ASSERT(good({}).logFormat == LogFormat::Text);
        assertHas(wrong({{"logging.format", "xml"}}), "logging.format: 'xml' is not one of: text, json");
        assertHas(wrong({{"logging.chanels.a.class", "FileChannel"}}),
                  "logging.chanels: there is no such key; did you mean 'channels'?");
    }

    void loggingKeysGoToEveryGroupAsTheyAre()
    {
        const Keys logging{{"logging.channels.c.class", "FileChannel"},
                           {"logging.channels.c.path", "log/${system.env.CM_CHILD_ID}.log"}};
        const HostConfig host = good(logging);
        CPPUNIT_ASSERT(host.logsConfigured);
        CPPUNIT_ASSERT(logging == host.logging);
        CPPUNIT_ASSERT(logging == host.groups.at(0).settings);
        CPPUNIT_ASSERT(!good({}).logsConfigured);
    }

    void anOwnKeyThatLooksLikeATypoGivesAWarning()
    {
        const HostConfig host = good({{"plugin.hello.cuont", "2"},
                                      {"plugin.hello.Count", "2"},
                                      {"plugin.hello.autorestart", "2"},
                                      {"plugin.hello.webServerPort", "2"},
                                      {"plugin.hello.greeting", "x"}});
        const std::string warnings = test::joined(host.warnings);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, host.warnings.size());
        assertHas(warnings, "plugin.hello.cuont: is taken for the plugin's own key; did you mean 'count'?");
        assertHas(warnings, "plugin.hello.Count: is taken for the plugin's own key; did you mean 'count'?");
        assertHas(warnings, "did you mean 'autoRestart'?");
        assertHas(warnings, "plugin.hello.webServerPort: is a key of [cluster] alone");
    }

    void everyProblemIsReportedOnce()
    {
        const TemporaryFolder folder;
        folder.write("plugins/a.so", "");
        folder.write("plugins/b.so", "");
        const std::string problems = wrong({{"cluster.count", "-1"},
                                            {"cluster.spares", "17"},
                                            {"cluster.cuont", "1"},
                                            {"plugin.a.preload", "perhaps"}},
                                           test::startedIn(folder));
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{4}, std::count(problems.begin(), problems.end(), '\n'));
        assertHas(problems, "cluster.count: '-1' is not within 0..10000\n");
        assertHas(problems, "cluster.spares: '17' is not within 0..16\n");
        assertHas(problems, "plugin.a.preload: 'perhaps' is neither true nor false\n");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GroupSectionTest);

}  // namespace clustermanager::config
