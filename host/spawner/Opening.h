#pragma once

#include <string>
#include <variant>

#include "base/FileDescriptor.h"
#include "link/Messages.h"

namespace clustermanager::spawner {

/// What the master sends before anything else.
struct Opening
{
    link::GenerationPlan plan;
    FileDescriptor pluginFile;  // none where the plan names no plugin file
};

/// Waits for Open and the listening sockets, and puts those at descriptors 3, 4, ... in the plan's order. The
/// link makes room where it stands in the way, so its number may change. Otherwise the reason why this
/// process cannot go on.
std::variant<Opening, std::string> receiveOpening(FileDescriptor& link);

}  // namespace clustermanager::spawner
