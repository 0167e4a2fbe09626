#pragma once

#include <prometheus/client_metric.h>

#include <utility>
#include <vector>

namespace clustermanager::metrics {

using Labels = std::vector<prometheus::ClientMetric::Label>;

inline prometheus::ClientMetric counter(Labels labels, double value)
{
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = value;
    return metric;
}

inline prometheus::ClientMetric gauge(Labels labels, double value)
{
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    return metric;
}

}  // namespace clustermanager::metrics
