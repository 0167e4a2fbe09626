#pragma once

#include <string>

/// Completion scripts made from the table. Names of groups and children come from the running host, by
/// `cmctl names`.
namespace clustermanager::cmctl {

std::string bashCompletion();
std::string zshCompletion();

}  // namespace clustermanager::cmctl
