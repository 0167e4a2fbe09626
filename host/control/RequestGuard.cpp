#include "control/RequestGuard.h"

#include <Poco/Net/IPAddress.h>
#include <Poco/String.h>

#include <algorithm>

namespace clustermanager::control {

namespace {

using Poco::Net::IPAddress;

/// "example:80" -> "example"; the port, if any, is left in `port`.
std::string_view splitPort(std::string_view authority, std::string_view& port)
{
    const std::size_t colon = authority.rfind(':');
    const bool insideAddress =
        colon != std::string_view::npos && authority.find(']', colon) != std::string_view::npos;
    if (colon == std::string_view::npos || insideAddress)
    {
        port = {};
        return authority;
    }
    port = authority.substr(colon + 1);
    return authority.substr(0, colon);
}

/// Takes as long for a token that is wrong in its first byte as for one that is wrong in its last.
bool sameSecret(std::string_view given, std::string_view expected)
{
    unsigned difference = given.size() == expected.size() ? 0U : 1U;
    for (std::size_t i = 0; i < given.size(); ++i)
    {
        const char other = expected[i % expected.size()];
        difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(other);
    }
    return difference == 0;
}

std::string_view bearerOf(std::string_view authorization)
{
    constexpr std::string_view kScheme = "bearer ";
    if (authorization.size() <= kScheme.size()) return {};
    if (Poco::icompare(std::string(authorization.substr(0, kScheme.size())), std::string(kScheme)) != 0)
        return {};
    return authorization.substr(kScheme.size());
}

Reply crossSite()
{
    return problem(403, "This request changes something, and a browser sent it for another site.");
}

/// "http://HOST/..." or "https://HOST/...", or just the site.
bool startsWithSite(std::string_view url, const std::string& host)
{
    for (const std::string& site : {"http://" + host, "https://" + host})
    {
        if (url.size() < site.size() || Poco::icompare(std::string(url.substr(0, site.size())), site) != 0)
            continue;
        if (url.size() == site.size() || url[site.size()] == '/' || url[site.size()] == '?') return true;
    }
    return false;
}

/// A browser says where a request comes from, and no page can make it lie in these two fields. Programs that
/// are no browsers send neither.
std::optional<Reply> refuseCrossSite(const RequestHead& head)
{
    for (const std::string_view site : head.all("sec-fetch-site"))
        if (site != "same-origin" && site != "none") return crossSite();
    const std::string host(head.first("host").value_or(""));
    for (const std::string_view origin : head.all("origin"))
    {
        const bool same = Poco::icompare(std::string(origin), "http://" + host) == 0 ||
                          Poco::icompare(std::string(origin), "https://" + host) == 0;
        if (host.empty() || !same) return crossSite();
    }
    // Older browsers send no more than this with an image or a link of another site.
    for (const std::string_view referer : head.all("referer"))
        if (host.empty() || !startsWithSite(referer, host)) return crossSite();
    return std::nullopt;
}

}  // namespace

RequestGuard::RequestGuard(const TcpAccess& access) : _tcp(true), _port(access.port), _token(access.token)
{
    _ourNames = {"localhost", "127.0.0.1", "[::1]"};
    IPAddress address;
    if (!IPAddress::tryParse(access.address, address)) return;
    _anyName = address.isWildcard();
    const std::string text = Poco::toLower(address.toString());
    _ourNames.push_back(address.family() == IPAddress::IPv6 ? '[' + text + ']' : text);
}

std::optional<Reply> RequestGuard::refuse(const RequestHead& head, bool changes) const
{
    if (_tcp)
    {
        if (std::optional<Reply> refusal = refuseHost(head)) return refusal;
        if (std::optional<Reply> refusal = refuseToken(head)) return refusal;
    }
    if (changes) return refuseCrossSite(head);
    return std::nullopt;
}

bool RequestGuard::isOurHost(std::string_view host) const
{
    std::string_view port;
    const std::string name = Poco::toLower(std::string(splitPort(host, port)));
    if (port.empty() ? _port != 80 : port != std::to_string(_port)) return false;
    return _anyName || std::find(_ourNames.begin(), _ourNames.end(), name) != _ourNames.end();
}

std::optional<Reply> RequestGuard::refuseHost(const RequestHead& head) const
{
    const std::optional<std::string_view> host = head.first("host");
    if (!host) return problem(400, "The request has no Host.");
    if (!isOurHost(*host)) return problem(403, "The request's Host is not a name of this control port.");
    return std::nullopt;
}

std::optional<Reply> RequestGuard::refuseToken(const RequestHead& head) const
{
    if (_token.empty()) return std::nullopt;
    const std::vector<std::string_view> given = head.all("authorization");
    if (given.size() == 1 && sameSecret(bearerOf(given.front()), _token)) return std::nullopt;
    Reply reply = problem(401, "This control port wants its token: Authorization: Bearer TOKEN.");
    reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"clustermanager\"");
    return reply;
}

bool isLoopback(const std::string& address)
{
    IPAddress parsed;
    return address == "localhost" || (IPAddress::tryParse(address, parsed) && parsed.isLoopback());
}

}  // namespace clustermanager::control
