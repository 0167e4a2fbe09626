/* The bare server's worker as a plugin: one request at a time, without Poco. */
#define _GNU_SOURCE
#include <clustermanager/plugin.h>

#include "Serve.h"

CM_PLUGIN("bench_serve", "1.0")

CM_EXPORT int run_child(cm_context* context)
{
    const int listener = context->listener(context, "http");
    const int stop = context->stop_fd(context);
    context->ready(context);
    serveUntil(listener, stop);
    return 0;
}
