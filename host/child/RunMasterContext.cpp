#include "child/RunMasterContext.h"

#include "child/MasterLink.h"

namespace clustermanager::child {

namespace {

using plugin::guarded;

RunMasterServices& ofRunMaster(const cm_context* context)
{
    return static_cast<RunMasterServices&>(*static_cast<plugin::Services*>(context->host));
}

/// To a child that there is; whoever does not read it loses it, as the master cannot wait.
int send(cm_context* context, int32_t to, const void* data, size_t size)
{
    RunMasterServices& services = ofRunMaster(context);
    return guarded(
        [&]() -> int {
            if (to != CM_TO_ALL_CHILDREN)
            {
                const auto pid = services.children.pidOf(to);
                if (!pid) return CM_INVALID;
                if (*pid == 0) return CM_GONE;
            }
            return services.link->sendMessage(to, data, size);
        },
        CM_FULL);
}

int onMessage(cm_context* context, cm_message_callback callback, void* argument)
{
    return ofRunMaster(context).link->onMessage(callback, argument);
}

size_t children(const cm_context* context, cm_child_info* infos, size_t capacity)
{
    return ofRunMaster(context).children.copy(infos, capacity);
}

}  // namespace

void fillRunMaster(cm_context& context, RunMasterServices& services)
{
    plugin::fillCommon(context, services);
    context.role = CM_ROLE_MASTER;
    context.send = send;
    context.on_message = onMessage;
    context.children = children;
}

}  // namespace clustermanager::child
