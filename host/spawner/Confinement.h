#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/Account.h"
#include "base/ProcessLimits.h"
#include "link/GenerationPlan.h"

namespace clustermanager::spawner {

/// What this process, and all that it forks, may do. In a spawner, before it maps the plugin: whatever the
/// plugin's code is then run with cannot be taken back, and neither can what was given up.

/// Becomes the plan's account, where it names one, for good. A sentence: it could not, or the account cannot
/// write where the group's processes have to log; run nothing then.
std::optional<std::string> becomeAccountOf(const link::GenerationPlan& plan);

/// In a child, before any of the plugin's code. That of core files stays one that the plugin may change; the
/// others are for good.
void setLimits(const ProcessLimits& limits);

}  // namespace clustermanager::spawner
