#include "control/MetricsRoutes.h"

namespace clustermanager::control {

Reply getMetrics(const Call& call)
{
    if (call.metrics == nullptr) return problem(404, "This host counts nothing.");
    core::Metrics::Text text = call.metrics->text();
    return {200,
            "text/plain; version=0.0.4; charset=utf-8",
            std::move(text.counted),
            {},
            {},
            std::move(text.pictured)};
}

}  // namespace clustermanager::control
