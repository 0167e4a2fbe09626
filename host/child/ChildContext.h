#pragma once

#include <vector>

#include "clustermanager/plugin.h"
#include "link/Messages.h"
#include "plugin/Context.h"

namespace clustermanager::child {

class MasterLink;

/// What stands behind a child's context.
struct ChildServices : plugin::Services
{
    using Services::Services;

    MasterLink* link = nullptr;
    const std::vector<link::PlannedListener>* listeners = nullptr;
};

/// The first listening socket of the plan, by sd_listen_fds' convention.
constexpr int kFirstListener = 3;

/// A child's context but for who it is.
void fillChild(cm_context& context, ChildServices& services);

}  // namespace clustermanager::child
