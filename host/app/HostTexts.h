#pragma once

#include <string_view>

/// What --help and the manual page both say of the host.
namespace clustermanager::app {

constexpr std::string_view kUsage = "[OPTIONS] [PLUGIN.so ...]";

constexpr std::string_view kPurpose = "Supervises processes that each run a plugin's run_child. A plugin "
                                      "named here is a group of its own; others "
                                      "come from the configuration.";

}  // namespace clustermanager::app
