#include "config/ListenAddress.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

#include "config/OptionValue.h"

namespace clustermanager::config {

namespace {

using Parsed = std::variant<Listener, std::string>;

constexpr std::string_view kUnixPrefix = "unix:";

bool isIPv4(const std::string& host)
{
    in_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool isIPv6(const std::string& host)
{
    in6_addr address{};
    return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool isNameCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool isDigitOrDot(char c)
{
    return (c >= '0' && c <= '9') || c == '.';
}

/// "300.1.1.1" is a broken address and no name, though its characters would do.
bool isName(const std::string& host)
{
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), isNameCharacter) &&
           !std::all_of(host.begin(), host.end(), isDigitOrDot) && host.front() != '-' && host.front() != '.';
}

std::optional<std::uint16_t> parsePort(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

Parsed parseUnix(std::string_view written, std::string_view path, const std::string& workingFolder)
{
    if (path.empty() || path.back() == '/')
        return inQuotes(written) + " names no socket: write unix:/run/x.sock";
    if (path.front() == '@') return inQuotes(written) + " is an abstract socket: use a path";
    if (path.front() != '/' && workingFolder.empty())
        return inQuotes(written) + " is relative and the working folder does not exist any more";
    Listener listener;
    listener.address = written;
    listener.family = Listener::Family::Unix;
    listener.path = (std::filesystem::path(workingFolder) / path).lexically_normal().string();
    if (listener.path.size() > kMaxUnixPath)
        return inQuotes(listener.path) + " is too long for a Unix socket: it has " +
               std::to_string(listener.path.size()) + " bytes, " + std::to_string(kMaxUnixPath) + " fit";
    return listener;
}

/// The host of "HOST:PORT" without brackets, or "" where it is none.
std::string hostOf(std::string_view text)
{
    if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    {
        std::string inner(text.substr(1, text.size() - 2));
        return isIPv6(inner) ? inner : "";
    }
    if (text == "*") return "0.0.0.0";
    std::string host(text);
    return isIPv4(host) || isName(host) ? host : "";
}

Parsed parseTcp(std::string_view written)
{
    Listener listener;
    listener.address = written;
    if (const auto alone = parsePort(written))
    {
        listener.host = "127.0.0.1";
        listener.port = *alone;
        return listener;
    }
    if (written.back() == ']')
        return inQuotes(written) + " has no port: write " + std::string(written) + ":PORT";
    const std::size_t colon = written.rfind(':');
    if (colon == std::string_view::npos)
        return inQuotes(written) + " is no address: write HOST:PORT, PORT or a path that starts with '/'";
    const std::string_view host = written.substr(0, colon);
    if (isIPv6(std::string(written)) || isIPv6(std::string(host)))
        return inQuotes(written) + " is not clear: write an IPv6 address in brackets, such as [::1]:8080";
    if (host.empty())
        return inQuotes(written) + " has no host: write *" + std::string(written) + " for all, or 127.0.0.1" +
               std::string(written);
    listener.host = hostOf(host);
    if (listener.host.empty()) return inQuotes(written) + " has a host that is neither an address nor a name";
    const auto port = parsePort(written.substr(colon + 1));
    if (!port) return inQuotes(written) + " has no port within 0..65535 after the ':'";
    listener.port = *port;
    return listener;
}

/// One spelling for each address: "::0:1" becomes "::1", "LocalHost" 127.0.0.1.
std::string canonicalHost(const std::string& host)
{
    in6_addr address{};
    if (::inet_pton(AF_INET6, host.c_str(), &address) == 1)
    {
        char text[INET6_ADDRSTRLEN];
        return ::inet_ntop(AF_INET6, &address, text, sizeof text) != nullptr ? text : host;
    }
    std::string lower(host);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower == "localhost" ? "127.0.0.1" : lower;
}

}  // namespace

std::variant<Listener, std::string> parseListenAddress(std::string_view written,
                                                       const std::string& workingFolder)
{
    written = trimmed(written);
    if (written.empty()) return std::string("has no address: write HOST:PORT, PORT or a path");
    const bool printable = std::all_of(written.begin(), written.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    });
    if (!printable) return inQuotes(written) + " holds a control character";
    if (written.front() == '/') return parseUnix(written, written, workingFolder);
    if (written.substr(0, kUnixPrefix.size()) == kUnixPrefix)
        return parseUnix(written, written.substr(kUnixPrefix.size()), workingFolder);
    return parseTcp(written);
}

std::string canonicalAddress(const Listener& listener)
{
    if (listener.family == Listener::Family::Unix) return "unix:" + listener.path;
    if (listener.port == 0) return "";
    return canonicalHost(listener.host) + " " + std::to_string(listener.port);
}

bool isLoopbackHost(const std::string& host)
{
    const std::string canonical = canonicalHost(host);
    if (canonical == "::1") return true;
    return isIPv4(canonical) && canonical.compare(0, 4, "127.") == 0;
}

bool isHost(const std::string& host)
{
    return isIPv4(host) || isIPv6(host) || isName(host);
}

}  // namespace clustermanager::config
