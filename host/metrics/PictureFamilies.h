#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "core/Snapshot.h"

namespace clustermanager::metrics {

/// Appends the families that a picture of the host shows: of the master, its listeners and its groups.
void appendFamilies(std::vector<prometheus::MetricFamily>& families, const core::Snapshot& picture);

}  // namespace clustermanager::metrics
