#pragma once

#include <Poco/Formatter.h>
#include <Poco/Timestamp.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace clustermanager::child {

/// The longest line a log file gets, without its newline. What is longer is cut and marked.
constexpr std::size_t kLogLineMax = 65'536;

/// True where `text` may stand in a log file as it is: valid UTF-8, no control character but tab, not longer
/// than kLogLineMax.
bool isPlainLogText(std::string_view text);

/// Makes one line of any bytes, so that no text can forge a second record or speak to a terminal: a control
/// character and a byte that is not UTF-8 becomes \xNN, and what is over `lineMax` is cut and ends in "
/// [cut]".
std::string plainLogText(std::string_view text, std::size_t lineMax = kLogLineMax);

/// "2026-01-02T03:04:05.123456Z", in UTC.
void appendLogTime(std::string& line, const Poco::Timestamp& time);

/// Our line: "2026-01-02T03:04:05.123456Z info [logger] text", in UTC.
class LineFormatter : public Poco::Formatter
{
public:
    void format(const Poco::Message& message, std::string& text) override;
};

}  // namespace clustermanager::child
