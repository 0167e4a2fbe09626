#include "control/PlainText.h"

#include "base/Utf8.h"

namespace clustermanager::control {

namespace {

constexpr std::string_view kCutMark = " [cut]";

/// How many bytes the harmless character at the start takes; 0: it is none. A terminal obeys U+0080 to
/// U+009F.
std::size_t harmless(std::string_view bytes)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    const std::size_t length = utf8Length(bytes);
    if (length == 1) return (byte(0) >= 0x20 && byte(0) != 0x7F) || byte(0) == '\t' ? 1 : 0;
    return length == 2 && byte(0) == 0xC2 && byte(1) < 0xA0 ? 0 : length;
}

void appendEscaped(std::string& text, unsigned char byte)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += "\\x";
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
}

}  // namespace

void appendPlain(std::string& text, std::string_view bytes, std::size_t most)
{
    const std::size_t end = text.size() + most;
    std::size_t cutAt = text.size();  // the last place where the mark still fits
    while (!bytes.empty())
    {
        if (text.size() + kCutMark.size() <= end) cutAt = text.size();
        const std::size_t length = harmless(bytes);
        if (length == 0)
            appendEscaped(text, static_cast<unsigned char>(bytes.front()));
        else
            text += bytes.substr(0, length);
        bytes.remove_prefix(length == 0 ? 1 : length);
        if (text.size() <= end) continue;
        text.resize(cutAt);
        text += kCutMark;
        return;
    }
}

}  // namespace clustermanager::control
