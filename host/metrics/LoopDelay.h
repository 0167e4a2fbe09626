#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/Types.h"
#include "core/Snapshot.h"

namespace clustermanager::metrics {

/// How long what was due, or ready, waited for the loop: the longest ever, and the last minute's longest and
/// 99th percentile.
///
/// The last minute is what two halves of it have seen, so it is between 30 and 60 s. Percentiles are read off
/// buckets that are a fifth wide at most, and are never too small.
class LoopDelay
{
public:
    void add(std::chrono::microseconds delay, TimePoint now);
    core::LoopDelay seen(TimePoint now) const;

private:
    static constexpr std::chrono::seconds kHalf{30};
    static constexpr std::size_t kSteps = 4;  // buckets for each doubling
    static constexpr std::size_t kBuckets = 32 * kSteps;

    struct Half
    {
        TimePoint since{};
        std::array<std::uint32_t, kBuckets> counts{};
        std::uint32_t total = 0;
        std::chrono::microseconds max{0};
    };

    static std::size_t bucketOf(std::chrono::microseconds delay);
    static std::chrono::microseconds endOf(std::size_t bucket);
    void turnTo(TimePoint now);

    Half _now;
    Half _before;
    std::chrono::microseconds _max{0};
};

}  // namespace clustermanager::metrics
