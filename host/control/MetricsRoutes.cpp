#include "control/MetricsRoutes.h"

namespace clustermanager::control {

Reply getMetrics(const Call& call)
{
    if (call.metrics == nullptr) return problem(404, "This host counts nothing.");
    return {200, "text/plain; version=0.0.4; charset=utf-8", call.metrics->text(), {}};
}

}  // namespace clustermanager::control
