#include "control/ChangeRoutes.h"

#include <limits>

#include "control/CommandCall.h"
#include "control/Parameters.h"
#include "control/StatusRoutes.h"

namespace clustermanager::control {

namespace {

constexpr std::size_t kLoggerNameMax = 128;

/// Of /groups/NAME/...
const std::string& groupOf(const Call& call)
{
    return call.target.segments[1];
}

Reply unknownLevel(const std::string& name)
{
    std::string names;
    for (const core::LogLevelRow& row : core::kLogLevels)
        names += (names.empty() ? "" : ", ") + std::string(row.name);
    return problem(400, "'" + name + "' is no log level; the levels are " + names + ".");
}

}  // namespace

Reply exitAll(const Call& call)
{
    return perform(call, core::ExitCommand{});
}

Reply exitChild(const Call& call)
{
    const std::string& text = call.target.segments[1];
    const std::optional<ChildId> id = parseChildId(text);
    if (!id) return noSuchChild(text);
    return perform(call, core::ExitCommand{id, ""});
}

Reply exitGroup(const Call& call)
{
    return perform(call, core::ExitCommand{std::nullopt, groupOf(call)});
}

Reply reloadAll(const Call& call)
{
    return perform(call, core::ReloadCommand{});
}

Reply reloadGroup(const Call& call)
{
    return perform(call, core::ReloadCommand{groupOf(call)});
}

Reply scaleGroup(const Call& call)
{
    const std::string& text = call.target.segments[3];
    const auto count = parseNumber(text, std::numeric_limits<unsigned>::max());
    if (!count)
        return problem(400, "scale/" + text + " names no number of children: it must be a plain number.");
    return perform(call, core::ScaleCommand{groupOf(call), static_cast<unsigned>(*count)});
}

Reply startGroup(const Call& call)
{
    return perform(call, core::StartCommand{groupOf(call)});
}

Reply stopGroup(const Call& call)
{
    return perform(call, core::StopCommand{groupOf(call)});
}

Reply reloadConfig(const Call& call)
{
    return perform(call, core::ReloadConfigCommand{});
}

Reply upgradeHost(const Call& call)
{
    return perform(call, core::UpgradeCommand{});
}

Reply setLogLevel(const Call& call)
{
    const std::string& name = call.target.segments[1];
    const std::optional<core::LogLevel> level = core::logLevelByName(name);
    if (!level) return unknownLevel(name);
    core::LogLevelCommand command{*level, parameterOr(call.target, "logger"),
                                  parameterOr(call.target, "group"), std::nullopt};
    if (command.logger.size() > kLoggerNameMax)
        return problem(400, "logger= is longer than " + std::to_string(kLoggerNameMax) + " bytes.");
    if (const std::string* child = parameter(call.target, "child"))
    {
        command.child = parseChildId(*child);
        if (!command.child) return problem(400, "child=" + *child + " is not the number of a child.");
    }
    return perform(call, command);
}

}  // namespace clustermanager::control
