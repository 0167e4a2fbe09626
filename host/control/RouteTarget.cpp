#include "control/RouteTarget.h"

#include "base/PrintableText.h"
#include "base/Utf8.h"

namespace clustermanager::control {

namespace {

int hexValue(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool isUtf8(std::string_view text)
{
    while (!text.empty())
    {
        const std::size_t length = utf8Length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::optional<std::string> decode(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        char c = text[i];
        if (c == '%')
        {
            if (text.size() - i < 3) return std::nullopt;
            const int high = hexValue(text[i + 1]);
            const int low = hexValue(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            const int byte = high * 16 + low;
            if (byte < 0x20 || byte == 0x7F || byte == '/') return std::nullopt;
            c = static_cast<char>(byte);
            i += 2;
        }
        decoded += c;
    }
    if (!isUtf8(decoded)) return std::nullopt;
    return decoded;
}

/// Calls `take` with each part between the separators; an empty text has no part. Stops where `take` says no.
template <class Take>
bool eachPart(std::string_view text, char separator, Take take)
{
    if (text.empty()) return true;
    for (;;)
    {
        const std::size_t end = text.find(separator);
        if (!take(text.substr(0, end))) return false;
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<RouteTarget> parseRouteTarget(std::string_view target)
{
    if (target.empty() || target.front() != '/') return std::nullopt;
    const std::size_t mark = target.find('?');
    const std::string_view path = target.substr(1, mark == std::string_view::npos ? mark : mark - 1);
    const std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);

    RouteTarget parsed;
    const bool pathOk = eachPart(path, '/', [&](std::string_view part) {
        std::optional<std::string> segment = decode(part);
        if (!segment || segment->empty()) return false;
        parsed.segments.push_back(*std::move(segment));
        return true;
    });
    const bool queryOk = eachPart(query, '&', [&](std::string_view part) {
        const std::size_t equals = part.find('=');
        std::optional<std::string> name = decode(part.substr(0, equals));
        std::optional<std::string> value =
            decode(equals == std::string_view::npos ? "" : part.substr(equals + 1));
        if (!name || name->empty() || !value) return false;
        parsed.parameters.emplace_back(*std::move(name), *std::move(value));
        return true;
    });
    if (!pathOk || !queryOk) return std::nullopt;
    return parsed;
}

std::string loggable(const std::string& method, const std::string& target)
{
    return printable(method + ' ' + target.substr(0, target.find('?')));
}

}  // namespace clustermanager::control
