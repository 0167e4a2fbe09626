/// Goal: the host is found where the documentation says, and a wrong way to it is told as one.
/// Method: options, an environment variable and files of the test's own.

#include <unistd.h>

#include <cstdlib>

#include <cppunit/extensions/HelperMacros.h>

#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

using test::assertHas;

class TargetTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TargetTest);
    CPPUNIT_TEST(theStrongestWins);
    CPPUNIT_TEST(theConfigurationIsReadAsTheHostReadsIt);
    CPPUNIT_TEST(aUrlIsTakenApart);
    CPPUNIT_TEST(wrongUrlsAreRefused);
    CPPUNIT_TEST(aTokenIsOneWord);
    CPPUNIT_TEST(optionsThatDoNotBelongTogetherAreRefused);
    CPPUNIT_TEST(aPathMustFit);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;

    Target find(const Invocation::Options& options) const
    {
        return findTarget(Invocation({"status"}, options), _folder.path() + "/");
    }

    std::string wrong(const Invocation::Options& options) const
    {
        return test::failureOf(ExitCode::Usage, [&] { (void)find(options); });
    }

public:
    void tearDown() override { ::unsetenv("CM_CONTROL_SOCKET"); }

    void theStrongestWins()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("run/clustermanager.sock"), find({}).path);
        _folder.write("clustermanager.ini", "[cluster]\ncontrolSocket = beside.sock\n");
        CPPUNIT_ASSERT_EQUAL(std::string("beside.sock"), find({}).path);
        ::setenv("CM_CONTROL_SOCKET", "/of/environment.sock", 1);
        CPPUNIT_ASSERT_EQUAL(std::string("/of/environment.sock"), find({}).path);
        const std::string file = _folder.write("mine.properties", "cluster.controlSocket = /of/file.sock\n");
        CPPUNIT_ASSERT_EQUAL(std::string("/of/file.sock"), find({{"config", file}}).path);
        CPPUNIT_ASSERT_EQUAL(std::string("x.sock"), find({{"config", file}, {"socket", "x.sock"}}).path);
        CPPUNIT_ASSERT_EQUAL(std::string("--socket"), find({{"socket", "x.sock"}}).foundBy);
    }

    void theConfigurationIsReadAsTheHostReadsIt()
    {
        ::setenv("CMCTL_TEST", "var", 1);
        const std::string file =
            _folder.write("a.json", R"({"cluster":{"controlSocket":"/${system.env.CMCTL_TEST}/s"}})");
        CPPUNIT_ASSERT_EQUAL(std::string("/var/s"), find({{"config", file}}).path);
        const std::string silent = _folder.write("b.properties", "cluster.count = 3\n");
        CPPUNIT_ASSERT_EQUAL(std::string("run/clustermanager.sock"), find({{"config", silent}}).path);
        assertHas(wrong({{"config", _folder / "none.ini"}}), "none.ini");
        assertHas(wrong({{"config", _folder.write("c.json", "{")}}), "c.json");
    }

    void aUrlIsTakenApart()
    {
        const Target plain = find({{"url", "http://127.0.0.1:5111/"}});
        CPPUNIT_ASSERT(plain.kind == Target::Kind::Http);
        CPPUNIT_ASSERT_EQUAL(std::string("http://127.0.0.1:5111"), plain.text());
        const Target secure = find({{"url", "https://[::1]:99"}, {"ca-file", "ca.pem"}});
        CPPUNIT_ASSERT(secure.kind == Target::Kind::Https);
        CPPUNIT_ASSERT_EQUAL(std::string("https://[::1]:99"), secure.text());
        CPPUNIT_ASSERT_EQUAL(std::string("ca.pem"), secure.caFile);
    }

    void wrongUrlsAreRefused()
    {
        for (const char* url : {"", "127.0.0.1:5111", "ftp://x:1", "http://", "http://x:1/path",
                                "http://x:1?q=1", "http://u:p@x:1", "http://x:y"})
            assertHas(wrong({{"url", url}}), "--url");
    }

    void aTokenIsOneWord()
    {
        const std::string good = _folder.write("token", "  sesame-open-sesame\n");
        const Target target = find({{"url", "http://x:1"}, {"token-file", good}});
        CPPUNIT_ASSERT_EQUAL(std::string("sesame-open-sesame"), target.token);
        for (const char* bad : {"", "two words", "line\r\nX-Evil: 1", "esc\x1b"})
            assertHas(wrong({{"url", "http://x:1"}, {"token-file", _folder.write("bad", bad)}}),
                      "holds no token");
        assertHas(wrong({{"url", "http://x:1"}, {"token-file", _folder / "none"}}), "--token-file");
    }

    void optionsThatDoNotBelongTogetherAreRefused()
    {
        assertHas(wrong({{"url", "http://x:1"}, {"socket", "s"}}), "exclude each other");
        assertHas(wrong({{"token-file", "t"}}), "--token-file is for --url");
        assertHas(wrong({{"url", "https://x:1"}, {"cert-file", "c"}}), "belong together");
    }

    void aPathMustFit()
    {
        assertHas(wrong({{"socket", std::string(108, 'x')}}), "1 to 107 bytes, not 108");
        assertHas(wrong({{"socket", ""}}), "not 0");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TargetTest);

}  // namespace clustermanager::cmctl
