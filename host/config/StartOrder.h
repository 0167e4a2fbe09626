#pragma once

#include "config/HostConfig.h"
#include "config/Reading.h"

namespace clustermanager::config {

/// Notes every `after` that names no group, names one twice, or closes a circle, which the problem shows.
void checkStartOrder(Reading& reading, const HostConfig& host);

}  // namespace clustermanager::config
