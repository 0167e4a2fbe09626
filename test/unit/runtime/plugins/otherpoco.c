#include <clustermanager/plugin.h>

CM_PLUGIN("otherpoco", "1.0")

extern CM_EXPORT const struct cm_poco_note cm_poco_info;
CM_NOTE_SECTION const struct cm_poco_note cm_poco_info = {11u, 4u, CM_NOTE_POCO, CM_NOTE_OWNER, 0x01030000u};

CM_EXPORT int run_child(cm_context* context)
{
    return context->wait_stop(context, -1) - 1;
}
