#include "Latencies.h"

#include <algorithm>
#include <cmath>

namespace clustermanager::load {

namespace {

// Buckets grow by a factor: the first starts at kFirstNs, the last holds what is longer than some minutes.
constexpr double kFirstNs = 1000;
constexpr double kGrowth = 1.01;
constexpr std::size_t kBuckets = 2048;

std::size_t bucketOf(double ns)
{
    if (ns <= kFirstNs) return 0;
    const double position = std::log(ns / kFirstNs) / std::log(kGrowth);
    return std::min(static_cast<std::size_t>(position), kBuckets - 1);
}

/// The middle of a bucket.
double nsOf(std::size_t bucket)
{
    return kFirstNs * std::pow(kGrowth, static_cast<double>(bucket) + 0.5);
}

}  // namespace

Latencies::Latencies() : _counts(kBuckets) {}

void Latencies::add(Nanos duration)
{
    ++_counts[bucketOf(static_cast<double>(duration.count()))];
    ++_count;
    _maxNs = std::max<std::int64_t>(_maxNs, duration.count());
}

Latencies& Latencies::operator+=(const Latencies& other)
{
    for (std::size_t i = 0; i < _counts.size(); ++i) _counts[i] += other._counts[i];
    _count += other._count;
    _maxNs = std::max(_maxNs, other._maxNs);
    return *this;
}

double Latencies::maxMs() const
{
    return static_cast<double>(_maxNs) / 1e6;
}

double Latencies::quantileMs(double part) const
{
    if (_count == 0) return 0;
    const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(_count)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < _counts.size(); ++i)
    {
        seen += _counts[i];
        if (seen >= std::max<std::uint64_t>(wanted, 1)) return std::min(nsOf(i) / 1e6, maxMs());
    }
    return maxMs();
}

}  // namespace clustermanager::load
