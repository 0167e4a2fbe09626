#pragma once

#include <string>

#include "unit/Notice.h"
#include "unit/control/RunningControl.h"
#include "unit/control/StreamClient.h"

/// A reader of events, and something for it to read.
namespace clustermanager::control::test {

inline StreamClient follow(const RunningControl& control, const std::string& query = "",
                           const std::string& fields = "")
{
    return StreamClient(control.toSocket(), "/events" + query, fields);
}

/// "thing 0", "thing 1", ...
inline void record(RunningControl& control, int count)
{
    for (int i = 0; i < count; ++i)
        control.host.journal.record(clustermanager::test::notice("thing " + std::to_string(i)));
}

}  // namespace clustermanager::control::test
