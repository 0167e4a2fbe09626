/// Goal: the groups are the ones that command line, sections, folder and executable name, in a known order.
/// Method: folders with made-up plugin files (never loaded here), and every contradiction between the
/// sources.

#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::assertHas;
using test::good;
using test::wrong;

class GroupFinderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GroupFinderTest);
    CPPUNIT_TEST(eachFileOfTheFolderIsAGroupInOrderOfName);
    CPPUNIT_TEST(argumentsComeFirstAndTheFolderIsThenNotRead);
    CPPUNIT_TEST(aSectionIsAGroupWithItsPathOrTheFoldersFile);
    CPPUNIT_TEST(oneLibraryMayBeTwoGroups);
    CPPUNIT_TEST(aDisabledGroupIsLeftOut);
    CPPUNIT_TEST(theExecutableItselfIsAGroup);
    CPPUNIT_TEST(noGroupAtAllSaysHowToNameOne);
    CPPUNIT_TEST(theFolderMustExistOnlyWhereItIsWritten);
    CPPUNIT_TEST(twoFilesOfOneNameAreBothNamed);
    CPPUNIT_TEST(aMissingFileIsNamed);
    CPPUNIT_TEST(aFileThatCannotBeReachedIsNamedWithTheReason);
    CPPUNIT_TEST(aMisspelledSectionNamesTheGroupThatWasMeant);
    CPPUNIT_TEST(namesOfGroupsAreChecked);
    CPPUNIT_TEST(whatContradictsACommandLineIsNamed);
    CPPUNIT_TEST(aDeletedWorkingFolderRefusesRelativePathsOnly);
    CPPUNIT_TEST_SUITE_END();

    const TemporaryFolder _folder;

    Surroundings here() const { return test::startedIn(_folder); }

    Surroundings with(const std::vector<std::string>& arguments) const
    {
        Surroundings surroundings = here();
        surroundings.pluginArguments = arguments;
        return surroundings;
    }

    static std::string names(const HostConfig& host)
    {
        std::vector<std::string> all;
        for (const Group& group : host.groups) all.push_back(group.policy.name);
        return test::joined(all);
    }

public:
    void setUp() override
    {
        _folder.write("plugins/echo.so", "");
        _folder.write("plugins/hello.so", "");
        _folder.write("plugins/notes.txt", "");
        _folder.write("other/worker.so", "");
        _folder.write("other/hello.so", "");
    }

    void eachFileOfTheFolderIsAGroupInOrderOfName()
    {
        _folder.write("plugins/.hidden.so", "");  // on its way in
        const HostConfig host = good({}, here());
        CPPUNIT_ASSERT_EQUAL(std::string("echo, hello"), names(host));
        CPPUNIT_ASSERT_EQUAL(_folder / "plugins/echo.so", host.groups[0].pluginPath);
        CPPUNIT_ASSERT_EQUAL(std::string("hello, worker"),
                             names(good({{"cluster.plugins", "other"}}, here())));
    }

    void argumentsComeFirstAndTheFolderIsThenNotRead()
    {
        const HostConfig host =
            good({{"plugin.echo.count", "1"}}, with({"other/worker.so", "./other/hello.so"}));
        CPPUNIT_ASSERT_EQUAL(std::string("worker, hello, echo"), names(host));
        CPPUNIT_ASSERT_EQUAL(_folder / "other/hello.so", host.groups[1].pluginPath);
        good({{"cluster.plugins", "missing"}}, with({_folder / "other/worker.so"}));
    }

    void aSectionIsAGroupWithItsPathOrTheFoldersFile()
    {
        const HostConfig host =
            good({{"plugin.w.path", "other/worker.so"}, {"plugin.hello.count", "3"}}, here());
        CPPUNIT_ASSERT_EQUAL(std::string("echo, hello, w"), names(host));
        CPPUNIT_ASSERT_EQUAL(_folder / "other/worker.so", host.groups[2].pluginPath);
        CPPUNIT_ASSERT_EQUAL(3U, host.groups[1].policy.count);
    }

    void oneLibraryMayBeTwoGroups()
    {
        const HostConfig host = good({{"plugin.one.path", "other/worker.so"},
                                      {"plugin.two.path", "other/worker.so"},
                                      {"plugin.two.count", "9"}},
                                     here());
        CPPUNIT_ASSERT_EQUAL(std::string("echo, hello, one, two"), names(host));
        CPPUNIT_ASSERT_EQUAL(host.groups[2].pluginPath, host.groups[3].pluginPath);
        CPPUNIT_ASSERT_EQUAL(9U, host.groups[3].policy.count);
    }

    void aDisabledGroupIsLeftOut()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), names(good({{"plugin.echo.enabled", "false"},
                                                               {"plugin.gone.path", "/not/there.so"},
                                                               {"plugin.gone.enabled", "no"}},
                                                              here())));
    }

    void theExecutableItselfIsAGroup()
    {
        Surroundings surroundings = here();
        surroundings.embeddedGroup = "fox";
        const HostConfig host = good({{"plugin.fox.count", "2"}}, surroundings);
        CPPUNIT_ASSERT_EQUAL(std::string("echo, fox, hello"), names(host));
        CPPUNIT_ASSERT_EQUAL(std::string(), host.groups[1].pluginPath);
        CPPUNIT_ASSERT_EQUAL(2U, host.groups[1].policy.count);
        surroundings.embeddedGroup = "echo";
        assertHas(wrong({}, surroundings), "the group 'echo' is there twice: the executable itself and '" +
                                               _folder / "plugins/echo.so");
        assertHas(wrong({{"plugin.hello.path", "x.so"}}),
                  "plugin.hello.path: the group 'hello' is the executable");
        assertHas(wrong({{"plugin.hello.enabled", "false"}}),
                  "plugin.hello.enabled: is false, but this group");
        assertHas(wrong({}, test::embedded("not good")),
                  "'not good' is no name for a group, which has 1 to 32 letters");
    }

    void noGroupAtAllSaysHowToNameOne()
    {
        const TemporaryFolder empty;
        assertHas(wrong({}, test::startedIn(empty)), "there is no plugin: name its file on the command line");
        std::filesystem::create_directory(empty / "plugins");
        assertHas(wrong({}, test::startedIn(empty)), "or set plugin.NAME.path");
    }

    void theFolderMustExistOnlyWhereItIsWritten()
    {
        const TemporaryFolder empty;
        empty.write("w.so", "");
        CPPUNIT_ASSERT_EQUAL(std::string("w"),
                             names(good({{"plugin.w.path", "w.so"}}, test::startedIn(empty))));
        assertHas(wrong({{"plugin.w.path", "w.so"}, {"cluster.plugins", "plugins"}}, test::startedIn(empty)),
                  "cluster.plugins: the folder '" + empty / "plugins" + "': No such file or directory");
        empty.write("plugins", "a file");
        assertHas(wrong({{"plugin.w.path", "w.so"}}, test::startedIn(empty)), "cluster.plugins: the folder");
    }

    void twoFilesOfOneNameAreBothNamed()
    {
        const std::string first = _folder / "other/hello.so";
        const std::string second = _folder / "plugins/hello.so";
        assertHas(wrong({}, with({first, second})),
                  "the group 'hello' is there twice: '" + first + "' and '" + second + "'");
        assertHas(wrong({}, with({first, first})), "is there twice");
        assertHas(wrong({{"plugin.hello.path", first}}, here()),
                  "plugin.hello.path: the group 'hello' is there twice: '" + second + "' and '" + first +
                      "'");
        CPPUNIT_ASSERT_EQUAL(std::string("echo, hello"),
                             names(good({{"plugin.hello.path", second}}, here())));
    }

    void aMissingFileIsNamed()
    {
        assertHas(wrong({}, with({"nope.so"})), "plugin '" + _folder / "nope.so" + "' does not exist");
        assertHas(wrong({{"plugin.w.path", "nope.so"}}, here()),
                  "plugin.w.path: '" + _folder / "nope.so" + "' does not exist");
    }

    /// It may well be there: who has to mend it is told what the kernel says.
    void aFileThatCannotBeReachedIsNamedWithTheReason()
    {
        const std::string loop = _folder / "loop.so";
        std::filesystem::create_symlink(loop, loop);
        const std::string why = "': Too many levels of symbolic links";
        assertHas(wrong({}, with({loop})), "plugin '" + loop + why);
        assertHas(wrong({{"plugin.w.path", loop}}, here()), "plugin.w.path: '" + loop + why);

        std::filesystem::create_symlink("/nowhere/x.so", _folder / "dangling.so");
        assertHas(wrong({}, with({_folder / "dangling.so"})), "dangling.so' does not exist");
    }

    void aMisspelledSectionNamesTheGroupThatWasMeant()
    {
        assertHas(wrong({{"plugin.helo.count", "2"}}, here()), "plugin.helo: there is no plugin '" +
                                                                   _folder / "plugins/helo.so" +
                                                                   "'; did you mean 'hello'?");
        assertHas(wrong({{"plugin.somethingelse.count", "2"}}, here()), "set plugin.somethingelse.path");
    }

    void namesOfGroupsAreChecked()
    {
        _folder.write("plugins/not good.so", "");
        assertHas(wrong({}, here()), "rename the file, or set plugin.NAME.path");
        for (const char* name : {"a b", "2", "7up", "-x", "_x", "all"})
            assertHas(wrong({{"plugin." + std::string(name) + ".count", "1"}}),
                      "plugin." + std::string(name) + ": a group's name has 1 to 32 letters");
        assertHas(wrong({{"plugin.x", "1"}}),
                  "plugin.x: is a section and has no value of its own: write plugin.x.KEY");
    }

    void whatContradictsACommandLineIsNamed()
    {
        assertHas(wrong({{"plugin.hello.enabled", "false"}}, with({"other/hello.so"})),
                  "plugin.hello.enabled: is false, but 'other/hello.so' is to be started");
        assertHas(wrong({{"plugin.hello.path", "plugins/hello.so"}}, with({"other/hello.so"})),
                  "is there twice");
    }

    void aDeletedWorkingFolderRefusesRelativePathsOnly()
    {
        Surroundings nowhere = test::embedded();
        nowhere.workingFolder = "";
        const std::string problems = wrong({}, nowhere);
        for (const char* key : {"cluster.controlSocket: ", "cluster.logFolder: ", "cluster.plugins: "})
            assertHas(problems, key);
        assertHas(problems, "the working folder does not exist any more: write an absolute path");
        good({{"cluster.controlSocket", "/run/x"},
              {"cluster.logFolder", "/var/log/x"},
              {"cluster.plugins", _folder / "plugins"},
              {"plugin.hello.count", "1"}},
             [&] {
                 Surroundings files = nowhere;
                 files.embeddedGroup = "";
                 return files;
             }());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GroupFinderTest);

}  // namespace clustermanager::config
