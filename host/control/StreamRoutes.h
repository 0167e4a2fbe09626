#pragma once

#include "control/Call.h"

/// The routes whose answers go on: what happens, and what a child logs.
namespace clustermanager::control {

Reply getEvents(const Call& call);
Reply getChildLog(const Call& call);

}  // namespace clustermanager::control
