#pragma once

#include <string>

#include "base/ExitStatus.h"
#include "base/Types.h"
#include "core/GroupPolicy.h"

/// The parts of the sentences operators read, so that the same thing is said in the same words everywhere.
namespace clustermanager::core {

/// "child 3", "run_master"
std::string slotText(ChildId slot);

/// "400 ms", "1.2 s", "17 min", "3 h": short, for reading.
std::string durationText(Millis duration);

/// "1500 ms": exact, for a limit as it was configured.
std::string limitText(Millis limit);

/// "ended by signal SIGSEGV", "ended with exit code 3", "ended unseen"
std::string endText(const ExitStatus& status);

/// "gave up after 10 restarts within 60.0 s: CAUSE"
std::string gaveUpText(const GroupPolicy& policy, const std::string& cause);

/// "at once", "in 400 ms"
std::string whenText(Millis delay);

}  // namespace clustermanager::core
