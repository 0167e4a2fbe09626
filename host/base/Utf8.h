#pragma once

#include <cstddef>
#include <string_view>

namespace clustermanager {

/// How many bytes the UTF-8 character at the start of `text` takes: 1 to 4, or 0 where there is none
/// (overlong forms, surrogates, values above U+10FFFF, cut sequences, an empty text).
constexpr std::size_t utf8Length(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
    if (text.empty()) return 0;
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4 || !follows(1)) return 0;
    if (first < 0xE0) return 2;
    const unsigned second = byte(1);
    if (first < 0xF0)
    {
        const bool overlong = first == 0xE0 && second < 0xA0;
        const bool surrogate = first == 0xED && second > 0x9F;
        return !overlong && !surrogate && follows(2) ? 3 : 0;
    }
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool tooLarge = first == 0xF4 && second > 0x8F;
    return !overlong && !tooLarge && follows(2) && follows(3) ? 4 : 0;
}

}  // namespace clustermanager
