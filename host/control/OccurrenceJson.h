#pragma once

#include <string>

#include "core/Occurrence.h"

namespace clustermanager::control {

/// One occurrence as one line of JSON. What its kind does not have is left out:
/// {"id":17,"time":"...","kind":"child","severity":"info","group":"hello","child":3,"start":7,"generation":1,
/// "pid":123,"restarts":0,"from":"starting","to":"ready","reason":"","text":"child 3 (hello): ready"}
std::string occurrenceJson(const core::Occurrence& occurrence);

/// "debug", "info", "warning", "error"
const char* severityName(core::Announce::Severity severity);

}  // namespace clustermanager::control
