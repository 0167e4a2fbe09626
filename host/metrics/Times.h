#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace clustermanager::metrics {

/// The upper bounds, in seconds, of the buckets of all times that the host measures.
constexpr std::array<double, 18> kSeconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                          0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};

/// A histogram of times. Plain values.
struct Times
{
    std::array<std::uint64_t, kSeconds.size() + 1> counts{};
    double sum = 0;

    void observe(std::chrono::nanoseconds time)
    {
        const double seconds = std::chrono::duration<double>(time).count();
        const auto bucket = std::lower_bound(kSeconds.begin(), kSeconds.end(), seconds) - kSeconds.begin();
        ++counts[static_cast<std::size_t>(bucket)];
        sum += seconds;
    }

    template <class IO>
    void fields(IO& io)
    {
        for (std::uint64_t& count : counts) io(count);
        io(sum);
    }
};

}  // namespace clustermanager::metrics
