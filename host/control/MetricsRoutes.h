#pragma once

#include "control/Call.h"

namespace clustermanager::control {

/// All metrics, in Prometheus' text format.
Reply getMetrics(const Call& call);

}  // namespace clustermanager::control
