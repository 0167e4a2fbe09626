#include "metrics/LoopDelay.h"

#include <algorithm>
#include <utility>

namespace clustermanager::metrics {

void LoopDelay::add(std::chrono::microseconds delay, TimePoint now)
{
    turnTo(now);
    ++_now.counts[bucketOf(delay)];
    ++_now.total;
    _now.max = std::max(_now.max, delay);
    _max = std::max(_max, delay);
}

core::LoopDelay LoopDelay::seen(TimePoint now) const
{
    LoopDelay current = *this;
    current.turnTo(now);
    core::LoopDelay seen;
    seen.max = _max;
    seen.lastMinuteMax = std::max(current._now.max, current._before.max);
    const std::uint64_t total = std::uint64_t{current._now.total} + current._before.total;
    std::uint64_t above = 0;
    // From the top down, as long as no more than a hundredth of all is above.
    for (std::size_t bucket = kBuckets; total > 0 && bucket-- > 0;)
    {
        above += std::uint64_t{current._now.counts[bucket]} + current._before.counts[bucket];
        if (above * 100 <= total) continue;
        seen.p99 = std::min(endOf(bucket), seen.lastMinuteMax);
        break;
    }
    return seen;
}

/// 0 to 3 have a bucket each; from there on each doubling has kSteps of the same width.
std::size_t LoopDelay::bucketOf(std::chrono::microseconds delay)
{
    auto value = static_cast<std::uint64_t>(std::max<std::chrono::microseconds::rep>(delay.count(), 0));
    std::size_t doublings = 0;
    for (; value >= 2 * kSteps; value /= 2) ++doublings;
    return std::min(doublings * kSteps + static_cast<std::size_t>(value), kBuckets - 1);
}

std::chrono::microseconds LoopDelay::endOf(std::size_t bucket)
{
    if (bucket < 2 * kSteps) return std::chrono::microseconds(bucket);
    const std::size_t doublings = bucket / kSteps - 1;
    const std::uint64_t next = std::uint64_t{bucket % kSteps + kSteps + 1} << doublings;
    return std::chrono::microseconds(static_cast<std::chrono::microseconds::rep>(next - 1));
}

void LoopDelay::turnTo(TimePoint now)
{
    if (_now.since == TimePoint{}) _now.since = now;
    if (now - _now.since < kHalf) return;
    const bool adjacent = now - _now.since < 2 * kHalf;
    _before = adjacent ? std::exchange(_now, Half{}) : Half{};
    _now = Half{};
    _now.since = now;
}

}  // namespace clustermanager::metrics
