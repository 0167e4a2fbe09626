#pragma once

#include <chrono>
#include <string>

namespace clustermanager {

/// Appends "2026-01-02T03:04:05.123456Z": a time since 1970 in RFC 3339, to the microsecond. Of what all of
/// ours write it is among the hottest, and so is not a formatter that reads a pattern each time.
void appendUtcMicros(std::string& text, std::chrono::microseconds sinceEpoch);

/// The same to the millisecond: "2026-01-02T03:04:05.123Z".
void appendUtcMillis(std::string& text, std::chrono::microseconds sinceEpoch);

}  // namespace clustermanager
