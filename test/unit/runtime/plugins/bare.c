#include <clustermanager/plugin.h>

/* Says nothing of itself. */
CM_EXPORT int run_child(cm_context* context)
{
    return context->wait_stop(context, -1) - 1;
}
