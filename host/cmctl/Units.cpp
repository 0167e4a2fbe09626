#include "cmctl/Units.h"

#include <array>
#include <cstdio>

namespace clustermanager::cmctl {

namespace {

std::string pair(std::int64_t large, const char* largeUnit, std::int64_t small, const char* smallUnit)
{
    return std::to_string(large) + largeUnit + " " + std::to_string(small) + smallUnit;
}

}  // namespace

std::string durationText(std::int64_t millis)
{
    constexpr std::int64_t kDay = 86'400;
    const std::int64_t seconds = millis / 1000;
    if (millis < 1000) return std::to_string(millis) + "ms";
    if (seconds < 60) return decimal(static_cast<double>(millis) / 1000.0) + "s";
    if (seconds < 3600) return pair(seconds / 60, "m", seconds % 60, "s");
    if (seconds < kDay) return pair(seconds / 3600, "h", seconds % 3600 / 60, "m");
    return pair(seconds / kDay, "d", seconds % kDay / 3600, "h");
}

std::string sizeText(std::int64_t kibibytes)
{
    double value = static_cast<double>(kibibytes) * 1024.0 / 1000.0;
    if (value < 1000) return std::to_string(static_cast<std::int64_t>(value)) + "K";
    value /= 1000;
    return value < 1000 ? decimal(value) + "M" : decimal(value / 1000) + "G";
}

std::string decimal(double value)
{
    std::array<char, 64> text{};
    (void)std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

}  // namespace clustermanager::cmctl
