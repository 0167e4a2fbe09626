#pragma once

#include <vector>

#include "base/DroppedFile.h"
#include "config/ConfigLoader.h"
#include "config/MergedKeys.h"

namespace clustermanager::config {

/// Reads NAME.properties or NAME.ini beside each NAME.so of the plugins folder over [plugin.NAME]: the keys
/// of that section without its prefix. A file without its plugin says nothing, and neither does one whose
/// plugin is none of the groups because the command line names others. `dropped` is what there was before.
std::vector<ConfigProblem> mergeSideFiles(MergedKeys& merged, const Surroundings& surroundings,
                                          DroppedStates& dropped);

}  // namespace clustermanager::config
