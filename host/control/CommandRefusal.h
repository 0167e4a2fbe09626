#pragma once

#include <optional>
#include <string>

#include "control/Reply.h"
#include "core/Ports.h"

namespace clustermanager::control {

/// The answer to a command of which nothing was done; nothing where it was taken.
std::optional<Reply> refusal(const core::Command& command, const core::CommandReply& reply);

/// 503 with the wish to come again.
Reply tryAgain(const std::string& detail);

}  // namespace clustermanager::control
