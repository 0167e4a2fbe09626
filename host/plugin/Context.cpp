#include "plugin/Context.h"

#include <Poco/Logger.h>

#include "plugin/LogLevels.h"

namespace clustermanager::plugin {

namespace {

// The functions of the table. A plugin may be C: nothing may leave them as an exception, and what cannot be
// done for want of memory is left undone.

Services& common(const cm_context* context)
{
    return *static_cast<Services*>(context->host);
}

const char* config(const cm_context* context, const char* key, const char* fallback)
{
    const char* value = key == nullptr ? nullptr : common(context).settings.find(key);
    return value == nullptr ? fallback : value;
}

int configAt(const cm_context* context, size_t position, const char** key, const char** value)
{
    const Settings& settings = common(context).settings;
    if (position >= settings.size()) return 0;
    if (key != nullptr) *key = settings.at(position).first.c_str();
    if (value != nullptr) *value = settings.at(position).second.c_str();
    return 1;
}

Poco::Logger& loggerOf(const cm_context* context, const char* logger)
{
    return Poco::Logger::get(logger == nullptr ? common(context).group : std::string(logger));
}

void log(const cm_context* context, int level, const char* logger, const char* text)
{
    if (text == nullptr) return;
    (void)guarded(
        [&] {
            Poco::Logger& target = loggerOf(context, logger);
            const int priority = pocoPriority(level);
            if (target.is(priority))
                target.log(
                    Poco::Message(target.name(), text, static_cast<Poco::Message::Priority>(priority)));
            return 0;
        },
        0);
}

int logEnabled(const cm_context* context, int level)
{
    return guarded([&] { return loggerOf(context, nullptr).is(pocoPriority(level)) ? 1 : 0; }, 0);
}

int stopRequested(const cm_context* context)
{
    return common(context).stop.requested() ? 1 : 0;
}

int waitStop(const cm_context* context, int64_t timeoutMs)
{
    return common(context).stop.wait(timeoutMs) ? 1 : 0;
}

int stopFd(const cm_context* context)
{
    return common(context).stop.fd();
}

// No guard in onStop: where the stop was asked already the callback runs here, and what it throws is its
// caller's to see.
int onStop(cm_context* context, cm_callback callback, void* argument)
{
    if (callback == nullptr) return CM_INVALID;
    return common(context).stop.onStop(callback, argument) ? CM_OK : CM_FULL;
}

int atExit(cm_context* context, cm_callback callback, void* argument)
{
    if (callback == nullptr) return CM_INVALID;
    return guarded([&] { return common(context).exitHandlers.add(callback, argument) ? CM_OK : CM_FULL; },
                   CM_FULL);
}

void fail(cm_context* context, const char* reason)
{
    (void)guarded(
        [&] {
            const Services& services = common(context);
            if (reason != nullptr && services.fail) services.fail(reason);
            return 0;
        },
        0);
}

void nothing(cm_context*) {}
void countNothing(cm_context*, uint32_t) {}
void holdNothing(cm_context*, int32_t) {}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of plugin.h
cm_metric* noMetric(cm_context*, int32_t, const char*, const char*, const char* const*, const double*, size_t)
{
    return nullptr;
}

void noValue(cm_metric*, double) {}

int noListener(const cm_context*, const char*)
{
    return -1;
}

int noListenerAt(const cm_context*, size_t, const char**, int*)
{
    return 0;
}

int noStatus(cm_context*, const char*)
{
    return CM_WRONG_ROLE;
}

int noSend(cm_context*, int32_t, const void*, size_t)
{
    return CM_WRONG_ROLE;
}

int noOnMessage(cm_context*, cm_message_callback, void*)
{
    return CM_WRONG_ROLE;
}

size_t noChildren(const cm_context*, cm_child_info*, size_t)
{
    return 0;
}

}  // namespace

void fillCommon(cm_context& context, Services& services)
{
    context = {};
    context.abi_version = CM_ABI_VERSION;
    context.size = sizeof(cm_context);
    context.host = &services;
    context.group = services.group.c_str();
    context.config = config;
    context.config_at = configAt;
    context.listener = noListener;
    context.listener_at = noListenerAt;
    context.log = log;
    context.log_enabled = logEnabled;
    context.ready = nothing;
    context.beat = nothing;
    context.report_status = noStatus;
    context.recycle = nothing;
    context.stop_requested = stopRequested;
    context.wait_stop = waitStop;
    context.stop_fd = stopFd;
    context.on_stop = onStop;
    context.at_exit = atExit;
    context.send = noSend;
    context.on_message = noOnMessage;
    context.children = noChildren;
    context.fail = fail;
    context.count_requests = countNothing;
    context.hold = holdNothing;
    context.count_accepted = countNothing;
    context.metric = noMetric;
    context.metric_add = context.metric_set = context.metric_observe = noValue;
}

}  // namespace clustermanager::plugin
