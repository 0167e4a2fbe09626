#include "Text.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace clustermanager::bench {

namespace {

std::string formatted(const char* format, double value)
{
    std::array<char, 64> text{};
    (void)std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

}  // namespace

std::string decimal(double value)
{
    if (value == std::floor(value) && std::fabs(value) < 1e9) return formatted("%.0f", value);
    const double size = std::fabs(value);
    if (size >= 100) return formatted("%.0f", value);
    if (size >= 10) return formatted("%.1f", value);
    return formatted(size >= 1 ? "%.2f" : "%.3f", value);
}

std::string quoted(const std::string& text)
{
    std::string result = "\"";
    for (const char c : text)
    {
        if (c == '"' || c == '\\')
            result += std::string("\\") + c;
        else if (static_cast<unsigned char>(c) < 0x20)
            result += ' ';
        else
            result += c;
    }
    return result + "\"";
}

}  // namespace clustermanager::bench
