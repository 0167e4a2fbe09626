/// Goal: the configurations we ship are right, and the one with every key is the table's own text.
/// Method: each file of etc/ is read and loaded as the host would.

#include <sstream>

#include "config/BoundedFile.h"
#include "config/OptionTable.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

namespace {

std::string etc(const std::string& name)
{
    return std::string(CM_SOURCE_FOLDER) + "/etc/" + name;
}

HostConfig loaded(const std::string& name)
{
    auto source = test::contentOf(etc(name));
    const TemporaryFolder plugins;  // in place of the one of the container
    if (source->hasProperty("cluster.plugins")) source->setString("cluster.plugins", plugins.path());
    auto result = loadConfig(*source, test::embedded());
    if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&result))
        CPPUNIT_FAIL(test::lines(*problems));
    return std::get<HostConfig>(std::move(result));
}

}  // namespace

class EtcTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EtcTest);
    CPPUNIT_TEST(theFileWithEveryKeyIsTheTablesText);
    CPPUNIT_TEST(theReadmesTableIsTheTablesText);
    CPPUNIT_TEST(everyKeyOfThatFileMayBeUncommented);
    CPPUNIT_TEST(helloServesOn8080WithTwoChildrenAndTheControlPort);
    CPPUNIT_TEST(theIniExampleLoads);
    CPPUNIT_TEST(theContainersConfigurationLogsToTheConsole);
    CPPUNIT_TEST_SUITE_END();

public:
    void theFileWithEveryKeyIsTheTablesText()
    {
        const auto read = readBoundedFile(etc("clustermanager.properties"), 1'000'000);
        CPPUNIT_ASSERT_EQUAL(propertiesConfig(), std::get<BoundedFile>(read).content);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, loaded("clustermanager.properties").groups.size());
    }

    void theReadmesTableIsTheTablesText()
    {
        const auto read = readBoundedFile(std::string(CM_SOURCE_FOLDER) + "/README.md", 1'000'000);
        CPPUNIT_ASSERT(std::get<BoundedFile>(read).content.find(markdownConfig()) != std::string::npos);
    }

    void everyKeyOfThatFileMayBeUncommented()
    {
        std::istringstream lines(propertiesConfig());
        std::string uncommented;
        std::size_t keys = 0;
        for (std::string line; std::getline(lines, line);)
        {
            const bool isKey =
                line.compare(0, 9, "#cluster.") == 0 || line.compare(0, 13, "#plugin.NAME.") == 0;
            const bool hasValue = line.find_last_not_of(' ') != line.find('=');
            if (isKey && hasValue) uncommented += line.substr(1) + "\n";
            keys += isKey ? 1 : 0;
        }
        CPPUNIT_ASSERT_EQUAL(optionTable().size(), keys);
        const TemporaryFolder folder;
        const auto source = test::contentOf(folder.write("all.properties", uncommented));
        folder.write("plugins/NAME.so", "");
        const auto result = loadConfig(*source, test::startedIn(folder));
        if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&result))
            CPPUNIT_FAIL(test::lines(*problems));
    }

    void helloServesOn8080WithTwoChildrenAndTheControlPort()
    {
        const HostConfig host = loaded("hello.properties");
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), host.groups.at(0).policy.name);
        CPPUNIT_ASSERT_EQUAL(2U, host.groups[0].policy.count);
        CPPUNIT_ASSERT_EQUAL(5111, host.webServerPort);
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), host.listeners.at(0).host);
        CPPUNIT_ASSERT_EQUAL(8080, static_cast<int>(host.listeners[0].port));
        CPPUNIT_ASSERT_EQUAL(std::string("http"), test::joined(host.groups[0].listeners));
        CPPUNIT_ASSERT(host.warnings.empty());
    }

    void theIniExampleLoads()
    {
        const HostConfig host = loaded("clustermanager.ini");
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), host.groups.at(0).policy.name);
        CPPUNIT_ASSERT(host.warnings.empty());
    }

    void theContainersConfigurationLogsToTheConsole()
    {
        const HostConfig host = loaded("container.ini");
        CPPUNIT_ASSERT(host.logsConfigured);
        CPPUNIT_ASSERT_EQUAL(std::string("ConsoleChannel"),
                             host.logging.at("logging.channels.console.class"));
        CPPUNIT_ASSERT_EQUAL(1U, host.groups.at(0).policy.count);
        CPPUNIT_ASSERT(host.groups[0].policy.onGiveUp == core::GiveUpMode::Exit);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EtcTest);

}  // namespace clustermanager::config
