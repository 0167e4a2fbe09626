#pragma once

#include <cstdint>

namespace clustermanager {

/// What a line of our own log files and of the console looks like.
enum class LogFormat : std::uint8_t
{
    Text,
    Json,  // one object a line
    kLast = Json
};

}  // namespace clustermanager
