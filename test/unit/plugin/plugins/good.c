#include <clustermanager/plugin.h>

CM_PLUGIN("good", "1.0")

CM_EXPORT int run_child(cm_context* context)
{
    context->ready(context);
    context->wait_stop(context, -1);
    return 7;
}

CM_EXPORT int run_master(cm_context* context)
{
    (void)context;
    return 0;
}
