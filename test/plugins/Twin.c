/* One of two plugins that export the same names and mean different things by them. */
#include <clustermanager/plugin.h>

CM_PLUGIN("twin", "1.0")

CM_EXPORT int twin_calls = 0;

CM_EXPORT const char* twin_name(void)
{
    ++twin_calls;
    return TWIN_NAME;
}

static void introduce(cm_context* context)
{
    const char* name = twin_name();
    context->log(context, CM_LOG_INFO, NULL, name);
    if (twin_calls != 1) context->log(context, CM_LOG_ERROR, NULL, "the other one has counted here");
}

CM_EXPORT int run_child(cm_context* context)
{
    introduce(context);
    context->ready(context);
    context->wait_stop(context, -1);
    return 0;
}

CM_EXPORT int run_master(cm_context* context)
{
    introduce(context);
    context->wait_stop(context, -1);
    return 0;
}
