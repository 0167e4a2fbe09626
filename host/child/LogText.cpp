#include "child/LogText.h"

#include <Poco/Message.h>

#include <chrono>

#include "base/PrintableText.h"
#include "base/UtcText.h"
#include "plugin/LogLevels.h"

namespace clustermanager::child {

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
    appendPrintable(line, text, lineMax);
    return line;
}

void appendLogTime(std::string& line, const Poco::Timestamp& time)
{
    appendUtcMicros(line, std::chrono::microseconds(time.epochMicroseconds()));
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
