/// Goal: what is installed is enough: a plugin outside this tree is built against it, and the installed host
/// runs it.
/// Method: cmake --install into a temporary prefix, a project of three files, the installed program.
#include "HostFixture.h"

#include <sys/stat.h>

namespace {

using namespace clustermanager::integration;

class InstallTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(InstallTest);
    CPPUNIT_TEST(buildsAndRunsAPluginFromOutside);
    CPPUNIT_TEST_SUITE_END();

    void cmake(const std::vector<std::string>& arguments)
    {
        Launch launch;
        launch.program = CM_CMAKE;
        launch.arguments = arguments;
        launch.workingFolder = path("");
        launch.output = path("cmake.log");
        HostProcess process(launch);
        const auto end = process.waitForEnd(Millis(120'000));
        CPPUNIT_ASSERT_MESSAGE(readFile(path("cmake.log")), end && exitCode(*end) == 0);
    }

    void writeProject()
    {
        ::mkdir(path("outside").c_str(), 0755);
        writeFile(path("outside/CMakeLists.txt"), R"(cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES CXX)
find_package(ClusterManager REQUIRED)
clustermanager_add_plugin(outside SOURCES Outside.cpp)
)");
        writeFile(path("outside/Outside.cpp"), R"(#include <clustermanager/plugin.hpp>
CM_PLUGIN("outside", "4.5.6")
static void serve(cm::Child& child)
{
    child.reportStatus("{\"outside\": true}");
    child.ready();
    child.waitForStop();
}
CM_RUN_CHILD(serve)
)");
    }

public:
    void buildsAndRunsAPluginFromOutside()
    {
        const std::string prefix = path("prefix");
        cmake({"--install", CM_BUILD_FOLDER, "--prefix", prefix});
        writeProject();
        cmake({"-G", "Ninja", "-S", path("outside"), "-B", path("outside/build"),
               "-DCMAKE_PREFIX_PATH=" + prefix, std::string("-DCMAKE_CXX_COMPILER=") + CM_CXX_COMPILER});
        cmake({"--build", path("outside/build")});

        program(prefix + "/bin/clustermanager");
        pluginFile(path("outside/build/outside.so"));
        set("cluster.count", "2");
        startReady();
        const StatusView view = waitStatus(
            [](const StatusView& s) { return !s.child(2).json->isNull("status"); }, "a status should come");
        const auto plugin = view.group("outside")->getObject("plugin");
        CPPUNIT_ASSERT_EQUAL(std::string("4.5.6"), plugin->getValue<std::string>("version"));
        CPPUNIT_ASSERT(view.child(2).json->getObject("status")->getValue<bool>("outside"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(InstallTest);

}  // namespace
