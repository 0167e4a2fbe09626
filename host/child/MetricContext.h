#pragma once

#include "clustermanager/plugin.h"

namespace clustermanager::child {

/// The part of a child's context that is for the plugin's own metrics.
void fillMetrics(cm_context& context);

}  // namespace clustermanager::child
