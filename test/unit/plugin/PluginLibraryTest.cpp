/// Goal: a plugin that cannot be used is refused with the loader's words and the path its operator knows.
/// Method: small plugins with one fault each, loaded by descriptor.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "plugin/PluginLibrary.h"
#include "unit/TemporaryFolder.h"

using namespace clustermanager;
using namespace clustermanager::plugin;

class PluginLibraryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PluginLibraryTest);
    CPPUNIT_TEST(aGoodPluginHasItsFunctions);
    CPPUNIT_TEST(aMissingSymbolIsNamed);
    CPPUNIT_TEST(aPluginWithoutRunChildIsRefused);
    CPPUNIT_TEST(aRunChildThatIsDataIsRefused);
    CPPUNIT_TEST(aFileThatIsNoLibraryIsRefused);
    CPPUNIT_TEST(whatAConstructorThrowsIsSaid);
    CPPUNIT_TEST_SUITE_END();

    PluginLibrary _library;

    bool load(const std::string& name)
    {
        const std::string path = std::string(CM_TEST_PLUGINS "/") + name + ".so";
        const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        CPPUNIT_ASSERT(file);
        return _library.load(file, "/srv/plugins/" + name + ".so");
    }

    void expectFailure(const std::string& text)
    {
        CPPUNIT_ASSERT(!_library.loaded());
        CPPUNIT_ASSERT_EQUAL(text, _library.failure().text);
        CPPUNIT_ASSERT(!_library.failure().permission);
    }

    void aGoodPluginHasItsFunctions()
    {
        CPPUNIT_ASSERT(load("good"));
        CPPUNIT_ASSERT(_library.loaded() && _library.runChild() != nullptr &&
                       _library.runMaster() != nullptr);
    }

    void aMissingSymbolIsNamed()
    {
        CPPUNIT_ASSERT(!load("undefined"));
        expectFailure("/srv/plugins/undefined.so: undefined symbol: thisFunctionExistsNowhere");
    }

    void aPluginWithoutRunChildIsRefused()
    {
        CPPUNIT_ASSERT(!load("empty"));
        expectFailure("/srv/plugins/empty.so: it exports no function run_child");
    }

    void aRunChildThatIsDataIsRefused()
    {
        CPPUNIT_ASSERT(!load("data"));
        expectFailure("/srv/plugins/data.so: run_child is not a function");
    }

    void aFileThatIsNoLibraryIsRefused()
    {
        const TemporaryFolder folder;
        std::ofstream(folder / "x.so") << "no library";
        const FileDescriptor file(::open((folder / "x.so").c_str(), O_RDONLY | O_CLOEXEC));
        CPPUNIT_ASSERT(!_library.load(file, "/srv/plugins/x.so"));
        expectFailure("/srv/plugins/x.so: file too short");
    }

    void whatAConstructorThrowsIsSaid()
    {
        const TemporaryFolder folder;
        const std::string output = folder / "stderr";
        const pid_t child = ::fork();
        if (child == 0)
        {
            (void)::dup2(::open(output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), STDERR_FILENO);
            (void)load("throwing");
            ::_exit(0);
        }
        int status = 0;
        CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
        CPPUNIT_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "loading the plugin: /srv/plugins/throwing.so: a constructor threw std::runtime_error: "
                "no database"),
            linesOf(output).at(0));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PluginLibraryTest);
