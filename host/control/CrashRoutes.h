#pragma once

#include "control/Call.h"

/// The routes to the crash reports. They read the picture alone, and no file.
namespace clustermanager::control {

Reply getCrashes(const Call& call);
Reply getCrash(const Call& call);

}  // namespace clustermanager::control
