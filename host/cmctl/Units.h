#pragma once

#include <cstdint>
#include <string>

/// Numbers as people read them.
namespace clustermanager::cmctl {

/// "850ms", "4.2s", "5m 3s", "2h 7m", "3d 4h"
std::string durationText(std::int64_t millis);

/// "980K", "12.1M": powers of 1000, as in the configuration.
std::string sizeText(std::int64_t kibibytes);

/// One digit after the point: "0.4", "128.0".
std::string decimal(double value);

}  // namespace clustermanager::cmctl
