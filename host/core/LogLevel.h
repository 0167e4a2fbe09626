#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace clustermanager::core {

/// The six levels an operator speaks of. The number is the one of the plugin API (CM_LOG_*).
enum class LogLevel : std::uint8_t
{
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
    kLast = Fatal
};

struct LogLevelRow
{
    LogLevel level;
    std::string_view name;  // in URLs, JSON and configuration
    int pocoPriority;       // Poco::Message::Priority
};

constexpr std::array<LogLevelRow, 6> kLogLevels{{
    {LogLevel::Trace, "trace", 8},
    {LogLevel::Debug, "debug", 7},
    {LogLevel::Info, "info", 6},
    {LogLevel::Warn, "warn", 4},
    {LogLevel::Error, "error", 3},
    {LogLevel::Fatal, "fatal", 1},
}};

constexpr const LogLevelRow& row(LogLevel level)
{
    return kLogLevels[static_cast<std::size_t>(level)];
}

constexpr std::optional<LogLevel> logLevelByName(std::string_view name)
{
    for (const LogLevelRow& candidate : kLogLevels)
        if (candidate.name == name) return candidate.level;
    return std::nullopt;
}

}  // namespace clustermanager::core
