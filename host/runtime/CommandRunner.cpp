#include "runtime/CommandRunner.h"

#include <Poco/Logger.h>

#include <algorithm>
#include <utility>

namespace clustermanager::runtime {

namespace {

core::CommandReply refused(core::CommandReply::Outcome outcome, std::string text = "")
{
    core::CommandReply reply;
    reply.outcome = outcome;
    reply.text = std::move(text);
    return reply;
}

}  // namespace

CommandRunner::CommandRunner(const core::Supervisor& supervisor, LogLevels& levels, LogReopening& logs,
                             Reconfiguration& reconfiguration, Upgrade& upgrade, OperationNumbers& numbers)
    : _supervisor(supervisor), _levels(levels), _logs(logs), _reconfiguration(reconfiguration),
      _upgrade(upgrade), _numbers(numbers)
{}

void CommandRunner::run(CommandQueue::Entry entry, TimePoint now, const Tell& tell)
{
    std::visit(
        Overloaded{
            [&](const core::LogLevelCommand& command) { setLogLevel(command, std::move(entry.reply), now); },
            [&](const core::ReloadConfigCommand&) {
                if (_supervisor.stopping()) return entry.reply.set_value(refused(Outcome::Stopping));
                _reconfiguration.begin(std::move(entry.reply));
            },
            [&](const core::PingCommand&) { entry.reply.set_value({}); },
            [&](const core::ReopenLogsCommand& command) {
                _logs.begin(command, std::move(entry.reply), now);
            },
            [&](const core::UpgradeCommand&) {
                if (_supervisor.stopping()) return entry.reply.set_value(refused(Outcome::Stopping));
                _upgrade.begin(_numbers.next(), std::move(entry.reply));
            },
            [&](const auto& command) { entry.reply.set_value(carryOut(command, tell)); },
        },
        entry.command);
}

core::CommandReply CommandRunner::carryOut(const core::ExitCommand& command, const Tell& tell)
{
    if (const auto outcome = refusal(command.child, command.group)) return refused(*outcome);
    core::CommandReply reply;
    for (const auto& [child, group] : childrenByGroup())
        if ((!command.child || *command.child == child) && (command.group.empty() || command.group == group))
            reply.children.push_back(child);

    const OperationId operation = _numbers.next();
    reply.operations.push_back(operation);
    if (command.child)
        tell(core::ExitChildAsked{*command.child, operation});
    else if (!command.group.empty())
        tell(core::ExitGroupAsked{command.group, operation});
    else
        tell(core::ExitAllAsked{operation});
    return reply;
}

core::CommandReply CommandRunner::carryOut(const core::ReloadCommand& command, const Tell& tell)
{
    if (const auto outcome = refusal(std::nullopt, command.group)) return refused(*outcome);
    core::CommandReply reply;
    std::vector<GroupId> groups;
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
    {
        const core::GroupView view = _supervisor.group(i);
        const bool named = command.group.empty() || command.group == view.policy->name;
        if (named && view.mayReload) groups.push_back(view.id);
    }
    if (groups.empty())
        return refused(
            Outcome::Refused,
            "nothing has been started that could be reloaded: what starts takes its plugin as it is "
            "then");
    for (const GroupId group : groups)
    {
        reply.operations.push_back(_numbers.next());
        tell(core::ReloadAsked{group, reply.operations.back()});
    }
    return reply;
}

core::CommandReply CommandRunner::carryOut(const core::ScaleCommand& command, const Tell& tell)
{
    if (const auto outcome = refusal(std::nullopt, command.group)) return refused(*outcome);
    const core::GroupView view = *_supervisor.findGroup(command.group);
    if (command.count > view.policy->maxCount)
        return refused(Outcome::Refused, std::to_string(command.count) +
                                             " children are more than maxCount, " +
                                             std::to_string(view.policy->maxCount));
    core::CommandReply reply;
    reply.operations.push_back(_numbers.next());
    tell(core::ScaleAsked{view.id, command.count, reply.operations.back()});
    return reply;
}

void CommandRunner::scaleAll(bool up, const Tell& tell)
{
    std::vector<core::ScaleAsked> orders;
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
    {
        const core::GroupView view = _supervisor.group(i);
        const unsigned count = view.policy->count;
        const bool may = up ? count < view.policy->maxCount : count > 0;
        if (view.state == core::GroupState::Running && may)
            orders.push_back({view.id, up ? count + 1 : count - 1, _numbers.next()});
    }
    for (const core::ScaleAsked& order : orders) tell(order);
}

core::CommandReply CommandRunner::carryOut(const core::StartCommand& command, const Tell& tell)
{
    if (const auto outcome = refusal(std::nullopt, command.group)) return refused(*outcome);
    core::CommandReply reply;
    reply.operations.push_back(_numbers.next());
    tell(core::StartGroupAsked{_supervisor.findGroup(command.group)->id, reply.operations.back()});
    return reply;
}

core::CommandReply CommandRunner::carryOut(const core::StopCommand& command, const Tell& tell)
{
    if (const auto outcome = refusal(std::nullopt, command.group)) return refused(*outcome);
    core::CommandReply reply;
    reply.operations.push_back(_numbers.next());
    tell(core::StopGroupAsked{_supervisor.findGroup(command.group)->id, reply.operations.back()});
    return reply;
}

void CommandRunner::setLogLevel(const core::LogLevelCommand& command, std::promise<core::CommandReply> reply,
                                TimePoint now)
{
    if (const auto outcome = refusal(command.child, command.group)) return reply.set_value(refused(*outcome));
    Poco::Logger::get("clustermanager")
        .information("log level of " +
                     (command.logger.empty() ? std::string("everything") : "'" + command.logger + "'") +
                     (command.group.empty() ? "" : " in group " + command.group) +
                     (command.child ? " in child " + std::to_string(number(*command.child)) : "") +
                     " is now " + std::string(core::row(command.level).name));
    std::map<ChildId, std::string> concerned = childrenByGroup();
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
        if (const core::GroupView view = _supervisor.group(i); view.runMaster)
            concerned.emplace(view.runMaster->id, view.policy->name);
    _levels.set(command, concerned, std::move(reply), now);
}

std::optional<CommandRunner::Outcome> CommandRunner::refusal(const std::optional<ChildId>& child,
                                                             const std::string& group) const
{
    if (_supervisor.stopping()) return Outcome::Stopping;
    if (child && childrenByGroup().count(*child) == 0) return Outcome::NoSuchChild;
    if (group.empty()) return std::nullopt;
    const auto view = _supervisor.findGroup(group);
    if (!view || view->state == core::GroupState::Removed) return Outcome::NoSuchGroup;
    return std::nullopt;
}

std::map<ChildId, std::string> CommandRunner::childrenByGroup() const
{
    std::map<GroupId, std::string> names;
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
        names.emplace(_supervisor.group(i).id, _supervisor.group(i).policy->name);
    std::map<ChildId, std::string> result;
    for (std::size_t i = 0; i < _supervisor.childCount(); ++i)
    {
        const core::ChildView view = _supervisor.child(i);
        if (!view.standsIn) result.emplace(view.id, names.at(view.group));
    }
    return result;
}

}  // namespace clustermanager::runtime
