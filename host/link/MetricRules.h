#pragma once

#include <cstddef>
#include <string>

#include "link/Messages.h"

/// What a plugin's own metrics may be. A child checks it to tell the plugin, the master as nothing that comes
/// from a child is trusted.
namespace clustermanager::link {

constexpr std::size_t kMetricSeriesMax = 256;  // of one process; of one group
constexpr std::size_t kMetricSamplesMax = 64;  // in one report
constexpr std::size_t kMetricBoundsMax = 30;   // of one histogram
constexpr std::size_t kMetricLabelsMax = 8;
constexpr std::size_t kMetricNameMax = 128;
constexpr std::size_t kMetricHelpMax = 512;
constexpr std::size_t kMetricLabelValueMax = 128;

/// What is wrong with it, in one sentence without its end, or "".
std::string problemOf(const MetricDefined& metric);

}  // namespace clustermanager::link
