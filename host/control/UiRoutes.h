#pragma once

#include "control/Call.h"

/// The dashboard: one page that asks the other routes for what it shows. It holds no data itself, so whoever
/// gets past the guard's look at the Host may have it.
namespace clustermanager::control {

Reply getUiPage(const Call& call);
Reply getUiFile(const Call& call);

}  // namespace clustermanager::control
