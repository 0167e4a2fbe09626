/// Goal: what is installed is enough: a plugin outside this tree is built against it, and the installed host
/// runs it.
/// Method: cmake --install into a temporary prefix, a project of three files, the installed program.
#include "HostFixture.h"

#include <sys/stat.h>

#include <filesystem>

#include "unit/access/MadeCertificates.h"

namespace {

using namespace clustermanager::integration;

class InstallTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(InstallTest);
    CPPUNIT_TEST(buildsAndRunsAPluginFromOutside);
    CPPUNIT_TEST(historyDoesWithoutItsProgram);
    CPPUNIT_TEST(tlsCannotBeWithoutItsModule);
    CPPUNIT_TEST(namesASpawnerThatMayNotBeRun);
    CPPUNIT_TEST(namesASpawnerThatIsNoProgram);
    CPPUNIT_TEST_SUITE_END();

    void cmake(const std::vector<std::string>& arguments) { runToEnd(CM_CMAKE, arguments); }

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

    /// The host of an installation that has lost the parts that are files of their own.
    void installWithoutParts()
    {
        const std::string prefix = path("prefix");
        cmake({"--install", CM_BUILD_FOLDER, "--prefix", prefix});
        std::filesystem::path parts;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(prefix))
            if (entry.path().filename() == "clustermanager-history") parts = entry.path().parent_path();
        CPPUNIT_ASSERT(std::filesystem::exists(parts / "clustermanager-tls.so"));
        std::filesystem::remove_all(parts);
        program(prefix + "/bin/clustermanager");
    }

    /// The host of an installation whose spawner's program is spoilt.
    void expectNamed(const std::function<void(const std::string& spawner)>& spoil, const std::string& words)
    {
        const std::string prefix = path("prefix");
        cmake({"--install", CM_BUILD_FOLDER, "--prefix", prefix});
        std::string spawner;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(prefix))
            if (entry.path().filename() == "clustermanager-spawner") spawner = entry.path();
        spoil(spawner);
        program(prefix + "/bin/clustermanager");
        actors(1);
        allowProblem("clustermanager-spawner");
        start();
        waitOutput(spawner + "': " + words);
        stop();
    }

public:
    void namesASpawnerThatMayNotBeRun()
    {
        expectNamed(
            [](const std::string& spawner) { CPPUNIT_ASSERT_EQUAL(0, ::chmod(spawner.c_str(), 0644)); },
            "Permission denied");
    }

    void namesASpawnerThatIsNoProgram()
    {
        expectNamed(
            [](const std::string& spawner) {
                writeFile(spawner, "no program");
                CPPUNIT_ASSERT_EQUAL(0, ::chmod(spawner.c_str(), 0755));
            },
            "Exec format error");
    }

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
        CPPUNIT_ASSERT_EQUAL(200, control("/history").status);
    }

    void historyDoesWithoutItsProgram()
    {
        installWithoutParts();
        actors(1);
        allowProblem("history: 'clustermanager-history' is not in " + path("prefix/"));
        startReady();
        const HttpAnswer answer = control("/history");
        CPPUNIT_ASSERT_EQUAL(503, answer.status);
        CPPUNIT_ASSERT(answer.body.find("'clustermanager-history' is not in " + path("prefix/")) !=
                       std::string::npos);
    }

    void tlsCannotBeWithoutItsModule()
    {
        namespace certificates = clustermanager::access::test;
        installWithoutParts();
        actors(1);
        const auto made = certificates::makeCertificate("localhost", certificates::makeAuthority("Test CA"));
        writeFile(path("files/chain.pem"), made.certificate);
        writeFile(path("files/key.pem"), made.key);
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(path("files/key.pem").c_str(), 0600));
        set("cluster.webServerPort", "0");
        set("cluster.webServerCertificate", path("files/chain.pem"));
        set("cluster.webServerKey", path("files/key.pem"));
        CPPUNIT_ASSERT_EQUAL(78, startAndEnd());
        waitOutput("cluster.webServerCertificate");
        waitOutput("'clustermanager-tls.so' is not in " + path("prefix/"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(InstallTest);

}  // namespace
