#pragma once

#include <cstddef>
#include <vector>

namespace clustermanager::bench {

/// Measured values of one kind. What is asked of an empty set is 0.
class Samples
{
public:
    void add(double value) { _values.push_back(value); }
    void add(const Samples& others)
    {
        _values.insert(_values.end(), others._values.begin(), others._values.end());
    }
    std::size_t count() const { return _values.size(); }
    double median() const { return quantile(0.5); }
    double sum() const;
    std::size_t countAbove(double bound) const;

    /// The value that `part` (0..1) of the values do not exceed.
    double quantile(double part) const;

private:
    std::vector<double> _values;
};

}  // namespace clustermanager::bench
