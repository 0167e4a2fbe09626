#pragma once

#include <optional>

#include "base/FileDescriptor.h"
#include "child/ChildMain.h"

/// The process that forks, signals and reaps. It decides nothing.
namespace clustermanager::spawner {

/// How the master tells the fresh image that it is a spawner: the number of the link's descriptor. Taken out
/// of the environment at once.
constexpr const char* kSpawnerLinkVariable = "CM_SPAWNER_LINK";

/// The link where this process was started as a spawner, else nothing. Called first thing in main(), before
/// any thread.
std::optional<FileDescriptor> takeSpawnerRole();

/// The spawner's whole life. `embedded` is set where the executable is its own plugin. Returns the exit code.
int runSpawner(FileDescriptor link, std::optional<child::Program> embedded);

}  // namespace clustermanager::spawner
