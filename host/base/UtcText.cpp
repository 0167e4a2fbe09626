#include "base/UtcText.h"

#include <array>
#include <cstdint>
#include <ctime>

namespace clustermanager {

namespace {

/// The seconds, and so many digits of the fraction, which begins with the digit of 100 ms.
void appendUtc(std::string& text, std::chrono::microseconds sinceEpoch, int digits)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(sinceEpoch);
    const std::time_t whole = seconds.count();
    std::tm utc{};
    (void)::gmtime_r(&whole, &utc);
    std::array<char, 64> date{};
    text.append(date.data(), std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S.", &utc));
    std::int64_t rest = (sinceEpoch - seconds).count();
    for (std::int64_t unit = 100'000; digits > 0; --digits, unit /= 10)
    {
        text += static_cast<char>('0' + rest / unit);
        rest %= unit;
    }
    text += 'Z';
}

}  // namespace

void appendUtcMicros(std::string& text, std::chrono::microseconds sinceEpoch)
{
    appendUtc(text, sinceEpoch, 6);
}

void appendUtcMillis(std::string& text, std::chrono::microseconds sinceEpoch)
{
    appendUtc(text, sinceEpoch, 3);
}

}  // namespace clustermanager
