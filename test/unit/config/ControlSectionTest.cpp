/// Goal: the control port comes from the file or the environment, and is never open to others without a
/// token. Method: configurations with the keys set, unset, wrong and contradicting; token files with every
/// fault.

#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::assertHas;
using test::good;
using test::wrong;

class ControlSectionTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ControlSectionTest);
    CPPUNIT_TEST(thereIsNoPortUnlessItIsAskedFor);
    CPPUNIT_TEST(thePortComesFromTheKeyElseFromTheEnvironment);
    CPPUNIT_TEST(aWrongPortInTheEnvironmentIsNamed);
    CPPUNIT_TEST(anAddressThatOthersReachNeedsAToken);
    CPPUNIT_TEST(anAddressIsAHostWithoutPort);
    CPPUNIT_TEST(theTokenIsReadFromItsFile);
    CPPUNIT_TEST(aBadTokenFileIsRefusedOnceAndShowsNothing);
    CPPUNIT_TEST(aTokenAndATokenFileContradict);
    CPPUNIT_TEST(theControlSocketIsAbsoluteAndShortEnough);
    CPPUNIT_TEST_SUITE_END();

    const TemporaryFolder _folder;

    static Surroundings withPort(const std::string& port)
    {
        Surroundings surroundings = test::embedded();
        surroundings.environment["CM_WEBSERVER_PORT"] = port;
        return surroundings;
    }

public:
    void thereIsNoPortUnlessItIsAskedFor()
    {
        CPPUNIT_ASSERT_EQUAL(-1, good({}).webServerPort);
        CPPUNIT_ASSERT_EQUAL(-1, good({}, withPort("")).webServerPort);
    }

    void thePortComesFromTheKeyElseFromTheEnvironment()
    {
        CPPUNIT_ASSERT_EQUAL(5111, good({{"cluster.webServerPort", "5111"}}, withPort("6000")).webServerPort);
        CPPUNIT_ASSERT_EQUAL(6000, good({}, withPort("6000")).webServerPort);
        CPPUNIT_ASSERT_EQUAL(0, good({{"cluster.webServerPort", "0"}}).webServerPort);
    }

    void aWrongPortInTheEnvironmentIsNamed()
    {
        for (const char* port : {"65536", "-1", "http", "80 "})
            if (std::string(port) != "80 ")
                assertHas(wrong({}, withPort(port)),
                          "CM_WEBSERVER_PORT: the environment variable is wrong: '");
        CPPUNIT_ASSERT_EQUAL(80, good({}, withPort("80 ")).webServerPort);
    }

    void anAddressThatOthersReachNeedsAToken()
    {
        for (const char* address : {"0.0.0.0", "::", "10.0.0.1", "example.org"})
        {
            const test::Keys keys{{"cluster.webServerPort", "5111"}, {"cluster.webServerAddress", address}};
            assertHas(wrong(keys),
                      "cluster.webServerAddress: '" + std::string(address) + "' can be reached from other");
            assertHas(
                wrong(keys),
                "set cluster.webServerTokensFile, cluster.webServerTokenFile or cluster.webServerToken");
            test::Keys guarded = keys;
            guarded["cluster.webServerToken"] = "0123456789abcdef";
            CPPUNIT_ASSERT_EQUAL(std::string("0123456789abcdef"), good(guarded).webServerToken);
        }
        for (const char* address : {"127.0.0.1", "::1", "localhost"})
            good({{"cluster.webServerPort", "5111"}, {"cluster.webServerAddress", address}});
        good({{"cluster.webServerAddress", "0.0.0.0"}});  // no port, so nobody reaches it
    }

    void anAddressIsAHostWithoutPort()
    {
        for (const char* address : {"127.0.0.1:80", "*", "300.1.1.1", "a b"})
            assertHas(wrong({{"cluster.webServerAddress", address}}), "is neither an address nor a name");
    }

    void theTokenIsReadFromItsFile()
    {
        _folder.write("token", "  0123456789abcdef\n", 0600);
        CPPUNIT_ASSERT_EQUAL(std::string("0123456789abcdef"),
                             good({{"cluster.webServerTokenFile", _folder / "token"},
                                   {"cluster.webServerAddress", "0.0.0.0"},
                                   {"cluster.webServerPort", "0"}})
                                 .webServerToken);
    }

    void aBadTokenFileIsRefusedOnceAndShowsNothing()
    {
        _folder.write("open", "0123456789abcdef", 0640);
        _folder.write("short", "tooshort", 0600);
        _folder.write("two", "0123456789abcdef 0123456789abcdef", 0600);
        _folder.write("huge", std::string(9'000, 'x'), 0600);
        for (const auto& [name, part] :
             std::map<std::string, std::string>{{"open", "open to its group or to others"},
                                                {"short", "at least 16 characters"},
                                                {"two", "no token may have"},
                                                {"huge", "is larger than the limit"},
                                                {"missing", "No such file"},
                                                {".", "is a folder"}})
        {
            const std::string problems = wrong({{"cluster.webServerTokenFile", _folder.path() + "/" + name},
                                                {"cluster.webServerPort", "1"},
                                                {"cluster.webServerAddress", "0.0.0.0"}});
            assertHas(problems, "cluster.webServerTokenFile: ");
            assertHas(problems, part);
            CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1}, std::count(problems.begin(), problems.end(), '\n'));
            CPPUNIT_ASSERT(problems.find("tooshort") == std::string::npos);
        }
    }

    void aTokenAndATokenFileContradict()
    {
        _folder.write("token", "0123456789abcdef", 0600);
        assertHas(wrong({{"cluster.webServerTokenFile", _folder / "token"},
                         {"cluster.webServerToken", "0123456789abcdef"}}),
                  "cluster.webServerTokenFile: is set, and so is cluster.webServerToken");
    }

    void theControlSocketIsAbsoluteAndShortEnough()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("/nowhere/at-all/run/clustermanager.sock"), good({}).controlSocket);
        CPPUNIT_ASSERT_EQUAL(std::string("/run/x"),
                             good({{"cluster.controlSocket", "/run/x"}}).controlSocket);
        assertHas(wrong({{"cluster.controlSocket", "/" + std::string(107, 'x')}}),
                  "it has 108 bytes, 107 fit");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ControlSectionTest);

}  // namespace clustermanager::config
