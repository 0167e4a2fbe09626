#pragma once

#include <optional>

#include "control/JsonWriter.h"
#include "core/Snapshot.h"

namespace clustermanager::control {

/// How a process ended last, or null.
void writeExit(JsonWriter& json, const std::optional<core::LastExit>& exit);

}  // namespace clustermanager::control
