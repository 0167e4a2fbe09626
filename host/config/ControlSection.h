#pragma once

#include "config/HostConfig.h"
#include "config/Reading.h"
#include "config/Section.h"

namespace clustermanager::config {

/// Fills in the control port and its socket. A port that others can reach without a token is a problem.
void readControl(Reading& reading, const Section& cluster, HostConfig& host);

}  // namespace clustermanager::config
