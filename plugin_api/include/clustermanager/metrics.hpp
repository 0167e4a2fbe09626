#pragma once

/// Metrics of the plugin's own, for C++17: included by plugin.hpp, made by Child::counter(), gauge() and
/// histogram(). Shown by GET /metrics as they are named, summed over the children of the group.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "clustermanager/plugin.h"

namespace cm {

using Labels = std::vector<std::pair<std::string, std::string>>;

namespace detail {

/// A metric that could not be had (the log says why), or that an older host does not know, counts nothing.
///
/// Threading: everything from any thread. Cheap to copy; valid until the process ends.
class Metric
{
public:
    Metric() = default;
    Metric(cm_context* context, cm_metric* metric) : _context(context), _metric(metric) {}

    explicit operator bool() const { return _metric != nullptr; }

protected:
    cm_context* _context = nullptr;
    cm_metric* _metric = nullptr;
};

}  // namespace detail

class Counter : public detail::Metric
{
public:
    using Metric::Metric;
    void add(double count = 1) const
    {
        if (_metric != nullptr) _context->metric_add(_metric, count);
    }
};

class Gauge : public detail::Metric
{
public:
    using Metric::Metric;
    void set(double value) const
    {
        if (_metric != nullptr) _context->metric_set(_metric, value);
    }
    void add(double change) const
    {
        if (_metric != nullptr) _context->metric_add(_metric, change);
    }
};

class Histogram : public detail::Metric
{
public:
    using Metric::Metric;
    void observe(double value) const
    {
        if (_metric != nullptr) _context->metric_observe(_metric, value);
    }
    /// In seconds, Prometheus' unit of time.
    void observe(std::chrono::steady_clock::duration time) const
    {
        observe(std::chrono::duration<double>(time).count());
    }
};

}  // namespace cm
