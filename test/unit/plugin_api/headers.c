/* Compiled as C99 and C11: the contract needs nothing of C++ and nothing newer. */
#include <clustermanager/plugin.h>

CM_PLUGIN("headers", "1.0")

CM_EXPORT int run_child(cm_context* context)
{
    context->ready(context);
    return context->wait_stop(context, -1);
}
