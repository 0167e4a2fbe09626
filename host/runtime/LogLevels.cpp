#include "runtime/LogLevels.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace clustermanager::runtime {

namespace {

/// In order of id, as the map is.
std::vector<ChildId> namedBy(const core::LogLevelCommand& command,
                             const std::map<ChildId, std::string>& concerned)
{
    std::vector<ChildId> named;
    for (const auto& [child, group] : concerned)
    {
        const bool meant =
            command.child ? *command.child == child : command.group.empty() || command.group == group;
        if (meant) named.push_back(child);
    }
    return named;
}

}  // namespace

LogLevels::LogLevels(core::LogLevel initial, ChildTable& children, ApplyHere applyHere,
                     std::function<void()> beforeAnswer, std::function<void()> changed)
    : _children(children), _applyHere(std::move(applyHere)), _changed(std::move(changed)),
      _confirmations(std::move(beforeAnswer))
{
    _state.master = initial;
    _state.children = initial;
}

void LogLevels::resume(State state)
{
    _state = std::move(state);
    if (_state.masterSet) _applyHere("", _state.master);
    for (const auto& [command, ticket] : _state.loggers)
        if (command.group.empty() && !command.child) _applyHere(command.logger, command.level);
}

core::LogLevel LogLevels::of(const std::string& group, ChildId child) const
{
    return latest(group, child).value;
}

/// Of the levels for all loggers that cover this child.
LogLevels::Ordered<core::LogLevel> LogLevels::latest(const std::string& group, ChildId child) const
{
    Ordered<core::LogLevel> found{_state.children, 0};
    if (const auto whole = _state.groups.find(group); whole != _state.groups.end()) found = whole->second;
    const auto single = _state.single.find(child);
    return single != _state.single.end() && single->second.ticket > found.ticket ? single->second : found;
}

void LogLevels::greet(ChildProcess& process, const std::string& group)
{
    const std::uint64_t covered = latest(group, process.order.child).ticket;
    for (const auto& [command, ticket] : _state.loggers)
    {
        if (ticket < covered) continue;
        if (!command.group.empty() && command.group != group) continue;
        if (command.child && *command.child != process.order.child) continue;
        (void)_children.send(process,
                             link::SetLogLevel{0, static_cast<std::uint8_t>(command.level), command.logger});
    }
}

/// The later command goes before the earlier ones it covers: see latest() and greet().
void LogLevels::remember(const core::LogLevelCommand& command, std::uint64_t ticket)
{
    if (!command.logger.empty())
    {
        const auto same = [&](const Ordered<core::LogLevelCommand>& other) {
            return other.value.logger == command.logger && other.value.group == command.group &&
                   other.value.child == command.child;
        };
        _state.loggers.erase(std::remove_if(_state.loggers.begin(), _state.loggers.end(), same),
                             _state.loggers.end());
        if (_state.loggers.size() == kLoggersMax) _state.loggers.erase(_state.loggers.begin());
        _state.loggers.push_back({command, ticket});
        return;
    }
    if (command.child)
    {
        _state.single[*command.child] = {command.level, ticket};
        return;
    }
    if (!command.group.empty())
    {
        _state.groups[command.group] = {command.level, ticket};
        return;
    }
    _state.children = command.level;
    _state.groups.clear();
    _state.single.clear();
    _state.loggers.clear();
}

void LogLevels::set(const core::LogLevelCommand& command, const std::map<ChildId, std::string>& concerned,
                    std::promise<core::CommandReply> reply, TimePoint now)
{
    // Poco keeps a logger for ever, here and in every child.
    if (!command.logger.empty() && _state.names.count(command.logger) == 0)
    {
        core::CommandReply refused;
        refused.outcome = core::CommandReply::Outcome::Busy;
        if (_state.names.size() == kLoggersMax) return reply.set_value(std::move(refused));
        _state.names.insert(command.logger);
    }
    const std::uint64_t ticket = ++_state.tickets;
    remember(command, ticket);
    if (command.logger.empty()) _changed();
    if (command.group.empty() && !command.child)
    {
        if (command.logger.empty())
        {
            _state.master = command.level;
            _state.masterSet = true;
        }
        _applyHere(command.logger, command.level);
    }

    core::CommandReply answer;
    std::set<StartNumber> told;
    const std::vector<ChildId> named = namedBy(command, concerned);
    std::copy_if(named.begin(), named.end(), std::back_inserter(answer.children),
                 [](ChildId child) { return !isRunMaster(child); });
    const link::SetLogLevel message{ticket, static_cast<std::uint8_t>(command.level), command.logger};
    _children.forEach([&](ChildProcess& process) {
        if (!std::binary_search(named.begin(), named.end(), process.order.child)) return;
        if (_children.send(process, message) && !isRunMaster(process.order.child))
            told.insert(process.order.start);
    });
    _confirmations.await(ticket, std::move(told), std::move(answer), std::move(reply),
                         now + Confirmations::kPatience);
}

void LogLevels::masterConfigured(core::LogLevel level)
{
    _state.master = level;
    _state.masterSet = false;
}

}  // namespace clustermanager::runtime
