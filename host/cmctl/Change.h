#pragma once

#include <string>
#include <vector>

#include "cmctl/Session.h"

namespace clustermanager::cmctl {

/// The longest that --wait takes.
constexpr Millis kLongestWait = std::chrono::hours(24);

/// Sends a request that changes something. Without --wait it tells what was begun; with it, it follows every
/// operation and writes a line for each step of each child, and the exit code says what became of it.
/// `longer`: what the answer may take beyond others.
int change(Session& session, const std::string& path, Millis longer = {});

}  // namespace clustermanager::cmctl
