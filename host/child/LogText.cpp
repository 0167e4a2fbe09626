#include "child/LogText.h"

#include <Poco/Message.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "plugin/LogLevels.h"

namespace clustermanager::child {

namespace {

constexpr std::string_view kCutMark = " [cut]";

constexpr bool isContinuation(unsigned char byte)
{
    return (byte & 0xC0u) == 0x80u;
}

void appendEscaped(std::string& line, unsigned char byte)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    line += "\\x";
    line += kDigits[byte >> 4u];
    line += kDigits[byte & 15u];
}

}  // namespace

std::size_t printableAt(std::string_view text)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return (first >= 0x20 && first != 0x7F) || first == '\t' ? 1 : 0;

    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!isContinuation(byte(i))) return 0;

    const unsigned char second = byte(1);
    const bool c1Control = first == 0xC2 && second < 0xA0;  // a terminal obeys them like ESC
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second > 0x9F;
    const bool beyondUnicode = first == 0xF4 && second > 0x8F;
    return c1Control || overlong || surrogate || beyondUnicode ? 0 : length;
}

bool isPlainLogText(std::string_view text)
{
    if (text.size() > kLogLineMax) return false;
    while (!text.empty())
    {
        const std::size_t length = printableAt(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string plainLogText(std::string_view text, std::size_t lineMax)
{
    std::string line;
    std::size_t cutAt = 0;  // the mark has room after this
    while (!text.empty())
    {
        const std::size_t length = printableAt(text);
        if (length == 0)
            appendEscaped(line, static_cast<unsigned char>(text[0]));
        else
            line += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);

        if (line.size() + kCutMark.size() <= lineMax) cutAt = line.size();
        if (line.size() <= lineMax) continue;
        line.resize(cutAt);
        line += kCutMark;
        break;
    }
    return line;
}

void appendLogTime(std::string& line, const Poco::Timestamp& time)
{
    const std::int64_t micros = time.epochMicroseconds();
    const std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
    std::tm utc{};
    (void)::gmtime_r(&seconds, &utc);

    std::array<char, 48> text{};
    const std::size_t date = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    (void)std::snprintf(text.data() + date, text.size() - date, ".%06dZ",
                        static_cast<int>(micros % 1'000'000));
    line += text.data();
}

void LineFormatter::format(const Poco::Message& message, std::string& text)
{
    constexpr std::size_t kHead = 48;  // time, level and brackets
    text.reserve(text.size() + kHead + message.getSource().size() + message.getText().size());
    appendLogTime(text, message.getTime());
    text += ' ';
    text += plugin::levelWord(message.getPriority());
    text += " [";
    text += message.getSource();
    text += "] ";
    text += message.getText();
}

}  // namespace clustermanager::child
