#pragma once

#include "control/Call.h"

/// The routes of log files.
namespace clustermanager::control {

/// Every process opens its log files again, as after a logrotate.
Reply reopenLogs(const Call& call);

}  // namespace clustermanager::control
