/// Goal: what `cmctl new` writes builds against what is installed, passes its own test, and harms nothing.
/// Method: cmake --install into a temporary prefix, both kinds of project, built and tested as their README
/// says.
#include "HostFixture.h"

#include <sys/stat.h>

#include "Cmctl.h"

namespace {

using namespace clustermanager::integration;

class NewProjectTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(NewProjectTest);
    CPPUNIT_TEST(newProjectsBuildAndPassTheirTest);
    CPPUNIT_TEST(whatIsInstalledIsWhereItBelongs);
    CPPUNIT_TEST(nothingIsOverwritten);
    CPPUNIT_TEST_SUITE_END();

    void install() { runToEnd(CM_CMAKE, {"--install", CM_BUILD_FOLDER, "--prefix", path("prefix")}); }

    CmctlRun create(const std::vector<std::string>& arguments) const
    {
        std::vector<std::string> words{"new"};
        words.insert(words.end(), arguments.begin(), arguments.end());
        return runCmctl(path(""), words);
    }

    void buildAndTest(const std::string& name, const std::string& flags)
    {
        const std::string build = path(name + "/build");
        runToEnd(CM_CMAKE,
                 {"-G", "Ninja", "-S", path(name), "-B", build, "-DCMAKE_PREFIX_PATH=" + path("prefix"),
                  std::string("-DCMAKE_CXX_COMPILER=") + CM_CXX_COMPILER, "-DCMAKE_CXX_FLAGS=" + flags});
        runToEnd(CM_CMAKE, {"--build", build});
        runToEnd(CM_CTEST, {"--test-dir", build, "--output-on-failure"});
    }

public:
    void newProjectsBuildAndPassTheirTest()
    {
        mayLeaveFiles();
        install();
        CPPUNIT_ASSERT_EQUAL(0, create({"greeter"}).exitCode);
        CPPUNIT_ASSERT_EQUAL(0, create({"stand-alone", "--embedded"}).exitCode);
        buildAndTest("greeter", "");
        buildAndTest("stand-alone", CM_SANITIZER_FLAGS);  // it is linked to the library
    }

    void whatIsInstalledIsWhereItBelongs()
    {
        install();
        for (const char* file : {"bin/cmctl", "share/man/man1/cmctl.1", "share/man/man8/clustermanager.8",
                                 "share/man/man5/clustermanager.conf.5", "share/zsh/site-functions/_cmctl",
                                 "share/bash-completion/completions/cmctl.bash"})
            CPPUNIT_ASSERT_MESSAGE(file, readFile(path(std::string("prefix/") + file)).size() > 500);
        const std::string keys = readFile(path("prefix/share/man/man5/clustermanager.conf.5"));
        CPPUNIT_ASSERT(keys.find("shutdownTimeoutMs = 10000") != std::string::npos);
        const std::string program = readFile(path("prefix/share/man/man8/clustermanager.8"));
        CPPUNIT_ASSERT(program.find("\\-\\-check\\-config") != std::string::npos);
    }

    void nothingIsOverwritten()
    {
        ::mkdir(path("mine").c_str(), 0755);
        writeFile(path("mine/mine.cpp"), "my own");
        const CmctlRun refused = create({"mine"});
        CPPUNIT_ASSERT_EQUAL(1, refused.exitCode);
        CPPUNIT_ASSERT(refused.output.find("'mine' is there already") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("my own"), readFile(path("mine/mine.cpp")));
        for (const char* name :
             {"", "../up", "a b", "7up", "-x", "test", "all", "a2345678901234567890123456789012x"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 2, create({"--", name}).exitCode);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, filesBelow(path("mine")).size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NewProjectTest);

}  // namespace
