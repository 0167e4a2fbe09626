/// Goal: the configuration can be read again at any time; each problem names file, line and key.
/// Method: files are changed, broken and taken away between two readings by one source.

#include "config/ConfigSource.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::assertHas;

class ConfigSourceTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConfigSourceTest);
    CPPUNIT_TEST(readsTheFilesAsTheyAreNow);
    CPPUNIT_TEST(keepsTheOrderOfStrength);
    CPPUNIT_TEST(namesFileLineAndKey);
    CPPUNIT_TEST(reportsMissingAndBrokenFiles);
    CPPUNIT_TEST(aRunningHostMayLoseItsLastPlugin);
    CPPUNIT_TEST(aRunningHostLeavesOutWhatIsNoPluginOfIts);
    CPPUNIT_TEST(aFileBesideThePluginOverridesItsSection);
    CPPUNIT_TEST(twoFilesBesideAPluginAreRefused);
    CPPUNIT_TEST(aWrongFileBesideAPluginIsNamed);
    CPPUNIT_TEST(filesBesideOtherPluginsSayNothing);
    CPPUNIT_TEST(whatACheckFindsIsAProblemLikeAnyOther);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    ConfigStart _start;

    static HostConfig good(const ConfigSource::Outcome& outcome)
    {
        if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&outcome))
            CPPUNIT_FAIL(test::lines(*problems));
        return std::get<HostConfig>(outcome);
    }

    static std::string wrong(const ConfigSource::Outcome& outcome)
    {
        const auto* problems = std::get_if<std::vector<ConfigProblem>>(&outcome);
        CPPUNIT_ASSERT_MESSAGE("a problem was expected", problems != nullptr);
        return test::lines(*problems);
    }

    HostConfig good() const { return good(ConfigSource(_start).load()); }
    std::string wrong() const { return wrong(ConfigSource(_start).load()); }

public:
    void setUp() override
    {
        _folder.write("plugins/hello.so", "");
        _start.surroundings = test::startedIn(_folder);
        _start.files = {_folder.write("cm.ini", "[plugin.hello]\ncount = 2\ngreeting = hi\n")};
    }

    void readsTheFilesAsTheyAreNow()
    {
        const ConfigSource source(_start);
        CPPUNIT_ASSERT_EQUAL(2U, good(source.load()).groups.at(0).policy.count);
        _folder.write("cm.ini", "[plugin.hello]\ncount = 5\n");
        _folder.write("plugins/other.so", "");
        CPPUNIT_ASSERT_EQUAL(5U, good(source.loadAgain()).groups.at(0).policy.count);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, good(source.loadAgain()).groups.size());
    }

    void keepsTheOrderOfStrength()
    {
        _start.settings = {{"plugin.hello.count", "1"}, {"plugin.hello.spares", "3"}};
        _start.files.push_back(_folder.write("later.properties", "plugin.hello.greeting = later\n"));
        _folder.write("plugins/hello.properties", "count = 7\nspares = 4\nname = ${application.name}\n");
        _start.definitions = {{"plugin.hello.count", "9"}};
        _start.application = {{"application.name", "cm"}};
        const Group group = good().groups.at(0);
        CPPUNIT_ASSERT_EQUAL(9U, group.policy.count);
        CPPUNIT_ASSERT_EQUAL(4U, group.spares);
        const test::Keys expected{{"greeting", "later"}, {"name", "cm"}};
        CPPUNIT_ASSERT(expected == group.settings);
    }

    void namesFileLineAndKey()
    {
        _folder.write("cm.ini", "[cluster]\ncuont = 2\n[plugin.hello]\n\nspares = 17\n");
        assertHas(wrong(), _folder / "cm.ini" + ":2: cluster.cuont: there is no such key");
        assertHas(wrong(), _folder / "cm.ini" + ":5: plugin.hello.spares: '17' is not within 0..16");
        _start.definitions = {{"plugin.hello.spares", "18"}};
        assertHas(wrong(), "\nplugin.hello.spares: '18' is not within");
    }

    void reportsMissingAndBrokenFiles()
    {
        const ConfigSource source(_start);
        _folder.write("cm.ini", "[plugin.hello]\ncount = 2\ngreet");
        CPPUNIT_ASSERT_EQUAL(_folder / "cm.ini" + ":3: 'greet' has no '=': write key = value\n",
                             wrong(source.loadAgain()));
        std::filesystem::remove(_folder / "cm.ini");
        assertHas(wrong(source.loadAgain()), "open '" + _folder / "cm.ini" + "': No such file");
        _folder.write("cm.ini", "");
        assertHas(wrong(source.loadAgain()), _folder / "cm.ini" + ": the file is empty");
    }

    void aRunningHostMayLoseItsLastPlugin()
    {
        _folder.write("cm.ini", "[cluster]\ncount = 2\n");
        std::filesystem::remove(_folder / "plugins/hello.so");
        const ConfigSource source(_start);
        assertHas(wrong(source.load()), "there is no plugin");
        CPPUNIT_ASSERT(good(source.loadAgain()).groups.empty());
    }

    void aRunningHostLeavesOutWhatIsNoPluginOfIts()
    {
        _folder.write("cm.ini", "[plugin.hello]\ncount = 2\n[plugin.other]\nafter = hello\n");
        _folder.write("plugins/other.so", "");
        _folder.write("plugins/no name.so", "");
        std::filesystem::remove(_folder / "plugins/hello.so");
        const ConfigSource source(_start);
        assertHas(wrong(source.load()), "plugin.hello: there is no plugin");
        assertHas(wrong(source.load()), "no name.so': its name becomes the group's");
        assertHas(wrong(source.load()), "plugin.other.after: 'hello' is no group");
        const HostConfig host = good(source.loadAgain());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host.groups.size());
        std::string warnings;
        for (const std::string& warning : host.warnings) warnings += warning + "\n";
        assertHas(warnings, "plugin.hello: there is no plugin");
        assertHas(warnings, "no name.so': its name becomes the group's");
        assertHas(warnings, "plugin.other.after: 'hello' is no group");
    }

    void aFileBesideThePluginOverridesItsSection()
    {
        _folder.write("plugins/hello.ini", "count = 4\ngreeting = side\n[sub]\nkey = x\n");
        const Group group = good().groups.at(0);
        CPPUNIT_ASSERT_EQUAL(4U, group.policy.count);
        const test::Keys expected{{"greeting", "side"}, {"sub.key", "x"}};
        CPPUNIT_ASSERT(expected == group.settings);
    }

    void twoFilesBesideAPluginAreRefused()
    {
        _folder.write("plugins/hello.ini", "count = 4\n");
        _folder.write("plugins/hello.properties", "count = 4\n");
        assertHas(wrong(), _folder / "plugins/hello.ini" +
                               ": plugin.hello: has 'hello.properties' too: keep one of the two files");
    }

    void aWrongFileBesideAPluginIsNamed()
    {
        const std::string file = _folder.write("plugins/hello.properties", "a = 1\ncount = many\n");
        assertHas(wrong(), file + ":2: plugin.hello.count: 'many' is not a whole number");
        _folder.write("plugins/hello.properties", "cluster.count = 2\n");
        assertHas(wrong(), file + ":1: cluster.count: does not belong in a file beside a plugin");
        _folder.write("plugins/hello.properties", "half");
        assertHas(wrong(), file + ":1: 'half' has no '='");
    }

    void filesBesideOtherPluginsSayNothing()
    {
        _folder.write("plugins/lonely.properties", "nonsense");
        _folder.write("plugins/other.so", "");
        _folder.write("plugins/other.ini", "count = 8\n");
        _start.surroundings.pluginArguments = {"plugins/hello.so"};
        _folder.write("plugins/hello.ini", "count = 6\n");
        const HostConfig host = good();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host.groups.size());
        CPPUNIT_ASSERT_EQUAL(6U, host.groups[0].policy.count);
        CPPUNIT_ASSERT(!host.pluginsWatch);
        _start.surroundings.pluginArguments = {_folder.write("elsewhere/hello.so", "")};
        CPPUNIT_ASSERT_EQUAL(2U, good().groups.at(0).policy.count);
    }

    void whatACheckFindsIsAProblemLikeAnyOther()
    {
        _folder.write("cm.ini", "[plugin.hello]\ncount = 2\n\n[logging]\nchannels.a.class = Nothing\n");
        int checked = 0;
        const ConfigSource source(_start, [&checked](const HostConfig& host) {
            ++checked;
            return host.logging.empty() ? std::nullopt
                                        : std::optional(ConfigProblem{"logging.channels.a.class", "is bad"});
        });
        CPPUNIT_ASSERT_EQUAL(_folder / "cm.ini" + ":5: logging.channels.a.class: is bad\n",
                             wrong(source.loadAgain()));
        CPPUNIT_ASSERT_EQUAL(1, checked);
        _folder.write("cm.ini", "[plugin.hello]\ncount = many\n");  // there is nothing to check then
        (void)wrong(source.loadAgain());
        CPPUNIT_ASSERT_EQUAL(1, checked);
        _folder.write("cm.ini", "[plugin.hello]\ncount = 2\n");
        (void)good(source.loadAgain());
        CPPUNIT_ASSERT_EQUAL(2, checked);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigSourceTest);

}  // namespace clustermanager::config
