/// Goal: every group gets the listeners it should, and no two things want the same address.
/// Method: one and several groups with and without `listen`; clashes, unknown names, too many.

#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::assertHas;
using test::good;
using test::joined;
using test::Keys;
using test::wrong;

class ListenSectionTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ListenSectionTest);
    CPPUNIT_TEST(theOnlyGroupGetsEveryListener);
    CPPUNIT_TEST(theOnlyGroupMayAskForFewerOrNone);
    CPPUNIT_TEST(ofSeveralGroupsEachGetsWhatItNames);
    CPPUNIT_TEST(aListenerThatNobodyUsesGivesAWarning);
    CPPUNIT_TEST(anUnknownOrRepeatedNameIsRefused);
    CPPUNIT_TEST(aWrongAddressNamesItsKey);
    CPPUNIT_TEST(namesOfListenersAreChecked);
    CPPUNIT_TEST(twoOfOneAddressNameEachOther);
    CPPUNIT_TEST(portZeroNeverClashes);
    CPPUNIT_TEST(thereAreAtMost64);
    CPPUNIT_TEST_SUITE_END();

    const TemporaryFolder _folder;

    Surroundings twoGroups() const
    {
        _folder.write("plugins/a.so", "");
        _folder.write("plugins/b.so", "");
        return test::startedIn(_folder);
    }

public:
    void theOnlyGroupGetsEveryListener()
    {
        const HostConfig host = good({{"listen.http", "8080"}, {"listen.admin", "unix:run/a.sock"}});
        CPPUNIT_ASSERT_EQUAL(std::string("admin, http"), joined(host.groups.at(0).listeners));
        CPPUNIT_ASSERT_EQUAL(std::string("/nowhere/at-all/run/a.sock"), host.listeners.at(0).path);
        CPPUNIT_ASSERT_EQUAL(8080, static_cast<int>(host.listeners.at(1).port));
        CPPUNIT_ASSERT_EQUAL(std::string("8080"), host.listeners.at(1).address);
    }

    void theOnlyGroupMayAskForFewerOrNone()
    {
        const Keys listen{{"listen.a", "1"}, {"listen.b", "2"}};
        Keys some = listen;
        some["plugin.hello.listen"] = "b";
        CPPUNIT_ASSERT_EQUAL(std::string("b"), joined(good(some).groups.at(0).listeners));
        Keys none = listen;
        none["plugin.hello.listen"] = "";
        CPPUNIT_ASSERT(good(none).groups.at(0).listeners.empty());
    }

    void ofSeveralGroupsEachGetsWhatItNames()
    {
        const HostConfig host =
            good({{"listen.x", "1"}, {"listen.y", "2"}, {"plugin.a.listen", "y, x"}}, twoGroups());
        CPPUNIT_ASSERT_EQUAL(std::string("y, x"), joined(host.groups.at(0).listeners));
        CPPUNIT_ASSERT(host.groups.at(1).listeners.empty());
        CPPUNIT_ASSERT(host.warnings.empty());
    }

    void aListenerThatNobodyUsesGivesAWarning()
    {
        const HostConfig host =
            good({{"listen.x", "1"}, {"listen.y", "2"}, {"plugin.a.listen", "y"}}, twoGroups());
        CPPUNIT_ASSERT_EQUAL(
            std::string("listen.x: no group uses this listener; name it in plugin.NAME.listen"),
            joined(host.warnings));
    }

    void anUnknownOrRepeatedNameIsRefused()
    {
        assertHas(wrong({{"listen.http", "1"}, {"plugin.hello.listen", "htpp"}}),
                  "plugin.hello.listen: 'htpp' is no key of [listen]; did you mean 'http'?");
        assertHas(wrong({{"listen.http", "1"}, {"plugin.hello.listen", "http, http"}}),
                  "'http' is there twice");
    }

    void aWrongAddressNamesItsKey()
    {
        assertHas(wrong({{"listen.http", "127.0.0.1:99999"}}),
                  "listen.http: '127.0.0.1:99999' has no port within");
        assertHas(wrong({{"listen.http", " "}}), "listen.http: has no address");
    }

    void namesOfListenersAreChecked()
    {
        for (const std::string& name : std::vector<std::string>{"a.b", "a b", "a:b", std::string(33, 'x')})
            assertHas(wrong({{"listen." + name, "1"}}),
                      "listen." + name + ": a listener's name has 1 to 32 letters");
        good({{"listen." + std::string(32, 'x'), "1"}, {"listen.A_b-9", "2"}});
    }

    void twoOfOneAddressNameEachOther()
    {
        assertHas(wrong({{"listen.a", "localhost:80"}, {"listen.b", "80"}}),
                  "listen.b: has the same address as listen.a: 80");
        assertHas(wrong({{"listen.a", "/run/x"}, {"listen.b", "unix:/run//x"}}),
                  "the same address as listen.a");
        assertHas(wrong({{"listen.a", "5111"}, {"cluster.webServerPort", "5111"}}),
                  "listen.a: has the same address as cluster.webServerPort: 5111");
        assertHas(wrong({{"listen.a", "unix:run/clustermanager.sock"}}),
                  "the same address as cluster.controlSocket");
    }

    void portZeroNeverClashes()
    {
        good({{"listen.a", "0"}, {"listen.b", "0"}, {"cluster.webServerPort", "0"}});
    }

    void thereAreAtMost64()
    {
        Keys keys;
        for (int port = 1; port <= 64; ++port) keys["listen.l" + std::to_string(port)] = std::to_string(port);
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, good(keys).listeners.size());
        keys["listen.more"] = "65";
        assertHas(wrong(keys), "listen: there are 65 listeners, 64 are allowed");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenSectionTest);

}  // namespace clustermanager::config
