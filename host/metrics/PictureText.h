#pragma once

#include <prometheus/metric_family.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/Snapshot.h"

namespace clustermanager::metrics {

/// In Prometheus' text format, without those that have no metric: they would be names without a value.
std::string serialized(std::vector<prometheus::MetricFamily> families);

/// The text of all that a picture of the host shows: it is written once for each picture that is asked for.
///
/// Thread-safe: one text is made at a time, while the others wait for it.
class PictureText
{
public:
    std::shared_ptr<const std::string> of(const std::shared_ptr<const core::Snapshot>& picture);

private:
    std::mutex _mutex;
    std::shared_ptr<const core::Snapshot> _picture;
    std::shared_ptr<const std::string> _text;
};

}  // namespace clustermanager::metrics
