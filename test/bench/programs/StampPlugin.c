/* The same for the host: a plugin that says when its first statement runs, and then is idle. */
#include <clustermanager/plugin.h>

#include "Stamp.h"

CM_PLUGIN("bench_stamp", "1.0")

/* Runs in the spawner: from here on the host may fork children. */
__attribute__((constructor)) static void loaded(void)
{
    const int64_t now = stamp_now();
    stamp_send(now, STAMP_BEGIN);
}

CM_EXPORT int run_child(cm_context* context)
{
    const int64_t now = stamp_now();
    context->ready(context); /* first: what the sending takes is not the host's */
    stamp_send(now, STAMP_FIRST_CODE);
    context->wait_stop(context, -1);
    return 0;
}
