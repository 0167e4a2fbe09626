#pragma once

#include <string>
#include <variant>

#include "config/ConfigLoader.h"
#include "config/FlatEntries.h"

namespace clustermanager::config {

/// The keys and values of one file, read by its ending (.properties, .ini, .xml, .json), or what is wrong
/// with it: file, line where known, and text. Bounded in size. Never throws, never waits.
std::variant<FlatEntries, ConfigProblem> readConfigFile(const std::string& path);

}  // namespace clustermanager::config
