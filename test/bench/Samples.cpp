#include "Samples.h"

#include <algorithm>
#include <numeric>

namespace clustermanager::bench {

double Samples::sum() const
{
    return std::accumulate(_values.begin(), _values.end(), 0.0);
}

std::size_t Samples::countAbove(double bound) const
{
    return static_cast<std::size_t>(
        std::count_if(_values.begin(), _values.end(), [bound](double value) { return value > bound; }));
}

double Samples::quantile(double part) const
{
    if (_values.empty()) return 0;
    std::vector<double> sorted = _values;
    std::sort(sorted.begin(), sorted.end());
    const auto position = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
    return sorted[std::min(position, sorted.size() - 1)];
}

}  // namespace clustermanager::bench
