#include <clustermanager/plugin.h>

CM_PLUGIN("good", "2.1")

CM_EXPORT int run_child(cm_context* context)
{
    return context->wait_stop(context, -1) - 1;
}

CM_EXPORT int run_master(cm_context* context)
{
    return context->wait_stop(context, -1) - 1;
}
