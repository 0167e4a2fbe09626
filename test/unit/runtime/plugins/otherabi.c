#include <clustermanager/plugin.h>

extern CM_EXPORT const struct cm_plugin_note cm_plugin_info;
CM_NOTE_SECTION const struct cm_plugin_note cm_plugin_info = {
    11u, 100u, CM_NOTE_PLUGIN, CM_NOTE_OWNER, CM_ABI_VERSION + 1, "otherabi", "1.0"};

CM_EXPORT int run_child(cm_context* context)
{
    return context->wait_stop(context, -1) - 1;
}
