#pragma once

#include "control/Call.h"

namespace clustermanager::control {

/// What ended, what was asked for and what became of it, from the disk: {"history":[...]}, the newest last.
/// Parameters: since, until (a time, or how long ago: "2h"), group, child, kind (a list), limit.
Reply getHistory(const Call& call);

/// "2026-01-31T08:00:00Z", "2026-01-31T08:00:00.5+01:00", or a duration back from `now`: "90s", "2h", "7d".
std::optional<WallTime> parseMoment(const std::string& text, WallTime now);

}  // namespace clustermanager::control
