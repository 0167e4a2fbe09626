#include "base/PrintableText.h"

#include "base/Utf8.h"

namespace clustermanager {

namespace {

/// Appends the character or byte at the start of `text`; answers how many bytes it took.
std::size_t appendOne(std::string& line, std::string_view text)
{
    const std::size_t length = printableAt(text);
    if (length != 0)
        line += text.substr(0, length);
    else
        line += escapedByte(text[0]);
    return length != 0 ? length : 1;
}

}  // namespace

std::size_t printableAt(std::string_view text)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const std::size_t length = utf8Length(text);
    if (length == 1) return (byte(0) >= 0x20 && byte(0) != 0x7F) || byte(0) == '\t' ? 1 : 0;
    const bool c1Control =
        length == 2 && byte(0) == 0xC2 && byte(1) < 0xA0;  // a terminal obeys them like ESC
    return c1Control ? 0 : length;
}

std::string escapedByte(char byte)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    return {'\\', 'x', kDigits[value >> 4u], kDigits[value & 15u]};
}

std::string printable(std::string_view text)
{
    std::string line;
    line.reserve(text.size());
    while (!text.empty()) text.remove_prefix(appendOne(line, text));
    return line;
}

void appendPrintable(std::string& line, std::string_view text, std::size_t most)
{
    appendCut(line, text, most, &appendOne);
}

}  // namespace clustermanager
