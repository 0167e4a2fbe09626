#pragma once

#include "control/Call.h"

/// The routes that only read: each answers from the latest picture of the host.
namespace clustermanager::control {

Reply getStatus(const Call& call);
Reply getChildren(const Call& call);
Reply getChild(const Call& call);
Reply getGroups(const Call& call);
Reply getGroup(const Call& call);
Reply getOperations(const Call& call);
Reply getOperation(const Call& call);

/// The 404s, for the routes that change something too.
Reply noSuchChild(const std::string& id);
Reply noSuchGroup(const std::string& name);

}  // namespace clustermanager::control
