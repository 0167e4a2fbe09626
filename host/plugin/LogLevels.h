#pragma once

#include <Poco/Message.h>

#include "clustermanager/plugin.h"

namespace clustermanager::plugin {

/// Poco's priority of a CM_LOG_* number. A number out of range is taken as the nearest one.
constexpr int pocoPriority(int level)
{
    constexpr int kPriorities[] = {Poco::Message::PRIO_TRACE,       Poco::Message::PRIO_DEBUG,
                                   Poco::Message::PRIO_INFORMATION, Poco::Message::PRIO_WARNING,
                                   Poco::Message::PRIO_ERROR,       Poco::Message::PRIO_FATAL};
    if (level < CM_LOG_TRACE) level = CM_LOG_TRACE;
    if (level > CM_LOG_FATAL) level = CM_LOG_FATAL;
    return kPriorities[level];
}

/// The word for a Poco priority in our log lines. Poco has eight, an operator knows six.
constexpr const char* levelWord(int priority)
{
    if (priority <= Poco::Message::PRIO_CRITICAL) return "fatal";
    if (priority == Poco::Message::PRIO_ERROR) return "error";
    if (priority == Poco::Message::PRIO_WARNING) return "warn";
    if (priority <= Poco::Message::PRIO_INFORMATION) return "info";
    return priority == Poco::Message::PRIO_DEBUG ? "debug" : "trace";
}

}  // namespace clustermanager::plugin
