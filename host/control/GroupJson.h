#pragma once

#include "control/JsonWriter.h"
#include "core/Snapshot.h"

namespace clustermanager::control {

/// A group with the plugin's facts of each generation there is. See StatusJson.h.
void writeGroup(JsonWriter& json, const core::GroupSnapshot& group);

}  // namespace clustermanager::control
