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

/// Whether the site, and perhaps a path of it, is this control port's own. Where TLS is spoken a page that
/// came without it may be anybody's.
bool isOwnSite(std::string_view url, const std::string& host, bool tls)
{
    std::vector<std::string> own{"https://" + host};
    if (!tls) own.push_back("http://" + host);
    for (const std::string& site : own)
    {
        if (url.size() < site.size() || Poco::icompare(std::string(url.substr(0, site.size())), site) != 0)
            continue;
        if (url.size() == site.size() || url[site.size()] == '/' || url[site.size()] == '?') return true;
    }
    return false;
}

/// A browser says where a request comes from, and no page can make it lie in these fields. Programs that are
/// no browsers send none of them.
std::optional<Reply> refuseCrossSite(const RequestHead& head, bool tls)
{
    const std::vector<std::string_view> sites = head.all("sec-fetch-site");
    for (const std::string_view site : sites)
        if (site != "same-origin" && site != "none") return crossSite();
    const std::string host(head.first("host").value_or(""));
    const std::vector<std::string_view> origins = head.all("origin");
    for (const std::string_view origin : origins)
        if (host.empty() || !isOwnSite(origin, host, tls)) return crossSite();
    // Older browsers send no more than this with an image or a link of another site, and a page can forbid
    // it.
    for (const std::string_view referer : head.all("referer"))
        if (host.empty() || !isOwnSite(referer, host, tls)) return crossSite();
    const bool browser = head.first("user-agent").value_or("").substr(0, 8) == "Mozilla/";
    if (browser && sites.empty() && origins.empty())
        return problem(403,
                       "This request changes something, and a browser sent it that does not say for which "
                       "site: use another one, or a program.");
    return std::nullopt;
}

}  // namespace

RequestGuard::RequestGuard(const TcpAccess& access)
    : _tcp(true), _anyName(access.tls), _tls(access.tls), _port(access.port), _tokens(access.tokens)
{
    _ourNames = {"localhost", "127.0.0.1", "[::1]"};
    IPAddress address;
    if (!IPAddress::tryParse(access.address, address)) return;
    _anyName = _anyName || address.isWildcard();
    const std::string text = Poco::toLower(address.toString());
    _ourNames.push_back(address.family() == IPAddress::IPv6 ? '[' + text + ']' : text);
}

std::variant<Caller, Reply> RequestGuard::judge(const RequestHead& head, Need need, const Peer& peer,
                                                int socket, const std::string& certificate) const
{
    if (_tcp)
        if (std::optional<Reply> refusal = refuseHost(head)) return *std::move(refusal);
    std::optional<Caller> caller = callerOf(head, peer, socket, certificate);
    if (!caller && need == Need::Nothing) caller = Caller{peer, access::Role::Read, "", false};
    if (!caller)
    {
        Reply reply = problem(401, "This control port wants a token: Authorization: Bearer TOKEN.");
        reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"clustermanager\"");
        return reply;
    }
    if (need != Need::Operate) return *std::move(caller);
    if (caller->role < access::Role::Operate)
        return problem(403, "This request changes something, and who sent it may read only.");
    if (std::optional<Reply> refusal = refuseCrossSite(head, _tls)) return *std::move(refusal);
    return *std::move(caller);
}

/// Nothing: a token is missing, or is none of ours.
std::optional<Caller> RequestGuard::callerOf(const RequestHead& head, const Peer& peer, int socket,
                                             const std::string& certificate) const
{
    using access::Role;
    if (!_tcp)
    {
        const bool operates = isOwn(peer) || (_group && isMember(socket, peer, *_group));
        return Caller{peer, operates ? Role::Operate : Role::Read, ""};
    }
    if (_tokens.empty())
        return Caller{peer, Role::Operate, certificate.empty() ? "" : "certificate " + certificate};
    const std::vector<std::string_view> given = head.all("authorization");
    const access::Token* token = given.size() == 1 ? access::find(_tokens, bearerOf(given.front())) : nullptr;
    if (token == nullptr) return std::nullopt;
    return Caller{peer, token->role, "token " + token->name};
}

bool RequestGuard::isOurHost(std::string_view host) const
{
    std::string_view port;
    const std::string name = Poco::toLower(std::string(splitPort(host, port)));
    const std::uint16_t usual = _tls ? 443 : 80;
    if (port.empty() ? _port != usual : port != std::to_string(_port)) return false;
    return _anyName || std::find(_ourNames.begin(), _ourNames.end(), name) != _ourNames.end();
}

std::optional<Reply> RequestGuard::refuseHost(const RequestHead& head) const
{
    const std::optional<std::string_view> host = head.first("host");
    if (!host) return problem(400, "The request has no Host.");
    if (!isOurHost(*host)) return problem(403, "The request's Host is not a name of this control port.");
    return std::nullopt;
}

bool isLoopback(const std::string& address)
{
    IPAddress parsed;
    return address == "localhost" || (IPAddress::tryParse(address, parsed) && parsed.isLoopback());
}

}  // namespace clustermanager::control
