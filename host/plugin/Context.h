#pragma once

#include <functional>
#include <string>

#include "clustermanager/plugin.h"
#include "plugin/ExitHandlers.h"
#include "plugin/Settings.h"
#include "plugin/StopSignal.h"

namespace clustermanager::plugin {

/// What stands behind the part of a cm_context that is the same in run_child and run_master. Lives until the
/// process ends.
struct Services
{
    Services(std::string groupName, const Settings& pluginSettings)
        : group(std::move(groupName)), settings(pluginSettings)
    {}

    std::string group;
    const Settings& settings;
    StopSignal stop;
    ExitHandlers exitHandlers;
    std::function<void(const std::string& reason)> fail;
};

/// Fills in version, size, group, configuration, logging (through Poco's loggers), stop, exit handlers and
/// fail(). `host` is set to &services: whoever builds a context derives from Services and finds its own
/// object there. What belongs to one role alone answers CM_WRONG_ROLE, or nothing, until it is filled in.
void fillCommon(cm_context& context, Services& services);

/// What `action` answers; `otherwise` where it throws: nothing may leave a function of the table as an
/// exception.
template <class Action>
int guarded(Action action, int otherwise) noexcept
{
    try
    {
        return action();
    }
    catch (...)
    {
        return otherwise;
    }
}

}  // namespace clustermanager::plugin
