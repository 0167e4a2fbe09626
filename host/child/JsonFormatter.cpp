#include "child/JsonFormatter.h"

#include <Poco/Message.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string_view>

#include "base/PrintableText.h"
#include "plugin/LogLevels.h"

namespace clustermanager::child {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t kLoggerMax = 512;

/// A control character, which has a code of one byte, or of two bytes where it is one of C1.
void appendControl(std::string& json, unsigned char code)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    switch (code)
    {
    case '\n': json += "\\n"; return;
    case '\r': json += "\\r"; return;
    case '\t': json += "\\t"; return;
    default: break;
    }
    json += "\\u00";
    json += kDigits[code >> 4u];
    json += kDigits[code & 15u];
}

/// Appends the character at the start of `text`; returns how many bytes it took.
std::size_t appendOne(std::string& json, std::string_view text)
{
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x20 || first == 0x7F)
    {
        appendControl(json, first);
        return 1;
    }
    if (first == '"' || first == '\\') json += '\\';
    if (const std::size_t length = printableAt(text); length != 0)
    {
        json += text.substr(0, length);
        return length;
    }
    if (first == 0xC2 && text.size() > 1 && (static_cast<unsigned char>(text[1]) & 0xE0u) == 0x80u)
    {
        appendControl(json, static_cast<unsigned char>(text[1]));
        return 2;
    }
    json += kReplacement;
    return 1;
}

std::string tailOf(const LogOrigin& origin)
{
    std::string tail = "\"";
    if (!origin.group.empty()) tail += ",\"group\":\"" + origin.group + '"';
    if (!origin.id.empty()) tail += ",\"id\":" + origin.id;
    tail += ",\"pid\":" + std::to_string(::getpid());
    return tail + ",\"thread\":" + std::to_string(::syscall(SYS_gettid)) + '}';
}

}  // namespace

void JsonFormatter::format(const Poco::Message& message, std::string& text)
{
    const std::string tail = tailOf(_origin);
    std::string json = "{\"time\":\"";
    appendLogTime(json, message.getTime());
    json += "\",\"level\":\"";
    json += plugin::levelWord(message.getPriority());
    json += "\",\"logger\":\"";
    appendCut(json, message.getSource(), kLoggerMax, &appendOne);
    json += "\",\"message\":\"";
    appendCut(json, message.getText(), _lineMax - json.size() - tail.size(), &appendOne);
    text += json;
    text += tail;
}

}  // namespace clustermanager::child
