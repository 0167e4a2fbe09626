#pragma once

#include <cstdint>

namespace clustermanager::child {

/// What this process uses now. 0 where the kernel does not say.
std::uint64_t residentKiB();
std::uint64_t cpuMicros();

}  // namespace clustermanager::child
