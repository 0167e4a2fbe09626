/// Goal: unknown keys, variables and Poco's own layers are treated as said, wherever a value comes from.
/// Method: misspelled sections and keys, variables that are missing or go in circles, and a layered
/// configuration such as Poco's Application has.

#include <fcntl.h>
#include <unistd.h>

#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/SystemConfiguration.h>

#include "base/FileDescriptor.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::assertHas;
using test::good;
using test::wrong;

class SourceTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SourceTest);
    CPPUNIT_TEST(anUnknownKeyNamesTheNearest);
    CPPUNIT_TEST(aKeyOfAGroupDoesNotBelongInTheCluster);
    CPPUNIT_TEST(anUnknownSectionNamesTheNearest);
    CPPUNIT_TEST(aSectionHasNoValue);
    CPPUNIT_TEST(variablesAreReplaced);
    CPPUNIT_TEST(anUndefinedVariableNamesKeyAndVariable);
    CPPUNIT_TEST(variablesThatGoInACircleAreRefused);
    CPPUNIT_TEST(variablesThatGrowWithoutLimitAreRefused);
    CPPUNIT_TEST(aKeyThatIsNestedTooDeeplyIsRefused);
    CPPUNIT_TEST(layersAreReadAsOne);
    CPPUNIT_TEST(pathsStartInTheWorkingFolder);
    CPPUNIT_TEST(theRealSurroundingsAreSound);
    CPPUNIT_TEST(aDeletedWorkingFolderIsNoFolder);
    CPPUNIT_TEST_SUITE_END();

public:
    void anUnknownKeyNamesTheNearest()
    {
        assertHas(wrong({{"cluster.cuont", "1"}}),
                  "cluster.cuont: there is no such key; did you mean 'count'?");
        assertHas(wrong({{"cluster.Count", "1"}}),
                  "cluster.Count: there is no such key; did you mean 'count'?");
        assertHas(wrong({{"cluster.webserverport", "1"}}), "did you mean 'webServerPort'?");
        assertHas(wrong({{"cluster.count.x", "1"}}), "cluster.count.x: there is no such key");
        assertHas(wrong({{"cluster.xyzzyplughxyzzy", "1"}}),
                  "cluster.xyzzyplughxyzzy: there is no such key\n");
    }

    void aKeyOfAGroupDoesNotBelongInTheCluster()
    {
        for (const char* name : {"path", "enabled", "listen"})
            assertHas(wrong({{std::string("cluster.") + name, "x"}}), "belongs in [plugin.NAME]");
    }

    void anUnknownSectionNamesTheNearest()
    {
        assertHas(wrong({{"clutser.count", "1"}}),
                  "clutser: is no section of this program; did you mean 'cluster'?");
        assertHas(wrong({{"Plugin.x.count", "1"}}), "did you mean 'plugin'?");
        assertHas(wrong({{"count", "1"}}),
                  "count: belongs in a section: write [cluster] above it, or cluster.count");
        assertHas(wrong({{"colour", "1"}}), "colour: is no section of this program");
        good({{"application.dir", "/x"}, {"system.anything", "x"}, {"logging.loggers.root.level", "debug"}});
    }

    void aSectionHasNoValue()
    {
        assertHas(wrong({{"cluster", "1"}}), "cluster: is a section and has no value of its own");
        assertHas(wrong({{"listen", "8080"}}), "listen: is a section and has no value of its own");
        assertHas(wrong({{"cluster..count", "1"}}), "cluster: has a key below it whose name is empty");
    }

    void variablesAreReplaced()
    {
        Surroundings surroundings = test::embedded();
        surroundings.environment = {{"PORT", "80"}, {"HOME_OF_ALL", "/srv"}};
        const HostConfig host =
            good({{"cluster.webServerPort", "${system.env.PORT}81"},
                  {"cluster.logFolder", "${system.env.HOME_OF_ALL}/${plugin.hello.sub}/log"},
                  {"plugin.hello.sub", "${plugin.hello.name}x"},
                  {"plugin.hello.name", "n"}},
                 surroundings);
        CPPUNIT_ASSERT_EQUAL(8081, host.webServerPort);
        CPPUNIT_ASSERT_EQUAL(std::string("/srv/nx/log"), host.defaultLog.folder);
        CPPUNIT_ASSERT_EQUAL(std::string("nx"), host.groups.at(0).settings.at("sub"));
    }

    void anUndefinedVariableNamesKeyAndVariable()
    {
        assertHas(wrong({{"cluster.logFolder", "${nowhere}/log"}}),
                  "cluster.logFolder: uses the variable ${nowhere}, which is not defined");
        assertHas(wrong({{"cluster.logFolder", "${system.env.NOT_SET}/log"}}),
                  "uses the variable ${system.env.NOT_SET}, which is not defined");
        assertHas(wrong({{"plugin.hello.x", "${y}"}}),
                  "plugin.hello.x: uses the variable ${y}, which is not defined");
        assertHas(wrong({{"logging.loggers.x", "${y}"}}),
                  "logging.loggers.x: uses the variable ${y}, which is not defined");
        assertHas(wrong({{"cluster.logFolder", "a${b"}}), "cluster.logFolder: has a '${' without its '}'");
        CPPUNIT_ASSERT_EQUAL(std::string("/a$b{c}"),
                             good({{"cluster.logFolder", "/a$b{c}"}}).defaultLog.folder);
    }

    void variablesThatGoInACircleAreRefused()
    {
        assertHas(wrong({{"plugin.hello.a", "${plugin.hello.b}"}, {"plugin.hello.b", "${plugin.hello.a}"}}),
                  "plugin.hello.a: goes round in a circle at the variable");
        assertHas(wrong({{"cluster.logFolder", "${cluster.logFolder}"}}), "goes round in a circle");
    }

    void variablesThatGrowWithoutLimitAreRefused()
    {
        test::Keys keys{{"plugin.hello.v0", std::string(1'000, 'x')}};
        for (int level = 1; level < 9; ++level)
        {
            const std::string below = "${plugin.hello.v" + std::to_string(level - 1) + "}";
            std::string& value = keys["plugin.hello.v" + std::to_string(level)];
            for (int times = 0; times < 10; ++times) value += below;
        }
        assertHas(wrong(keys), "plugin.hello.v8: is longer than 65536 characters");
    }

    void aKeyThatIsNestedTooDeeplyIsRefused()
    {
        std::string key = "plugin.hello";
        for (int part = 0; part < 100'000; ++part) key += ".a";
        assertHas(wrong({{key, "1"}}), "is nested too deeply");
    }

    void layersAreReadAsOne()
    {
        Poco::AutoPtr<Poco::Util::LayeredConfiguration> layers(new Poco::Util::LayeredConfiguration);
        layers->add(new Poco::Util::SystemConfiguration, 100);
        layers->add(test::configuration({{"application.name", "clustermanager"}, {"cluster.spares", "2"}}),
                    -1);
        layers->add(test::configuration({{"cluster.count", "1"},
                                         {"plugin.hello.a", "file"},
                                         {"plugin.hello.n", "${application.name}"}}),
                    0);
        layers->add(test::configuration({{"cluster.count", "9"}, {"plugin.hello.b", "line"}}), -100);
        const auto loaded = loadConfig(*layers, test::embedded());
        CPPUNIT_ASSERT(std::holds_alternative<HostConfig>(loaded));
        const Group& group = std::get<HostConfig>(loaded).groups.at(0);
        CPPUNIT_ASSERT_EQUAL(9U, group.policy.count);
        CPPUNIT_ASSERT_EQUAL(2U, group.spares);
        const test::Keys expected{{"a", "file"}, {"b", "line"}, {"n", "clustermanager"}};
        CPPUNIT_ASSERT(expected == group.settings);
    }

    void pathsStartInTheWorkingFolder()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("/nowhere/at-all/log"), good({}).defaultLog.folder);
        CPPUNIT_ASSERT_EQUAL(std::string("/nowhere/x/y"),
                             good({{"cluster.logFolder", "./../x/./y"}}).defaultLog.folder);
        CPPUNIT_ASSERT_EQUAL(std::string("/v"), good({{"cluster.logFolder", "/v"}}).defaultLog.folder);
    }

    void theRealSurroundingsAreSound()
    {
        CPPUNIT_ASSERT_EQUAL(0, ::setenv("CM_CONFIG_TEST", "a=b", 1));
        const std::string large(100'000, 'x');
        CPPUNIT_ASSERT_EQUAL(0, ::setenv("CM_CONFIG_TEST_LARGE", large.c_str(), 1));
        const Surroundings real = Surroundings::ofThisProcess();
        CPPUNIT_ASSERT_EQUAL(0, ::unsetenv("CM_CONFIG_TEST") | ::unsetenv("CM_CONFIG_TEST_LARGE"));
        CPPUNIT_ASSERT_EQUAL(std::string("a=b"), real.environment.at("CM_CONFIG_TEST"));
        CPPUNIT_ASSERT_EQUAL(large, real.environment.at("CM_CONFIG_TEST_LARGE"));
        CPPUNIT_ASSERT_EQUAL(std::filesystem::current_path().string(), real.workingFolder);
        CPPUNIT_ASSERT(real.usableCpus >= 1 && !real.usableCpusReason.empty());
        CPPUNIT_ASSERT(real.pluginArguments.empty() && real.embeddedGroup.empty());
    }

    void aDeletedWorkingFolderIsNoFolder()
    {
        const FileDescriptor before(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
        CPPUNIT_ASSERT(before);
        std::string deleted;
        {
            const TemporaryFolder folder;
            CPPUNIT_ASSERT_EQUAL(0, ::chdir(folder.path().c_str()));
        }
        const Surroundings real = Surroundings::ofThisProcess();
        CPPUNIT_ASSERT_EQUAL(0, ::fchdir(before.get()));
        CPPUNIT_ASSERT_EQUAL(std::string(), real.workingFolder);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SourceTest);

}  // namespace clustermanager::config
