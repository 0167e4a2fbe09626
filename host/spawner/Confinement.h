#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/Account.h"
#include "link/GenerationPlan.h"

namespace clustermanager::spawner {

/// What this process, and all that it forks, may do. In a spawner, before it maps the plugin: whatever the
/// plugin's code is then run with cannot be taken back, and neither can what was given up.

/// Becomes the plan's account, where it names one, for good. A sentence: it could not, or the account cannot
/// write where the group's processes have to log; run nothing then.
std::optional<std::string> becomeAccountOf(const link::GenerationPlan& plan);

/// In a child: core files may be so large, as far as the hard limit of this process lets it.
void allowCoreFiles(std::uint64_t bytes);

}  // namespace clustermanager::spawner
