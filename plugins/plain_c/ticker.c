/* A plugin in C: counts, and shows the count as its status. Needs one header and no library.
 *
 * Keys of [plugin.plain_c]: period in milliseconds. */
#include <clustermanager/plugin.h>

#include <stdio.h>
#include <stdlib.h>

CM_PLUGIN("plain_c", "1.0")

static void sayGoodBye(void* context)
{
    cm_context* self = context;
    self->log(self, CM_LOG_INFO, NULL, "good bye");
}

CM_EXPORT int run_child(cm_context* context)
{
    const long period = strtol(context->config(context, "period", "1000"), NULL, 10);
    if (period <= 0)
    {
        context->fail(context, "period must be at least 1");
        return 78; /* EX_CONFIG: another start would not help */
    }

    context->at_exit(context, sayGoodBye, context);
    context->ready(context);
    for (unsigned long ticks = 0; context->wait_stop(context, period) == 0; ++ticks)
    {
        context->beat(context);
        char status[64];
        snprintf(status, sizeof status, "{\"ticks\":%lu}", ticks);
        context->report_status(context, status);
    }
    return 0;
}
