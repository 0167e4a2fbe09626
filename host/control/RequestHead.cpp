#include "control/RequestHead.h"

#include <algorithm>

namespace clustermanager::control {

namespace {

using Refusal = std::optional<Reply>;

Reply bad(const std::string& detail)
{
    return problem(400, detail);
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isAlphaNumeric(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isTokenCharacter(char c)
{
    return isAlphaNumeric(c) ||
           (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool isVisible(char c)
{
    return c > 0x20 && c < 0x7F;
}

template <class Predicate>
bool each(std::string_view text, Predicate holds)
{
    return std::all_of(text.begin(), text.end(), holds);
}

std::string lowerCase(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string_view trim(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Refusal refuseMethod(std::string_view method)
{
    if (method == "GET" || method == "HEAD" || method == "POST") return std::nullopt;
    const bool upperCase = each(method, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
    if (method.empty() || method.size() > 32 || !upperCase)
        return bad("The request does not start with an HTTP method.");
    Reply reply = problem(405, "Only GET, HEAD and POST are served here.");
    reply.headers.emplace_back("Allow", "GET, HEAD, POST");
    return reply;
}

Refusal refuseTarget(std::string_view target)
{
    if (target.size() > kMaxTarget) return problem(414, "The request's target is longer than 2048 bytes.");
    if (target.empty() || target.front() != '/') return bad("The request's target must start with '/'.");
    const bool plain = each(target, [](char c) { return isVisible(c) && c != '#'; });
    if (!plain) return bad("The request's target may hold visible ASCII characters only, and no '#'.");
    return std::nullopt;
}

Refusal refuseVersion(std::string_view version)
{
    if (version == "HTTP/1.1" || version == "HTTP/1.0") return std::nullopt;
    const bool otherHttp = version.size() == 8 && version.substr(0, 5) == "HTTP/" && isDigit(version[5]) &&
                           version[6] == '.' && isDigit(version[7]);
    if (otherHttp) return problem(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    return bad("The request line does not end with an HTTP version.");
}

struct RequestLine
{
    std::string_view method;
    std::string_view target;
    std::string_view version;
};

RequestLine split(std::string_view line)
{
    const std::size_t firstSpace = std::min(line.find(' '), line.size());
    RequestLine parts{line.substr(0, firstSpace), {}, {}};
    line.remove_prefix(std::min(firstSpace + 1, line.size()));
    const std::size_t secondSpace = std::min(line.find(' '), line.size());
    parts.target = line.substr(0, secondSpace);
    parts.version = line.substr(std::min(secondSpace + 1, line.size()));
    return parts;
}

Refusal readField(std::string_view line, RequestHead& head)
{
    if (head.fields.size() == kMaxFields) return problem(431, "The request has more than 64 header fields.");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return bad("A header line has no colon.");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trim(line.substr(colon + 1));
    if (name.size() > kMaxFieldName) return problem(431, "A header field's name is longer than 64 bytes.");
    if (value.size() > kMaxFieldValue)
        return problem(431, "A header field's value is longer than 4096 bytes.");
    if (name.empty() || !each(name, isTokenCharacter)) return bad("A header field's name is malformed.");
    if (!each(value, [](char c) { return isVisible(c) || c == ' ' || c == '\t'; }))
        return bad("A header field's value holds control characters or bytes beyond ASCII.");
    if (value.find("=?") != std::string_view::npos)
        return bad("A header field's value holds an encoded word (\"=?\").");
    head.fields.push_back({lowerCase(name), std::string(value)});
    return std::nullopt;
}

Refusal readContentLength(RequestHead& head)
{
    const std::vector<std::string_view> lengths = head.all("content-length");
    if (lengths.empty()) return std::nullopt;
    if (lengths.size() > 1) return bad("The request has more than one Content-Length.");
    const std::string_view digits = lengths.front();
    if (digits.empty() || !each(digits, isDigit))
        return bad("The Content-Length is not a plain decimal number.");
    std::size_t length = 0;
    for (const char digit : digits)
    {
        length = length * 10 + static_cast<std::size_t>(digit - '0');
        if (length > kMaxBody) return problem(413, "The request's body is longer than 16384 bytes.");
    }
    head.contentLength = length;
    return std::nullopt;
}

/// What concerns several fields at once.
Refusal checkFields(RequestHead& head)
{
    const std::vector<std::string_view> hosts = head.all("host");
    if (hosts.size() > 1) return bad("The request has more than one Host.");
    if (hosts.empty() && !head.http10) return bad("The request has no Host.");
    if (!hosts.empty() && !isAuthority(hosts.front())) return bad("The request's Host is malformed.");
    if (head.first("transfer-encoding"))
    {
        if (head.first("content-length"))
            return bad("Transfer-Encoding and Content-Length exclude each other.");
        return problem(501, "Transfer-Encoding is not supported; send a Content-Length.");
    }
    if (head.first("expect")) return problem(417, "Expect is not supported; send the body at once.");
    if (head.first("upgrade")) return bad("Upgrade is not supported.");
    if (head.first("trailer")) return bad("Trailer is not supported.");
    return readContentLength(head);
}

bool isPort(std::string_view text)
{
    return !text.empty() && text.size() <= 5 && each(text, isDigit);
}

}  // namespace

std::vector<std::string_view> RequestHead::all(std::string_view name) const
{
    std::vector<std::string_view> values;
    for (const HeaderField& field : fields)
        if (field.name == name) values.emplace_back(field.value);
    return values;
}

std::optional<std::string_view> RequestHead::first(std::string_view name) const
{
    for (const HeaderField& field : fields)
        if (field.name == name) return field.value;
    return std::nullopt;
}

bool isAuthority(std::string_view text)
{
    std::size_t hostEnd = text.find(':');
    if (!text.empty() && text.front() == '[')
    {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos || bracket < 3) return false;
        const std::string_view address = text.substr(1, bracket - 1);
        const auto belongs = [](char c) {
            return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
        };
        if (!each(address, belongs)) return false;
        hostEnd = bracket + 1 == text.size() ? std::string_view::npos : bracket + 1;
    }
    else
    {
        const std::string_view host = text.substr(0, hostEnd);
        const auto belongs = [](char c) { return isAlphaNumeric(c) || c == '-' || c == '.' || c == '_'; };
        if (host.empty() || host.size() > 255 || !each(host, belongs)) return false;
    }
    if (hostEnd == std::string_view::npos) return true;
    return text[hostEnd] == ':' && isPort(text.substr(hostEnd + 1));
}

std::optional<Reply> refuseRequestLine(std::string_view line)
{
    const RequestLine parts = split(line);
    if (Refusal refusal = refuseMethod(parts.method)) return refusal;
    if (Refusal refusal = refuseTarget(parts.target)) return refusal;
    return refuseVersion(parts.version);
}

std::variant<RequestHead, Reply> parseRequestHead(std::string_view bytes)
{
    constexpr std::string_view kLineEnd = "\r\n";
    if (bytes.size() > kMaxHead) return problem(431, "The request's head is longer than 16384 bytes.");
    RequestHead head;
    bool first = true;
    for (;;)
    {
        const std::size_t end = bytes.find(kLineEnd);
        if (end == std::string_view::npos) return bad("The request's head does not end with an empty line.");
        const std::string_view line = bytes.substr(0, end);
        bytes.remove_prefix(end + kLineEnd.size());
        if (line.empty() && !first) break;
        if (first)
        {
            if (Refusal refusal = refuseRequestLine(line)) return *std::move(refusal);
            const RequestLine parts = split(line);
            head.method = parts.method;
            head.target = parts.target;
            head.http10 = parts.version == "HTTP/1.0";
            first = false;
        }
        else if (Refusal refusal = readField(line, head))
        {
            return *std::move(refusal);
        }
    }
    if (!bytes.empty()) return bad("Bytes follow the request's head.");
    if (Refusal refusal = checkFields(head)) return *std::move(refusal);
    return head;
}

}  // namespace clustermanager::control
