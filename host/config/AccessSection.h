#pragma once

#include "config/HostConfig.h"
#include "config/Reading.h"
#include "config/Section.h"

namespace clustermanager::config {

/// Fills in who may do what on the control port: the tokens of their file, the certificates, mode and group
/// of the socket. A file that others could have written, or read where it is secret, is a problem.
void readAccess(Reading& reading, const Section& cluster, HostConfig& host);

}  // namespace clustermanager::config
