#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace clustermanager::load {

using Nanos = std::chrono::nanoseconds;

/// Any number of durations in little memory: each is kept to within one percent.
class Latencies
{
public:
    Latencies();

    void add(Nanos duration);
    Latencies& operator+=(const Latencies& other);
    std::uint64_t count() const { return _count; }
    double maxMs() const;

    /// The milliseconds that `part` (0..1) of the durations do not exceed; 0 where there are none.
    double quantileMs(double part) const;

private:
    std::vector<std::uint64_t> _counts;  // by bucket
    std::uint64_t _count = 0;
    std::int64_t _maxNs = 0;
};

}  // namespace clustermanager::load
