#include "control/JsonWriter.h"

#include <algorithm>

#include "base/Utf8.h"

namespace clustermanager::control {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// How many characters from the start on stand for themselves: nearly always all.
std::size_t plainLength(std::string_view text)
{
    const auto plain = [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), plain) - text.begin());
}

void appendAscii(std::string& json, unsigned char c)
{
    constexpr char kHex[] = "0123456789abcdef";
    switch (c)
    {
    case '"': json += "\\\""; return;
    case '\\': json += "\\\\"; return;
    case '\n': json += "\\n"; return;
    case '\r': json += "\\r"; return;
    case '\t': json += "\\t"; return;
    default: break;
    }
    if (c >= 0x20 && c != 0x7F)
    {
        json += static_cast<char>(c);
        return;
    }
    json += "\\u00";
    json += kHex[c >> 4U];
    json += kHex[c & 0xFU];
}

}  // namespace

JsonWriter& JsonWriter::key(std::string_view name)
{
    separate();
    quote(name);
    _json += ':';
    _needsComma = false;
    return *this;
}

void JsonWriter::text(std::string_view value)
{
    separate();
    quote(value);
    _needsComma = true;
}

void JsonWriter::texts(const std::vector<std::string>& values)
{
    array();
    for (const std::string& value : values) text(value);
    endArray();
}

void JsonWriter::literal(std::string_view json)
{
    separate();
    _json += json;
    _needsComma = true;
}

void JsonWriter::open(char bracket)
{
    separate();
    _json += bracket;
    _needsComma = false;
}

void JsonWriter::close(char bracket)
{
    _json += bracket;
    _needsComma = true;
}

void JsonWriter::separate()
{
    if (_needsComma) _json += ',';
}

void JsonWriter::quote(std::string_view value)
{
    _json += '"';
    for (;;)
    {
        const std::size_t plain = plainLength(value);
        _json += value.substr(0, plain);
        value.remove_prefix(plain);
        if (value.empty()) break;
        const std::size_t length = utf8Length(value);
        if (length == 1)
            appendAscii(_json, static_cast<unsigned char>(value.front()));
        else
            _json += length == 0 ? kReplacement : value.substr(0, length);
        value.remove_prefix(length == 0 ? 1 : length);
    }
    _json += '"';
}

}  // namespace clustermanager::control
