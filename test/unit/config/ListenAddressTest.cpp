/// Goal: every spelling of an address means one thing, and whatever is doubtful is refused with the way out.
/// Method: tables of spellings with what they mean, and of wrong ones with a part of the answer.

#include "config/ListenAddress.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

namespace {

Listener right(const std::string& written, const std::string& folder = "/srv")
{
    const auto parsed = parseListenAddress(written, folder);
    if (const auto* why = std::get_if<std::string>(&parsed)) CPPUNIT_FAIL(*why);
    return std::get<Listener>(parsed);
}

std::string whyNot(const std::string& written, const std::string& folder = "/srv")
{
    const auto parsed = parseListenAddress(written, folder);
    const auto* why = std::get_if<std::string>(&parsed);
    CPPUNIT_ASSERT_MESSAGE("'" + written + "' was taken", why != nullptr);
    return *why;
}

struct Tcp
{
    const char* written;
    const char* host;
    int port;
};

struct Wrong
{
    const char* written;
    const char* part;
};

}  // namespace

class ListenAddressTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ListenAddressTest);
    CPPUNIT_TEST(tcpAddressesMeanHostAndPort);
    CPPUNIT_TEST(unixAddressesMeanAnAbsolutePath);
    CPPUNIT_TEST(wrongAddressesAreRefusedWithTheReason);
    CPPUNIT_TEST(aUnixPathHasAtMost107Bytes);
    CPPUNIT_TEST(twoSpellingsOfOneAddressAreEqual);
    CPPUNIT_TEST(loopbackIsTold);
    CPPUNIT_TEST_SUITE_END();

public:
    void tcpAddressesMeanHostAndPort()
    {
        for (const Tcp& row : {Tcp{"127.0.0.1:8080", "127.0.0.1", 8080},
                               {"0.0.0.0:80", "0.0.0.0", 80},
                               {"*:8080", "0.0.0.0", 8080},
                               {"8080", "127.0.0.1", 8080},
                               {"0", "127.0.0.1", 0},
                               {"[::1]:8080", "::1", 8080},
                               {"[::]:0", "::", 0},
                               {"localhost:8080", "localhost", 8080},
                               {"my-host.example:65535", "my-host.example", 65535},
                               {" 8080 ", "127.0.0.1", 8080}})
        {
            const Listener listener = right(row.written);
            CPPUNIT_ASSERT(listener.family == Listener::Family::Tcp);
            CPPUNIT_ASSERT_EQUAL(std::string(row.host), listener.host);
            CPPUNIT_ASSERT_EQUAL(row.port, static_cast<int>(listener.port));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("*:8080"), right("*:8080").address);
    }

    void unixAddressesMeanAnAbsolutePath()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("/run/x.sock"), right("/run/x.sock").path);
        CPPUNIT_ASSERT_EQUAL(std::string("/run/x.sock"), right("unix:/run/x.sock").path);
        CPPUNIT_ASSERT_EQUAL(std::string("/srv/run/x.sock"), right("unix:run/x.sock").path);
        CPPUNIT_ASSERT_EQUAL(std::string("/run/y.sock"), right("/run/./x/../y.sock").path);
        CPPUNIT_ASSERT(right("/run/x.sock").family == Listener::Family::Unix);
    }

    void wrongAddressesAreRefusedWithTheReason()
    {
        for (const Wrong& row : {Wrong{"", "has no address"},
                                 {"hello", "is no address"},
                                 {":8080", "has no host: write *:8080"},
                                 {"127.0.0.1:", "has no port"},
                                 {"127.0.0.1:65536", "has no port within 0..65535"},
                                 {"65536", "is no address"},
                                 {"127.0.0.1:-1", "has no port"},
                                 {"127.0.0.1:8080x", "has no port"},
                                 {"127.0.0.1: 80", "has no port"},
                                 {"::1:8080", "in brackets"},
                                 {"::1", "in brackets"},
                                 {"[::1]", "has no port: write [::1]:PORT"},
                                 {"[1.2.3.4]:80", "neither"},
                                 {"[::zz]:80", "neither"},
                                 {"300.1.1.1:80", "neither"},
                                 {"1.2.3:80", "neither"},
                                 {"a b:80", "neither"},
                                 {"-x:80", "neither"},
                                 {"http://x:80", "neither"},
                                 {"unix:", "names no socket"},
                                 {"/run/", "names no socket"},
                                 {"unix:@abstract", "is an abstract socket"},
                                 {"run/x.sock", "is no address"},
                                 {"a\x01:80", "control"}})
        {
            const std::string why = whyNot(row.written);
            CPPUNIT_ASSERT_MESSAGE(std::string(row.written) + " -> " + why,
                                   why.find(row.part) != std::string::npos);
        }
        test::assertHas(whyNot("unix:run/x.sock", ""), "working folder does not exist");
    }

    void aUnixPathHasAtMost107Bytes()
    {
        CPPUNIT_ASSERT_EQUAL(std::size_t{107}, right("/" + std::string(106, 'x')).path.size());
        test::assertHas(whyNot("/" + std::string(107, 'x')), "it has 108 bytes, 107 fit");
        test::assertHas(whyNot("unix:x", "/" + std::string(120, 'f')), "is too long for a Unix socket");
    }

    void twoSpellingsOfOneAddressAreEqual()
    {
        CPPUNIT_ASSERT_EQUAL(canonicalAddress(right("localhost:80")), canonicalAddress(right("80")));
        CPPUNIT_ASSERT_EQUAL(canonicalAddress(right("[::1]:80")), canonicalAddress(right("[0:0::1]:80")));
        CPPUNIT_ASSERT_EQUAL(canonicalAddress(right("/a/b")), canonicalAddress(right("unix:/a//b")));
        CPPUNIT_ASSERT_EQUAL(canonicalAddress(right("A.example:1")), canonicalAddress(right("a.example:1")));
        CPPUNIT_ASSERT(canonicalAddress(right("80")) != canonicalAddress(right("81")));
        CPPUNIT_ASSERT_EQUAL(std::string(), canonicalAddress(right("127.0.0.1:0")));
    }

    void loopbackIsTold()
    {
        for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "0::1", "localhost", "LOCALHOST"})
            CPPUNIT_ASSERT_MESSAGE(host, isLoopbackHost(host));
        for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "example.org", "127.example.org", ""})
            CPPUNIT_ASSERT_MESSAGE(host, !isLoopbackHost(host));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenAddressTest);

}  // namespace clustermanager::config
