#pragma once

#include "control/Call.h"

namespace clustermanager::control {

/// Posts the command and answers with what became of it. Where the client does not wait, that is what was
/// begun; where it does, what really happened, child by child, or what stands when its time is up, the
/// transport stops or the host does. Blocks no longer than the client asked, and as long as the inbox takes.
Reply perform(const Call& call, const core::Command& command);

}  // namespace clustermanager::control
