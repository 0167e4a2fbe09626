#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/HostConfig.h"
#include "core/GroupPolicy.h"
#include "core/Snapshot.h"
#include "link/Messages.h"

/// What each part of the master takes from the checked configuration, in its own words.
namespace clustermanager::runtime {

core::GroupPolicy policyOf(const config::Group& group);
std::vector<core::GroupPolicy> policies(const config::HostConfig& config);

/// What readers see of a process that starts now, as far as it never changes.
core::MasterSnapshot portrait(const config::HostConfig& config, const std::string& version);

link::GenerationPlan planOf(const config::HostConfig& config, const config::Group& group,
                            GenerationId generation);

}  // namespace clustermanager::runtime
