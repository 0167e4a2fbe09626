#include "runtime/CommandRunner.h"

#include <Poco/Logger.h>

#include <algorithm>
#include <utility>

namespace clustermanager::runtime {

CommandRunner::CommandRunner(const config::HostConfig& config, const core::Supervisor& supervisor,
                             LogLevels& levels)
    : _config(config), _supervisor(supervisor), _levels(levels)
{}

void CommandRunner::run(CommandQueue::Entry entry, TimePoint now,
                        const std::function<void(core::Event)>& tell)
{
    if (const auto* level = std::get_if<core::LogLevelCommand>(&entry.command))
        setLogLevel(*level, std::move(entry.reply), now);
    else
        entry.reply.set_value(exitChildren(std::get<core::ExitCommand>(entry.command), tell));
}

core::CommandReply CommandRunner::exitChildren(const core::ExitCommand& command,
                                               const std::function<void(core::Event)>& tell) const
{
    core::CommandReply reply;
    if (const auto outcome = refusal(command.child, command.group))
    {
        reply.outcome = *outcome;
        return reply;
    }
    for (const auto& [child, group] : childrenByGroup())
        if ((!command.child || *command.child == child) && (command.group.empty() || command.group == group))
            reply.children.push_back(child);

    if (command.child)
        tell(core::ExitChildAsked{*command.child});
    else if (!command.group.empty())
        tell(core::ExitGroupAsked{command.group});
    else
        tell(core::ExitAllAsked{});
    return reply;
}

void CommandRunner::setLogLevel(const core::LogLevelCommand& command, std::promise<core::CommandReply> reply,
                                TimePoint now)
{
    if (const auto outcome = refusal(command.child, command.group))
    {
        core::CommandReply refused;
        refused.outcome = *outcome;
        return reply.set_value(std::move(refused));
    }
    Poco::Logger::get("clustermanager")
        .information("log level of " +
                     (command.logger.empty() ? std::string("everything") : "'" + command.logger + "'") +
                     (command.group.empty() ? "" : " in group " + command.group) +
                     (command.child ? " in child " + std::to_string(number(*command.child)) : "") +
                     " is now " + std::string(core::row(command.level).name));
    _levels.set(command, childrenByGroup(), std::move(reply), now);
}

std::optional<core::CommandReply::Outcome> CommandRunner::refusal(const std::optional<ChildId>& child,
                                                                  const std::string& group) const
{
    if (_supervisor.stopping()) return core::CommandReply::Outcome::Stopping;
    if (child && (number(*child) == 0 || number(*child) > _supervisor.childCount()))
        return core::CommandReply::Outcome::NoSuchChild;
    const auto named = [&](const config::Group& known) { return known.policy.name == group; };
    if (!group.empty() && std::none_of(_config.groups.begin(), _config.groups.end(), named))
        return core::CommandReply::Outcome::NoSuchGroup;
    return std::nullopt;
}

std::map<ChildId, std::string> CommandRunner::childrenByGroup() const
{
    std::map<ChildId, std::string> result;
    for (std::size_t i = 0; i < _supervisor.childCount(); ++i)
    {
        const core::ChildView view = _supervisor.child(i);
        result.emplace(view.id, _config.groups[view.group].policy.name);
    }
    return result;
}

}  // namespace clustermanager::runtime
