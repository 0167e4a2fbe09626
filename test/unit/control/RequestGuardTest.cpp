/// Goal: nothing is changed for a page of another site, for a name that was made to point at this machine, or
///       without the token where one is set; and everybody who may ask, can.
/// Method: the guard alone, without sockets: spellings of Host, and the cross product of method, route,
/// Origin,
///       Sec-Fetch-Site and token with the rule written a second time, as a table would say it.
#include <cppunit/extensions/HelperMacros.h>

#include <sys/socket.h>
#include <unistd.h>

#include "control/RequestGuard.h"
#include "control/Router.h"

namespace clustermanager::control::test {

namespace {

RequestHead headOf(const std::string& request)
{
    auto parsed = parseRequestHead(request);
    CPPUNIT_ASSERT_MESSAGE(request, std::holds_alternative<RequestHead>(parsed));
    return std::get<RequestHead>(parsed);
}

RequestHead withHost(const std::string& host)
{
    return headOf("POST /children/exit HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
}

Peer fromLoopback()
{
    Peer peer;
    peer.address = "127.0.0.1";
    return peer;
}

std::variant<Caller, Reply> judged(const RequestGuard& guard, const RequestHead& head)
{
    return guard.judge(head, Router::need(head.target), fromLoopback(), -1);
}

int statusOf(const RequestGuard& guard, const RequestHead& head)
{
    const auto verdict = judged(guard, head);
    const Reply* refusal = std::get_if<Reply>(&verdict);
    return refusal == nullptr ? 200 : refusal->status;
}

/// A port on TCP, with a token for everything where one is given.
RequestGuard onTcp(const std::string& address, std::uint16_t port, const std::string& token = "",
                   bool tls = false)
{
    access::Tokens tokens;
    if (!token.empty()) tokens.push_back(access::hashed("ops", access::Role::Operate, token));
    return RequestGuard(RequestGuard::TcpAccess{address, port, tokens, tls});
}

/// A Unix socket, asked by our own user.
int statusOnSocket(const RequestHead& head)
{
    Peer peer;
    peer.uid = ::geteuid();
    const auto verdict =
        RequestGuard(RequestGuard::SocketAccess{}).judge(head, Router::need(head.target), peer, -1);
    const Reply* refusal = std::get_if<Reply>(&verdict);
    return refusal == nullptr ? 200 : refusal->status;
}

}  // namespace

class RequestGuardTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RequestGuardTest);
    CPPUNIT_TEST(knowsItsOwnHosts);
    CPPUNIT_TEST(knowsABoundAddress);
    CPPUNIT_TEST(takesEveryNameWhereItIsBoundToAll);
    CPPUNIT_TEST(takesNoPortOnPort80);
    CPPUNIT_TEST(takesAnyHostOnTheUnixSocket);
    CPPUNIT_TEST(refusesAForeignReferer);
    CPPUNIT_TEST(wantsAHostOnTcpEvenInHttp10);
    CPPUNIT_TEST(crossesEveryMethodOriginSiteAndToken);
    CPPUNIT_TEST(comparesTheWholeToken);
    CPPUNIT_TEST(judgesEveryFieldThatIsRepeated);
    CPPUNIT_TEST(refusesABrowserThatDoesNotSayForWhom);
    CPPUNIT_TEST(takesNoPageWithoutTlsWhereThereIsTls);
    CPPUNIT_TEST(aCertificateIsItsOwnCredential);
    CPPUNIT_TEST(whoHasNoTokenSeesPublicPagesOnly);
    CPPUNIT_TEST(tellsPeopleOnTheSocketApart);
    CPPUNIT_TEST(knowsLoopback);
    CPPUNIT_TEST_SUITE_END();

    void knowsItsOwnHosts()
    {
        const RequestGuard guard = onTcp("127.0.0.1", 5111);
        for (const char* host : {"localhost:5111", "LocalHost:5111", "127.0.0.1:5111", "[::1]:5111"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(host, 200, statusOf(guard, withHost(host)));
        for (const char* host : {"localhost",
                                 "127.0.0.1",
                                 "[::1]",
                                 "localhost:5112",
                                 "localhost:05111",
                                 "localhost:80",
                                 "localhost.:5111",
                                 "localhost.localdomain:5111",
                                 "evil.example:5111",
                                 "localhost.evil.example:5111",
                                 "127.0.0.1.evil:5111",
                                 "127.0.0.2:5111",
                                 "127.1:5111",
                                 "2130706433:5111",
                                 "0x7f000001:5111",
                                 "0177.0.0.1:5111",
                                 "0.0.0.0:5111",
                                 "[::]:5111",
                                 "[::1]:5112",
                                 "[0:0:0:0:0:0:0:1]:5111",
                                 "[::ffff:127.0.0.1]:5111",
                                 "10.0.0.1:5111",
                                 "5111:5111",
                                 "xlocalhost:5111",
                                 "localhostx:5111",
                                 "localhos:5111",
                                 "-:5111",
                                 "_:5111"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(host, 403, statusOf(guard, withHost(host)));
    }

    void knowsABoundAddress()
    {
        const RequestGuard four = onTcp("192.0.2.7", 5111);
        CPPUNIT_ASSERT_EQUAL(200, statusOf(four, withHost("192.0.2.7:5111")));
        CPPUNIT_ASSERT_EQUAL(403, statusOf(four, withHost("192.0.2.8:5111")));
        const RequestGuard six = onTcp("2001:DB8::7", 5111);
        CPPUNIT_ASSERT_EQUAL(200, statusOf(six, withHost("[2001:db8::7]:5111")));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(six, withHost("[2001:DB8::7]:5111")));
        CPPUNIT_ASSERT_EQUAL(403, statusOf(six, withHost("[2001:db8::8]:5111")));
    }

    void takesEveryNameWhereItIsBoundToAll()
    {
        const RequestGuard guard = onTcp("0.0.0.0", 5111);
        CPPUNIT_ASSERT_EQUAL(200, statusOf(guard, withHost("box.example:5111")));
        CPPUNIT_ASSERT_EQUAL(403, statusOf(guard, withHost("box.example:5112")));
        CPPUNIT_ASSERT_EQUAL(403, statusOf(guard, withHost("box.example")));
    }

    void takesNoPortOnPort80()
    {
        const RequestGuard guard = onTcp("127.0.0.1", 80);
        for (const char* host : {"localhost", "127.0.0.1", "[::1]", "localhost:80"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(host, 200, statusOf(guard, withHost(host)));
        CPPUNIT_ASSERT_EQUAL(403, statusOf(guard, withHost("localhost:81")));
        CPPUNIT_ASSERT_EQUAL(403, statusOf(guard, withHost("evil.example")));
    }

    void refusesAForeignReferer()
    {
        const auto status = [&](const std::string& line) {
            return statusOnSocket(
                headOf("GET /children/exit HTTP/1.1\r\nHost: localhost:5111\r\n" + line + "\r\n"));
        };
        CPPUNIT_ASSERT_EQUAL(200, status(""));
        for (const char* own :
             {"http://localhost:5111/", "https://localhost:5111/ui?a=b", "http://LOCALHOST:5111"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(own, 200, status("Referer: " + std::string(own) + "\r\n"));
        for (const char* other :
             {"http://evil.example/", "http://localhost:51110/", "http://localhost:5111.evil.example/",
              "http://localhost:5111@evil.example/", "localhost:5111"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(other, 403, status("Referer: " + std::string(other) + "\r\n"));
    }

    void takesAnyHostOnTheUnixSocket()
    {
        for (const char* host : {"localhost", "clustermanager", "admin.example:443", "[::1]"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(host, 200, statusOnSocket(withHost(host)));
        CPPUNIT_ASSERT_EQUAL(200, statusOnSocket(headOf("GET / HTTP/1.0\r\n\r\n")));
    }

    void wantsAHostOnTcpEvenInHttp10()
    {
        const RequestGuard guard = onTcp("127.0.0.1", 5111);
        CPPUNIT_ASSERT_EQUAL(400, statusOf(guard, headOf("GET / HTTP/1.0\r\n\r\n")));
    }

    void crossesEveryMethodOriginSiteAndToken()
    {
        const std::string host = "localhost:5111";
        struct Field
        {
            std::string line;
            bool ours;
        };
        const Field origins[] = {{"", true},
                                 {"Origin: http://localhost:5111\r\n", true},
                                 {"Origin: HTTP://LOCALHOST:5111\r\n", true},
                                 {"Origin: null\r\n", false},
                                 {"Origin: http://localhost:5112\r\n", false},
                                 {"Origin: http://localhost\r\n", false},
                                 {"Origin: http://127.0.0.1:5111\r\n", false},
                                 {"Origin: http://evil.example\r\n", false},
                                 {"Origin: http://localhost:5111.evil.example\r\n", false},
                                 {"Origin:\r\n", false}};
        const Field sites[] = {{"", true},
                               {"Sec-Fetch-Site: same-origin\r\n", true},
                               {"Sec-Fetch-Site: none\r\n", true},
                               {"Sec-Fetch-Site: same-site\r\n", false},
                               {"Sec-Fetch-Site: cross-site\r\n", false},
                               {"Sec-Fetch-Site: unheard-of\r\n", false}};
        const Field tokens[] = {{"", false},
                                {"Authorization: Bearer s3cret\r\n", true},
                                {"Authorization: Bearer wrong\r\n", false}};
        const std::pair<const char*, bool> targets[] = {{"/", false},
                                                        {"/children/1", false},
                                                        {"/children/exit", true},
                                                        {"/children/1/exit", true},
                                                        {"/groups/web/exit", true},
                                                        {"/logLevel/debug", true}};
        const RequestGuard open = onTcp("127.0.0.1", 5111);
        const RequestGuard locked = onTcp("127.0.0.1", 5111, "s3cret");
        int cases = 0;
        for (const char* method : {"GET", "POST", "HEAD"})
            for (const auto& [target, changes] : targets)
                for (const Field& origin : origins)
                    for (const Field& site : sites)
                        for (const Field& token : tokens)
                        {
                            const std::string request = std::string(method) + ' ' + target +
                                                        " HTTP/1.1\r\nHost: " + host + "\r\n" + origin.line +
                                                        site.line + token.line + "\r\n";
                            const bool crossSite = changes && !(origin.ours && site.ours);
                            const RequestHead head = headOf(request);
                            CPPUNIT_ASSERT_EQUAL_MESSAGE(request, crossSite ? 403 : 200,
                                                         statusOf(open, head));
                            const int expected = !token.ours ? 401 : crossSite ? 403 : 200;
                            CPPUNIT_ASSERT_EQUAL_MESSAGE(request, expected, statusOf(locked, head));
                            ++cases;
                        }
        CPPUNIT_ASSERT_EQUAL(3 * 6 * 10 * 6 * 3, cases);
    }

    void comparesTheWholeToken()
    {
        const RequestGuard guard = onTcp("127.0.0.1", 5111, "s3cret");
        const auto withToken = [&](const std::string& value) {
            return statusOf(guard, headOf("GET / HTTP/1.1\r\nHost: localhost:5111\r\nAuthorization: " +
                                          value + "\r\n\r\n"));
        };
        for (const char* value : {"Bearer s3cret", "bearer s3cret", "BEARER s3cret"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(value, 200, withToken(value));
        for (const char* value :
             {"", "Bearer", "Bearer s3cre", "Bearer s3cret1", "Bearer s3creT", "Bearer s3crets3cret",
              "Bearer  s3cret", "Basic s3cret", "s3cret", "Bearer s", "Bearers3cret", "Bearer \"s3cret\""})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(value, 401, withToken(value));
        const Reply refusal = std::get<Reply>(judged(guard, withHost("localhost:5111")));
        CPPUNIT_ASSERT_EQUAL(std::string("WWW-Authenticate"), refusal.headers.at(0).first);
        CPPUNIT_ASSERT(refusal.body.find("s3cret") == std::string::npos);
    }

    void judgesEveryFieldThatIsRepeated()
    {
        const RequestGuard guard = onTcp("127.0.0.1", 5111);
        const std::string start = "POST /children/exit HTTP/1.1\r\nHost: localhost:5111\r\n";
        const std::string good = "Origin: http://localhost:5111\r\n";
        const std::string bad = "Origin: http://evil.example\r\n";
        CPPUNIT_ASSERT_EQUAL(403, statusOf(guard, headOf(start + good + bad + "\r\n")));
        CPPUNIT_ASSERT_EQUAL(403, statusOf(guard, headOf(start + bad + good + "\r\n")));
        const RequestGuard locked = onTcp("127.0.0.1", 5111, "t");
        CPPUNIT_ASSERT_EQUAL(
            401,
            statusOf(locked, headOf(start + "Authorization: Bearer t\r\nAuthorization: Bearer t\r\n\r\n")));
    }

    void refusesABrowserThatDoesNotSayForWhom()
    {
        const RequestGuard guard = onTcp("127.0.0.1", 5111);
        const auto status = [&](const std::string& target, const std::string& lines) {
            return statusOf(
                guard, headOf("GET " + target + " HTTP/1.1\r\nHost: localhost:5111\r\n" + lines + "\r\n"));
        };
        const std::string browser = "User-Agent: Mozilla/5.0 (X11; Linux) Gecko\r\n";
        CPPUNIT_ASSERT_EQUAL(403, status("/children/exit", browser));
        CPPUNIT_ASSERT_EQUAL(200, status("/", browser));
        CPPUNIT_ASSERT_EQUAL(200, status("/children/exit", browser + "Sec-Fetch-Site: none\r\n"));
        CPPUNIT_ASSERT_EQUAL(200, status("/children/exit", browser + "Origin: http://localhost:5111\r\n"));
        CPPUNIT_ASSERT_EQUAL(200, status("/children/exit", "User-Agent: curl/7.88.1\r\n"));
    }

    void takesNoPageWithoutTlsWhereThereIsTls()
    {
        const RequestGuard guard = onTcp("127.0.0.1", 443, "", true);
        const auto status = [&](const std::string& lines) {
            return statusOf(guard, headOf("POST /reload HTTP/1.1\r\nHost: ops.example\r\n" + lines + "\r\n"));
        };
        CPPUNIT_ASSERT_EQUAL(200, status("Origin: https://ops.example\r\n"));
        CPPUNIT_ASSERT_EQUAL(403, status("Origin: http://ops.example\r\n"));
        CPPUNIT_ASSERT_EQUAL(403, status("Referer: http://ops.example/ui\r\n"));
        CPPUNIT_ASSERT_EQUAL(403, statusOf(guard, withHost("ops.example:80")));
    }

    void aCertificateIsItsOwnCredential()
    {
        const RequestGuard guard = onTcp("0.0.0.0", 443, "", true);
        const auto verdict = guard.judge(headOf("POST /reload HTTP/1.1\r\nHost: a\r\n\r\n"), Need::Operate,
                                         fromLoopback(), -1, "anna");
        const Caller& caller = std::get<Caller>(verdict);
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1 certificate anna"), whoIs(caller));
        // A token is wanted from it all the same where there are tokens.
        const auto both = onTcp("0.0.0.0", 443, "s3cret", true)
                              .judge(headOf("POST /reload HTTP/1.1\r\nHost: a\r\n\r\n"), Need::Operate,
                                     fromLoopback(), -1, "anna");
        CPPUNIT_ASSERT_EQUAL(401, std::get<Reply>(both).status);
    }

    void whoHasNoTokenSeesPublicPagesOnly()
    {
        const RequestGuard guard = onTcp("127.0.0.1", 5111, "s3cret");
        const RequestHead head = headOf("GET /page HTTP/1.1\r\nHost: localhost:5111\r\n\r\n");
        CPPUNIT_ASSERT(std::holds_alternative<Caller>(guard.judge(head, Need::Nothing, fromLoopback(), -1)));
        for (const Need need : {Need::Read, Need::Operate})
            CPPUNIT_ASSERT(std::holds_alternative<Reply>(guard.judge(head, need, fromLoopback(), -1)));
        for (const char* probe : {"/healthz", "/readyz"})
        {
            CPPUNIT_ASSERT(Router::need(probe) == Need::Nothing);
            CPPUNIT_ASSERT(Router::need(std::string(probe) + "?verbose") == Need::Read);
        }
        CPPUNIT_ASSERT(Router::need("/nowhere") == Need::Read && Router::need("/%") == Need::Read);
    }

    void tellsPeopleOnTheSocketApart()
    {
        int pair[2];
        CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
        const FileDescriptor ours(pair[0]);
        const FileDescriptor theirs(pair[1]);
        const auto status = [&](std::optional<gid_t> group, uid_t uid, gid_t gid,
                                const std::string& request) {
            Peer peer;
            peer.uid = uid;
            peer.gid = gid;
            const RequestHead head = headOf(request + " HTTP/1.1\r\nHost: x\r\n\r\n");
            const auto verdict = RequestGuard(RequestGuard::SocketAccess{group})
                                     .judge(head, Router::need(head.target), peer, ours.get());
            const Reply* refusal = std::get_if<Reply>(&verdict);
            return refusal == nullptr ? 200 : refusal->status;
        };
        const uid_t other = ::geteuid() + 4711;
        for (const uid_t uid : {uid_t{0}, ::geteuid()})
            CPPUNIT_ASSERT_EQUAL(200, status(std::nullopt, uid, 9999, "POST /reload"));
        CPPUNIT_ASSERT_EQUAL(200, status(std::nullopt, other, 9999, "GET /"));
        CPPUNIT_ASSERT_EQUAL(403, status(std::nullopt, other, 9999, "POST /reload"));
        CPPUNIT_ASSERT_EQUAL(403, status(std::nullopt, other, 9999, "GET /children/exit"));
        CPPUNIT_ASSERT_EQUAL(403, status(8888, other, 9999, "POST /reload"));
        CPPUNIT_ASSERT_EQUAL(200, status(9999, other, 9999, "POST /reload"));
    }

    void knowsLoopback()
    {
        for (const char* address : {"localhost", "127.0.0.1", "127.9.9.9", "::1"})
            CPPUNIT_ASSERT_MESSAGE(address, isLoopback(address));
        for (const char* address : {"0.0.0.0", "::", "10.0.0.1", "example", ""})
            CPPUNIT_ASSERT_MESSAGE(address, !isLoopback(address));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RequestGuardTest);

}  // namespace clustermanager::control::test
