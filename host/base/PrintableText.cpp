#include "base/PrintableText.h"

namespace clustermanager {

namespace {

/// Of a character of so many bytes, all but the first.
bool isContinued(std::string_view character)
{
    for (const char byte : character.substr(1))
        if ((static_cast<unsigned char>(byte) & 0xC0u) != 0x80u) return false;
    return true;
}

}  // namespace

std::size_t printableAt(std::string_view text)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return (first >= 0x20 && first != 0x7F) || first == '\t' ? 1 : 0;

    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length || !isContinued(text.substr(0, length)))
        return 0;

    const unsigned char second = byte(1);
    const bool c1Control = first == 0xC2 && second < 0xA0;  // a terminal obeys them like ESC
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second > 0x9F;
    const bool beyondUnicode = first == 0xF4 && second > 0x8F;
    return c1Control || overlong || surrogate || beyondUnicode ? 0 : length;
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
    while (!text.empty())
    {
        const std::size_t length = printableAt(text);
        if (length == 0)
            line += escapedByte(text[0]);
        else
            line += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return line;
}

}  // namespace clustermanager
