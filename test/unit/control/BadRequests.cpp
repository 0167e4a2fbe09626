#include "unit/control/BadRequests.h"

namespace clustermanager::control::test {

namespace {

using namespace std::string_literals;

class Collection
{
public:
    explicit Collection(std::string host) : _host(std::move(host)) {}

    void raw(const std::string& name, const std::string& bytes, int status)
    {
        _all.push_back({name, bytes, status});
    }

    /// A good request but for this request line.
    void line(const std::string& text, int status)
    {
        raw("line: " + text, text + "\r\n" + host() + "\r\n", status);
    }

    /// A good request but for these further fields, each with its own line end.
    void fields(const std::string& text, int status, const std::string& body = "")
    {
        raw("fields: " + text.substr(0, 80), kLine + host() + text + "\r\n" + body, status);
    }

    /// A good request but for this in the place of the Host field.
    void hostField(const std::string& text, int status)
    {
        raw("host: " + text, kLine + text + "\r\n", status);
    }

    std::string host() const { return "Host: " + _host + "\r\n"; }
    const std::string& authority() const { return _host; }
    std::vector<BadRequest> take() { return std::move(_all); }

    static constexpr const char* kGoodLine = "POST /children/exit HTTP/1.1";
    const std::string kLine = std::string(kGoodLine) + "\r\n";

private:
    std::string _host;
    std::vector<BadRequest> _all;
};

void addMethods(Collection& all)
{
    for (const char* method :
         {"PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "OPTIONS", "PROPFIND", "M-SEARCH", "GETX", "G ET"})
        all.line(method + " /children/exit HTTP/1.1"s, 405);
    all.line("HEAD /children/exit HTTP/1.1", 405);
    all.line("OPTIONS * HTTP/1.1", 405);
    all.line("CONNECT localhost:80 HTTP/1.1", 405);
    for (const char* method : {"get", "Post", "pOST", "GET\t", "G\"T", "G(T", "123", ""})
        all.line(method + " /children/exit HTTP/1.1"s, 400);
    all.line(std::string(33, 'A') + " /children/exit HTTP/1.1", 400);
    all.line(std::string(4000, 'A') + " /children/exit HTTP/1.1", 414);
}

void addTargets(Collection& all)
{
    for (const char* target :
         {"", "*", "children/exit", "http://localhost/children/exit", "//children/exit\x7F",
          "/children/exit#x", "/children/\x80xit", "/children/\x1Bxit", "/children/ exit", "/children/exit ",
          " /children/exit", "\t/children/exit", "/children\texit", "localhost:5111", "?x=1"})
        all.line("POST "s + target + " HTTP/1.1", 400);
    all.line("POST http://" + all.authority() + "/children/exit HTTP/1.1", 400);
    all.line("POST /children/\0exit HTTP/1.1"s, 400);
    for (const char* target :
         {"//children/exit", "/children//exit", "/children/exit/", "/children%2Fexit", "/%", "/%0", "/%zz",
          "/children/%00", "/children/%0d%0a", "/children/exit?x=1", "/children/exit?x", "/logLevel/loud",
          "/logLevel/info?x=1", "/logLevel/info?child=0", "/logLevel/%ff"})
        all.line("POST "s + target + " HTTP/1.1", 400);
    for (const char* target : {"/x", "/children/../children/exit", "/children/0/exit", "/children/-1/exit",
                               "/children/2147483648/exit", "/children/1e1/exit", "/CHILDREN/EXIT",
                               "/logLevel", "/children/1/exit/2", "/children/%20/exit"})
        all.line("POST "s + target + " HTTP/1.1", 404);
    all.line("POST /children/exit;x HTTP/1.1", 405);
    all.line("GET /children/1/exit HTTP/1.1", 405);
    all.line("GET /groups/web/exit HTTP/1.1", 405);
    all.line("POST /" + std::string(2048, 'a') + " HTTP/1.1", 414);
    all.line("POST /" + std::string(16000, 'a') + " HTTP/1.1", 414);
    all.line("POST /" + std::string(2047, 'a') + " HTTP/1.1", 404);
}

void addVersions(Collection& all)
{
    for (const char* version : {"HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/3.0"})
        all.line("POST /children/exit "s + version, 505);
    for (const char* version :
         {"HTTP/1.", "HTTP/1", "HTTP/", "HTTP/11", "HTTP/1.10", "HTTP/01.1", "http/1.1", "FOO/9.9",
          "HTTP/1.1 x", "HTTP/1.1 ", " HTTP/1.1", "HTTP /1.1", "HTTP/x.1", "", "HTTP/1,1"})
        all.line("POST /children/exit "s + version, 400);
    all.line("POST /children/exit", 400);
    all.line("POST", 400);
    all.raw("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 405);
}

void addLineEnds(Collection& all)
{
    const std::string good = Collection::kGoodLine;
    all.raw("LF only", good + "\nHost: " + all.authority() + "\n\n", 400);
    all.raw("LF after the line", good + "\n" + all.host() + "\r\n", 400);
    all.raw("LF after a field", good + "\r\nHost: " + all.authority() + "\n\r\n", 400);
    all.raw("LF at the end", good + "\r\n" + all.host() + "\n", 400);
    all.raw("CR only", good + "\rHost: " + all.authority() + "\r\r", 400);
    all.raw("CR CR LF", good + "\r\r\n" + all.host() + "\r\n", 400);
    all.raw("leading empty line", "\r\n" + good + "\r\n" + all.host() + "\r\n", 400);
    all.raw("leading LF", "\n" + good + "\r\n" + all.host() + "\r\n", 400);
    all.raw("leading space", " " + good + "\r\n" + all.host() + "\r\n", 400);
    all.raw("no Host line at all", good + "\r\n\r\n", 400);
    all.raw("one letter as a line", good + "\r\n" + all.host() + "X\r\n\r\n", 400);
    all.raw("request line and FIN", good + "\r\n", 400);
    all.raw("no empty line", good + "\r\n" + all.host(), 400);
}

void addFieldSyntax(Collection& all)
{
    for (const char* field : {"X-A : 1\r\n",
                              " X-A: 1\r\n",
                              "\tX-A: 1\r\n",
                              ": 1\r\n",
                              "X A: 1\r\n",
                              "X-A\r\n",
                              "X\r\n",
                              "X-A=1\r\n",
                              "X(A): 1\r\n",
                              "X@A: 1\r\n",
                              "X\"A: 1\r\n",
                              "X-A: 1\r\n folded\r\n",
                              "X-A: 1\r\n\tfolded\r\n",
                              "X-A: \x01\r\n",
                              "X-A: \x1B[0m\r\n",
                              "X-A: \x7F\r\n",
                              "X-A: \x80\r\n",
                              "X-A: \xC3\xA9\r\n",
                              "X-\xC3\xA9: 1\r\n",
                              "X-A: =?utf-8?Q?a?=\r\n",
                              "X-A: =?UTF-32?B?AAAA?=\r\n",
                              "X-A: a\rb\r\n",
                              "X-A: a\nb\r\n",
                              "X-A: a\x0B\r\n"})
        all.fields(field, 400);
    all.fields("X-A: a\0b\r\n"s, 400);
    all.fields("X\0A: b\r\n"s, 400);
    all.fields(std::string(65, 'n') + ": 1\r\n", 431);
    all.fields("X-A: " + std::string(4097, 'v') + "\r\n", 431);
    std::string many;
    for (int i = 0; i < 64; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
    all.fields(many, 431);
    std::string large;
    for (int i = 0; i < 5; ++i) large += "X-" + std::to_string(i) + ": " + std::string(4000, 'v') + "\r\n";
    all.fields(large, 431);
    all.fields("X-A: " + std::string(17000, 'v'), 431);
}

void addLengths(Collection& all)
{
    for (const char* length : {"-1", "+5", "1,0", "0x10", "5 6", "5,5", "5;", "5.0", "1e1", "", "five",
                               "\"5\"", "- 1", "5_0", "5, 5"})
        all.fields("Content-Length: "s + length + "\r\n", 400, "12345678901234567890");
    for (const char* length : {"16385", "9223372036854775807", "9223372036854775808", "18446744073709551616",
                               "18446744073709551621", "99999999999999999999999999999999"})
        all.fields("Content-Length: "s + length + "\r\n", 413, "12345");
    all.fields("Content-Length: 5\r\nContent-Length: 5\r\n", 400, "12345");
    all.fields("Content-Length: 5\r\ncontent-length: 6\r\n", 400, "123456");
    all.fields("Content-Length: 5\r\n", 400, "1234");
    all.fields("Content-Length: 16384\r\n", 400, "1234");
    all.fields("Transfer-Encoding: chunked\r\n", 501, "0\r\n\r\n");
    all.fields("Transfer-Encoding: identity\r\n", 501);
    all.fields("Transfer-Encoding: gzip, chunked\r\n", 501, "0\r\n\r\n");
    all.fields("Transfer-Encoding:\r\n", 501);
    all.fields("transfer-ENCODING: xchunked\r\n", 501);
    all.fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 501, "0\r\n\r\n");
    all.fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400, "0\r\n\r\n");
    all.fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400, "0\r\n\r\n");
    all.fields("Transfer-Encoding : chunked\r\n", 400, "0\r\n\r\n");
    all.fields("Expect: 100-continue\r\n", 417);
    all.fields("Expect: 100-continue\r\nContent-Length: 5\r\n", 417);
    all.fields("Upgrade: websocket\r\nConnection: Upgrade\r\n", 400);
    all.fields("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n", 400);
    all.fields("Trailer: X-A\r\n", 400);
}

void addHosts(Collection& all)
{
    const std::string own = all.host();
    all.hostField("", 400);
    all.hostField(own + own, 400);
    all.hostField(own + "host: evil.example\r\n", 400);
    for (const char* host : {"Host:\r\n",
                             "Host: \r\n",
                             "Host : localhost\r\n",
                             "Host: a b\r\n",
                             "Host: a/b\r\n",
                             "Host: a@b\r\n",
                             "Host: a:b\r\n",
                             "Host: a:\r\n",
                             "Host: a:123456\r\n",
                             "Host: a,b\r\n",
                             "Host: [::1\r\n",
                             "Host: []\r\n",
                             "Host: [::1]x\r\n",
                             "Host: [g]:1\r\n",
                             "Host: ::1\r\n",
                             "Host: http://localhost\r\n",
                             "Host: local\thost\r\n",
                             "Host: =?utf-8?B?bG9jYWxob3N0?=\r\n",
                             "Host: localhost%00\r\n",
                             "Host: localhost?\r\n",
                             "Host: *\r\n"})
        all.hostField(host, 400);
    const std::string port = all.authority().substr(all.authority().rfind(':'));
    for (const char* host : {"evil.example", "localhost.", "127.0.0.2", "0.0.0.0", "[::]", "127.1",
                             "localhost.evil", "2130706433", "[::ffff:127.0.0.1]"})
        all.hostField("Host: "s + host + port + "\r\n", 403);
    all.hostField("Host: localhost\r\n", 403);
    all.hostField("Host: localhost:1\r\n", 403);
    all.raw("no Host in HTTP/1.0", "POST /children/exit HTTP/1.0\r\n\r\n", 400);
}

void addOrigins(Collection& all)
{
    for (const char* field :
         {"Origin: null\r\n", "Origin: http://evil.example\r\n", "Origin: http://localhost\r\n",
          "Origin: file://\r\n", "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n",
          "sec-fetch-site: CROSS-SITE\r\n", "Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n"})
        all.fields(field, 403);
}

void addOtherProtocols(Collection& all)
{
    all.raw("nothing", "", 0);
    all.raw("TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s, 400);
    all.raw("SSH banner", "SSH-2.0-OpenSSH_9.2\r\n", 400);
    all.raw("SMTP", "EHLO localhost\r\n", 405);
    all.raw("redis", "*1\r\n$4\r\nPING\r\n", 400);
    all.raw("SOCKS 5", "\x05\x01\x00"s, 400);
    all.raw("PROXY protocol", "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"s + Collection::kGoodLine + "\r\n",
            405);
    all.raw("zeros", std::string(100, '\0'), 400);
    all.raw("letters without end", std::string(20000, 'a'), 414);
    all.raw("HTTP/0.9", "GET /children/exit\r\n", 400);
    std::string noise;
    for (unsigned i = 1, seed = 7; i < 400; ++i)
        noise += static_cast<char>((seed = seed * 1103515245U + 12345U) >> 16U);
    all.raw("noise", noise, 400);
}

}  // namespace

std::vector<BadRequest> badRequests(const std::string& host)
{
    Collection all(host);
    addMethods(all);
    addTargets(all);
    addVersions(all);
    addLineEnds(all);
    addFieldSyntax(all);
    addLengths(all);
    addHosts(all);
    addOrigins(all);
    addOtherProtocols(all);
    return all.take();
}

}  // namespace clustermanager::control::test
