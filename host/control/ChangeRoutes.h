#pragma once

#include "control/Call.h"

/// The routes that change something: each makes one command of the request and has it performed.
namespace clustermanager::control {

Reply exitAll(const Call& call);
Reply exitChild(const Call& call);
Reply exitGroup(const Call& call);

Reply reloadAll(const Call& call);
Reply reloadGroup(const Call& call);
Reply scaleGroup(const Call& call);
Reply startGroup(const Call& call);
Reply stopGroup(const Call& call);

Reply reloadConfig(const Call& call);
Reply upgradeHost(const Call& call);
Reply setLogLevel(const Call& call);

}  // namespace clustermanager::control
