/// Goal: two configurations differ in what was changed, in no more, and each change asks for the least.
/// Method: every key of the table changed on its own; listeners, groups, logs and tokens by hand.

#include "config/Difference.h"

#include <algorithm>

#include "config/KeyEffect.h"
#include "config/OptionTable.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::good;
using test::joined;
using test::Keys;

class DifferenceTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DifferenceTest);
    CPPUNIT_TEST(everyKeyOfTheTableHasAnEffect);
    CPPUNIT_TEST(everyKeyOfAGroupAsksForTheLeast);
    CPPUNIT_TEST(theSameConfigurationHasNoDifference);
    CPPUNIT_TEST(aDefaultThatChangesForAllIsToldOnce);
    CPPUNIT_TEST(listenersComeGoAndMove);
    CPPUNIT_TEST(groupsComeAndGo);
    CPPUNIT_TEST(aPluginsOwnKeyIsNotShown);
    CPPUNIT_TEST(logSettingsReloadGroupsAndNeedNoRestart);
    CPPUNIT_TEST(whatASecretStandsForIsNotShown);
    CPPUNIT_TEST(onlyTheSocketsPathNeedsARestart);
    CPPUNIT_TEST_SUITE_END();

    /// A value that is allowed and not the default.
    static std::string other(const Option& option)
    {
        if (option.name == "runMaster") return "isolated";
        if (option.name == "user") return "nobody";
        if (option.name == "restart") return "never";
        switch (option.type)
        {
        case OptionType::Integer: return std::to_string(std::max<std::int64_t>(3, option.bounds.min));
        case OptionType::Size: return std::to_string(std::max<std::int64_t>(70'000'000, option.bounds.min));
        case OptionType::Duration: return "7s";
        case OptionType::Boolean: return option.fallback == "true" ? "false" : "true";
        case OptionType::Choice: return std::string(choicesOf(option).back());
        default: return "";
        }
    }

    static std::string keysOf(const ConfigDifference& found)
    {
        std::vector<std::string> keys;
        for (const KeyChange& change : found.changes)
            keys.push_back(change.key + " " + change.before + ">" + change.after);
        return joined(keys);
    }

    static ConfigDifference between(const Keys& before, const Keys& after)
    {
        return difference(good(before), good(after));
    }

public:
    void everyKeyOfTheTableHasAnEffect()
    {
        for (const Option& option : optionTable())
            CPPUNIT_ASSERT_MESSAGE(std::string(option.name), keyEffect(option.name).has_value());
        CPPUNIT_ASSERT(!keyEffect("nothing"));
    }

    void everyKeyOfAGroupAsksForTheLeast()
    {
        for (const Option& option : optionTable())
        {
            if (option.scope != OptionScope::Both) continue;
            const std::string key = "plugin.hello." + std::string(option.name);
            const ConfigDifference found = between({}, {{key, other(option)}});
            CPPUNIT_ASSERT_EQUAL_MESSAGE(key, std::size_t{1}, found.groups.size());
            const bool atOnce = keyEffect(option.name) == KeyEffect::AtOnce;
            CPPUNIT_ASSERT_MESSAGE(key, found.groups[0].need ==
                                            (atOnce ? GroupNeed::PolicyOnly : GroupNeed::NewProcesses));
            const std::vector<std::string>& keys = found.groups[0].keys;
            CPPUNIT_ASSERT_MESSAGE(key, std::find(keys.begin(), keys.end(), key) != keys.end());
            CPPUNIT_ASSERT_MESSAGE(key, found.notApplied.empty() && !found.empty());
        }
    }

    void theSameConfigurationHasNoDifference()
    {
        CPPUNIT_ASSERT(between({{"plugin.hello.a", "1"}}, {{"plugin.hello.a", "1"}}).empty());
        const ConfigDifference spelling =
            between({{"cluster.runMaster", "inside"}, {"cluster.startTimeoutMs", "2s"}},
                    {{"cluster.runMaster", "true"},
                     {"cluster.startTimeoutMs", "2000"},
                     {"plugin.hello.spares", "1"}});
        CPPUNIT_ASSERT_EQUAL(std::string(), keysOf(spelling));
        CPPUNIT_ASSERT(spelling.groups.empty());
    }

    void aDefaultThatChangesForAllIsToldOnce()
    {
        const ConfigDifference found = between({{"cluster.count", "2"}}, {{"cluster.count", "3"}});
        CPPUNIT_ASSERT_EQUAL(std::string("cluster.count 2>3"), keysOf(found));
        CPPUNIT_ASSERT_EQUAL(std::string("plugin.hello.count"), joined(found.groups.at(0).keys));
    }

    void listenersComeGoAndMove()
    {
        const ConfigDifference found = between({{"listen.a", "1"}, {"listen.b", "2"}, {"listen.c", "3"}},
                                               {{"listen.b", "2"}, {"listen.c", "4"}, {"listen.d", "5"}});
        CPPUNIT_ASSERT_EQUAL(std::string("d"), joined(found.listenersAdded));
        CPPUNIT_ASSERT_EQUAL(std::string("a"), joined(found.listenersRemoved));
        CPPUNIT_ASSERT_EQUAL(std::string("c"), joined(found.listenersChanged));
        CPPUNIT_ASSERT_EQUAL(std::string("plugin.hello.listen, listen.c"), joined(found.groups.at(0).keys));
        CPPUNIT_ASSERT(found.groups[0].need == GroupNeed::NewProcesses);
    }

    void groupsComeAndGo()
    {
        const TemporaryFolder folder;
        folder.write("plugins/a.so", "");
        folder.write("plugins/b.so", "");
        const Surroundings there = test::startedIn(folder);
        const ConfigDifference found = difference(good({{"plugin.b.enabled", "false"}}, there),
                                                  good({{"plugin.a.enabled", "false"}}, there));
        CPPUNIT_ASSERT_EQUAL(std::string("b"), joined(found.groupsAdded));
        CPPUNIT_ASSERT_EQUAL(std::string("a"), joined(found.groupsRemoved));
        CPPUNIT_ASSERT_EQUAL(
            "plugin.a " + folder / "plugins/a.so" + ">, plugin.b >" + folder / "plugins/b.so", keysOf(found));
        CPPUNIT_ASSERT(found.groups.empty());
    }

    void aPluginsOwnKeyIsNotShown()
    {
        const ConfigDifference found = between({{"plugin.hello.password", "old"}, {"plugin.hello.x", "1"}},
                                               {{"plugin.hello.password", "new"}});
        CPPUNIT_ASSERT_EQUAL(std::string("plugin.hello.password ***>***, plugin.hello.x ***>"),
                             keysOf(found));
        CPPUNIT_ASSERT(found.groups.at(0).need == GroupNeed::NewProcesses);
    }

    void whatASecretStandsForIsNotShown()
    {
        const ConfigDifference found = between({{"cluster.webServerToken", "0123456789abcdef"}},
                                               {{"cluster.webServerToken", "fedcba9876543210"}});
        CPPUNIT_ASSERT_EQUAL(std::string("cluster.webServerToken ***>***"), keysOf(found));
        CPPUNIT_ASSERT(found.groups.empty() && found.notApplied.empty());
        HostConfig before = good({});
        HostConfig after = before;
        before.webServerTokens = {access::hashed("a", access::Role::Read, "0123456789abcdef")};
        after.webServerTokens = {access::hashed("a", access::Role::Operate, "0123456789abcdef")};
        after.certificates.key = "other";
        CPPUNIT_ASSERT_EQUAL(std::string("cluster.webServerTokensFile ***>***, cluster.webServerKey ***>***"),
                             keysOf(difference(before, after)));
    }

    void onlyTheSocketsPathNeedsARestart()
    {
        const ConfigDifference found = between({}, {{"cluster.webServerPort", "5111"},
                                                    {"cluster.webServerAddress", "localhost"},
                                                    {"cluster.controlSocketMode", "0666"},
                                                    {"cluster.controlSocket", "/x"}});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, found.notApplied.size());
        CPPUNIT_ASSERT_EQUAL(std::string("cluster.controlSocket: is read at the start alone: restart the "
                                         "host to have it changed"),
                             found.notApplied.back());
        CPPUNIT_ASSERT(found.groups.empty());
    }

    void logSettingsReloadGroupsAndNeedNoRestart()
    {
        const ConfigDifference level = between({}, {{"cluster.logLevel", "debug"}});
        CPPUNIT_ASSERT(level.logLevel && level.groups.empty());
        for (const Keys& keys :
             {Keys{{"cluster.logFolder", "/x"}}, Keys{{"cluster.logRotateCount", "3"}},
              Keys{{"logging.format", "json"}}, Keys{{"logging.loggers.root.level", "debug"}}})
        {
            const ConfigDifference found = between({}, keys);
            CPPUNIT_ASSERT(!found.logLevel && found.notApplied.empty());
            CPPUNIT_ASSERT(found.groups.at(0).need == GroupNeed::NewProcesses);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, found.changes.size());
            CPPUNIT_ASSERT_EQUAL(keys.begin()->first, found.changes[0].key);
        }
        // Poco's channels have properties of their own.
        const Keys own{{"logging.loggers.root.level", "debug"}};
        for (const auto& [key, value] :
             {std::pair("cluster.logRotateSize", "7M"), std::pair("logging.format", "json")})
        {
            Keys other = own;
            other[key] = value;
            CPPUNIT_ASSERT(between(own, other).groups.empty());
        }
        CPPUNIT_ASSERT_EQUAL(std::string("logging.format text>json"),
                             keysOf(between({}, {{"logging.format", "json"}})));
        CPPUNIT_ASSERT(between({}, {{"cluster.pluginsWatch", "false"}}).pluginsWatch);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DifferenceTest);

}  // namespace clustermanager::config
