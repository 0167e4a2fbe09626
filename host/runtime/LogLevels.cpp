#include "runtime/LogLevels.h"

#include <algorithm>
#include <utility>

namespace clustermanager::runtime {

LogLevels::LogLevels(core::LogLevel initial, ChildTable& children, ApplyHere applyHere,
                     std::function<void()> beforeAnswer)
    : _children(children), _applyHere(std::move(applyHere)), _beforeAnswer(std::move(beforeAnswer))
{
    _state.master = initial;
    _state.children = initial;
}

void LogLevels::resume(State state)
{
    _state = std::move(state);
    _applyHere("", _state.master);
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
    if (command.group.empty() && !command.child)
    {
        if (command.logger.empty()) _state.master = command.level;
        _applyHere(command.logger, command.level);
    }

    Pending pending{std::move(reply), {}, {}, now + kPatience};
    std::vector<ChildId> named;  // in order of id, as the map is
    for (const auto& [child, group] : concerned)
    {
        if (command.child ? *command.child != child : (!command.group.empty() && command.group != group))
            continue;
        named.push_back(child);
        if (!isRunMaster(child)) pending.reply.children.push_back(child);
    }
    const link::SetLogLevel message{ticket, static_cast<std::uint8_t>(command.level), command.logger};
    _children.forEach([&](ChildProcess& process) {
        if (!std::binary_search(named.begin(), named.end(), process.order.child)) return;
        if (_children.send(process, message) && !isRunMaster(process.order.child))
            pending.awaited.insert(process.order.start);
    });
    const auto entered = _pending.emplace(ticket, std::move(pending)).first;
    if (entered->second.awaited.empty()) finish(entered, core::CommandReply::Outcome::Done);
}

void LogLevels::confirmed(StartNumber start, std::uint64_t ticket)
{
    const auto pending = _pending.find(ticket);
    if (pending == _pending.end() || pending->second.awaited.erase(start) == 0) return;
    ++pending->second.reply.confirmed;
    if (pending->second.awaited.empty()) finish(pending, core::CommandReply::Outcome::Done);
}

void LogLevels::ended(StartNumber start)
{
    for (auto pending = _pending.begin(); pending != _pending.end();)
    {
        const auto present = pending++;
        if (present->second.awaited.erase(start) != 0 && present->second.awaited.empty())
            finish(present, core::CommandReply::Outcome::Done);
    }
}

std::optional<TimePoint> LogLevels::deadline() const
{
    // Tickets grow with time and all wait equally long, so the first one is due first.
    if (_pending.empty()) return std::nullopt;
    return _pending.begin()->second.until;
}

void LogLevels::passTime(TimePoint now)
{
    while (!_pending.empty() && _pending.begin()->second.until <= now)
        finish(_pending.begin(), core::CommandReply::Outcome::TimedOut);
}

void LogLevels::finish(std::map<std::uint64_t, Pending>::iterator pending,
                       core::CommandReply::Outcome outcome)
{
    _beforeAnswer();
    pending->second.reply.outcome = outcome;
    pending->second.promise.set_value(std::move(pending->second.reply));
    _pending.erase(pending);
}

}  // namespace clustermanager::runtime
