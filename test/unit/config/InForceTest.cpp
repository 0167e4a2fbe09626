/// Goal: what is in force is listed completely, truthfully, and without a secret.
/// Method: the list of a small configuration against the expected pairs; planted secrets are searched for.

#include <algorithm>

#include "config/OptionTable.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::good;

namespace {

const std::string* find(const HostConfig& host, const std::string& key)
{
    const auto found = std::find_if(host.inForce.begin(), host.inForce.end(),
                                    [&](const auto& pair) { return pair.first == key; });
    return found == host.inForce.end() ? nullptr : &found->second;
}

std::string valueOf(const HostConfig& host, const std::string& key)
{
    const std::string* value = find(host, key);
    CPPUNIT_ASSERT_MESSAGE(key, value != nullptr);
    return *value;
}

}  // namespace

class InForceTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(InForceTest);
    CPPUNIT_TEST(everyKeyOfTheClusterIsListedWithItsValue);
    CPPUNIT_TEST(aGroupListsWhatDiffers);
    CPPUNIT_TEST(secretsAreMasked);
    CPPUNIT_TEST(restartAndAutoRestartAgree);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyKeyOfTheClusterIsListedWithItsValue()
    {
        const HostConfig host = good(
            {{"cluster.startTimeoutMs", "2s"}, {"cluster.logRotateSize", "3M"}, {"listen.http", "8080"}});
        for (const Option& option : optionTable())
            if (allowedInCluster(option)) valueOf(host, "cluster." + std::string(option.name));
        CPPUNIT_ASSERT_EQUAL(std::string("4"), valueOf(host, "cluster.count"));
        CPPUNIT_ASSERT_EQUAL(std::string("2000"), valueOf(host, "cluster.startTimeoutMs"));
        CPPUNIT_ASSERT_EQUAL(std::string("3000000"), valueOf(host, "cluster.logRotateSize"));
        CPPUNIT_ASSERT_EQUAL(std::string("info"), valueOf(host, "cluster.logLevel"));
        CPPUNIT_ASSERT_EQUAL(std::string("/nowhere/at-all/log"), valueOf(host, "cluster.logFolder"));
        CPPUNIT_ASSERT_EQUAL(std::string(), valueOf(host, "cluster.webServerPort"));
        CPPUNIT_ASSERT_EQUAL(std::string("8080"), valueOf(host, "listen.http"));
    }

    void aGroupListsWhatDiffers()
    {
        const TemporaryFolder folder;
        folder.write("plugins/a.so", "");
        const HostConfig host = good({{"plugin.a.count", "7"}, {"plugin.a.own", "x"}, {"listen.http", "1"}},
                                     test::startedIn(folder));
        CPPUNIT_ASSERT_EQUAL(std::string("7"), valueOf(host, "plugin.a.count"));
        CPPUNIT_ASSERT_EQUAL(std::string("http"), valueOf(host, "plugin.a.listen"));
        CPPUNIT_ASSERT_EQUAL(folder / "plugins/a.so", valueOf(host, "plugin.a.path"));
        CPPUNIT_ASSERT(find(host, "plugin.a.spares") == nullptr);
        CPPUNIT_ASSERT(find(host, "plugin.a.own") == nullptr);
    }

    void secretsAreMasked()
    {
        const TemporaryFolder folder;
        folder.write("token", "planted-secret-0123", 0600);
        for (const test::Keys& keys : {test::Keys{{"cluster.webServerToken", "planted-secret-0123"}},
                                       test::Keys{{"cluster.webServerTokenFile", folder / "token"}}})
        {
            const HostConfig host = good(keys);
            CPPUNIT_ASSERT_EQUAL(std::string("***"), valueOf(host, "cluster.webServerToken"));
            for (const auto& [key, value] : host.inForce)
                CPPUNIT_ASSERT_MESSAGE(key, value.find("planted") == std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(std::string(), valueOf(good({}), "cluster.webServerToken"));
    }

    void restartAndAutoRestartAgree()
    {
        const HostConfig host =
            good({{"cluster.autoRestart", "false"}, {"plugin.hello.restart", "on-failure"}});
        CPPUNIT_ASSERT_EQUAL(std::string("never"), valueOf(host, "cluster.restart"));
        CPPUNIT_ASSERT_EQUAL(std::string("false"), valueOf(host, "cluster.autoRestart"));
        CPPUNIT_ASSERT_EQUAL(std::string("on-failure"), valueOf(host, "plugin.hello.restart"));
        CPPUNIT_ASSERT_EQUAL(std::string("true"), valueOf(host, "plugin.hello.autoRestart"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(InForceTest);

}  // namespace clustermanager::config
