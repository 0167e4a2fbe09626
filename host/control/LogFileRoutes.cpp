#include "control/LogFileRoutes.h"

#include "control/CommandCall.h"

namespace clustermanager::control {

namespace {

/// So that the answer with its number is there before the client's time is up.
constexpr Millis kMargin{100};

}  // namespace

Reply reopenLogs(const Call& call)
{
    return perform(call, core::ReopenLogsCommand{call.wait.value_or(Millis(0)) - kMargin});
}

}  // namespace clustermanager::control
