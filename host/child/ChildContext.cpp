#include "child/ChildContext.h"

#include "child/MasterLink.h"
#include "child/MetricContext.h"

namespace clustermanager::child {

namespace {

using plugin::guarded;

ChildServices& ofChild(const cm_context* context)
{
    return static_cast<ChildServices&>(*static_cast<plugin::Services*>(context->host));
}

int listener(const cm_context* context, const char* name)
{
    const auto& listeners = *ofChild(context).listeners;
    if (name == nullptr) return -1;
    for (std::size_t i = 0; i < listeners.size(); ++i)
        if (listeners[i].name == name) return kFirstListener + static_cast<int>(i);
    return -1;
}

int listenerAt(const cm_context* context, size_t position, const char** name, int* fd)
{
    const auto& listeners = *ofChild(context).listeners;
    if (position >= listeners.size()) return 0;
    if (name != nullptr) *name = listeners[position].name.c_str();
    if (fd != nullptr) *fd = kFirstListener + static_cast<int>(position);
    return 1;
}

void ready(cm_context* context)
{
    (void)guarded([&] { return ofChild(context).link->ready(), 0; }, 0);
}

void beat(cm_context* context)
{
    (void)guarded([&] { return ofChild(context).link->beat(), 0; }, 0);
}

void recycle(cm_context* context)
{
    (void)guarded([&] { return ofChild(context).link->recycle("it asked for it"), 0; }, 0);
}

void countRequests(cm_context* context, uint32_t count)
{
    (void)guarded([&] { return ofChild(context).link->countRequests(count), 0; }, 0);
}

void hold(cm_context* context, int32_t change)
{
    (void)guarded([&] { return ofChild(context).link->hold(change), 0; }, 0);
}

void countAccepted(cm_context* context, uint32_t count)
{
    ofChild(context).link->countAccepted(count);
}

int reportStatus(cm_context* context, const char* json)
{
    return guarded([&] { return ofChild(context).link->reportStatus(json); }, CM_FULL);
}

int send(cm_context* context, int32_t to, const void* data, size_t size)
{
    if (to != CM_TO_MASTER) return CM_INVALID;
    return guarded([&] { return ofChild(context).link->sendMessage(CM_TO_MASTER, data, size); }, CM_FULL);
}

int onMessage(cm_context* context, cm_message_callback callback, void* argument)
{
    return ofChild(context).link->onMessage(callback, argument);
}

}  // namespace

void fillChild(cm_context& context, ChildServices& services)
{
    plugin::fillCommon(context, services);
    context.role = CM_ROLE_CHILD;
    context.listener = listener;
    context.listener_at = listenerAt;
    context.ready = ready;
    context.beat = beat;
    context.report_status = reportStatus;
    context.recycle = recycle;
    context.count_requests = countRequests;
    context.hold = hold;
    context.send = send;
    context.on_message = onMessage;
    context.count_accepted = countAccepted;
    fillMetrics(context);
}

}  // namespace clustermanager::child
