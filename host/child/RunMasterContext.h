#pragma once

#include "child/ChildContext.h"
#include "child/ChildList.h"

namespace clustermanager::child {

/// What stands behind the context of a run_master with a process of its own. Its link to the master is that
/// of a child.
struct RunMasterServices : ChildServices
{
    using ChildServices::ChildServices;

    ChildList children;
};

void fillRunMaster(cm_context& context, RunMasterServices& services);

}  // namespace clustermanager::child
