#include <clustermanager/plugin.h>

CM_PLUGIN("nochild", "1.0")

CM_EXPORT int run_master(cm_context* context)
{
    return context->wait_stop(context, -1) - 1;
}
