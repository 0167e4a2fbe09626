#include "child/MetricContext.h"

#include <Poco/Logger.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "child/ChildContext.h"
#include "child/MasterLink.h"
#include "child/MetricStore.h"

namespace clustermanager::child {

namespace {

std::optional<link::MetricKind> kindOf(int32_t kind)
{
    switch (kind)
    {
    case CM_COUNTER: return link::MetricKind::Counter;
    case CM_GAUGE: return link::MetricKind::Gauge;
    case CM_HISTOGRAM: return link::MetricKind::Histogram;
    default: return std::nullopt;
    }
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of plugin.h
cm_metric* metric(cm_context* context, int32_t kind, const char* name, const char* help,
                  const char* const* labels, const double* buckets, size_t bucketCount)
{
    const std::optional<link::MetricKind> known = kindOf(kind);
    if (!known || name == nullptr || help == nullptr) return nullptr;
    cm_metric* made = nullptr;
    (void)plugin::guarded(
        [&] {
            link::MetricDefined wanted;
            wanted.kind = *known;
            wanted.name = name;
            wanted.help = help;
            // One more than may be, so that it is refused.
            for (size_t i = 0; labels != nullptr && labels[i] != nullptr && i <= 2 * link::kMetricLabelsMax;
                 i += 2)
                wanted.labels.emplace_back(labels[i], labels[i + 1] == nullptr ? "" : labels[i + 1]);
            if (buckets != nullptr)
                wanted.bounds.assign(buckets, buckets + std::min(bucketCount, link::kMetricBoundsMax + 1));
            auto& services = static_cast<ChildServices&>(*static_cast<plugin::Services*>(context->host));
            std::string problem;
            made = services.link->metrics().define(std::move(wanted), problem);
            if (made == nullptr)
                Poco::Logger::get(services.group)
                    .warning("metric '" + std::string(name, ::strnlen(name, link::kMetricNameMax)) +
                             "' is not counted: " + problem);
            return 0;
        },
        0);
    return made;
}

// A number that is none would spoil every sum that it goes into.

void add(cm_metric* metric, double change)
{
    if (metric == nullptr || !std::isfinite(change)) return;
    if (metric->kind == link::MetricKind::Gauge || (metric->kind == link::MetricKind::Counter && change >= 0))
        metric->add(change);
}

void set(cm_metric* metric, double value)
{
    if (metric != nullptr && metric->kind == link::MetricKind::Gauge && std::isfinite(value))
        metric->set(value);
}

void observe(cm_metric* metric, double value)
{
    if (metric != nullptr && metric->kind == link::MetricKind::Histogram && std::isfinite(value))
        metric->observe(value);
}

}  // namespace

void fillMetrics(cm_context& context)
{
    context.metric = metric;
    context.metric_add = add;
    context.metric_set = set;
    context.metric_observe = observe;
}

}  // namespace clustermanager::child
