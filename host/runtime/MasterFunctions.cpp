#include "runtime/MasterFunctions.h"

#include <Poco/Logger.h>

#include <algorithm>
#include <utility>

namespace clustermanager::runtime {

MasterFunctions::MasterFunctions(const core::SnapshotSource& snapshots, SendToChildren send, Ended ended)
    : _snapshots(snapshots), _send(std::move(send)), _ended(std::move(ended))
{}

void MasterFunctions::start(GroupId group, MasterFunction::Setting setting)
{
    if (!running(group)) return begin(group, std::move(setting));
    _functions.at(group)->askToStop();
    _following.insert_or_assign(group, std::move(setting));
}

void MasterFunctions::begin(GroupId group, MasterFunction::Setting setting)
{
    MasterFunction::Outside outside;
    outside.snapshots = &_snapshots;
    outside.send = [this, group](std::int32_t to, std::string data) {
        return _said.push(Said{group, to, std::move(data)});
    };
    outside.changed = [this, group] { (void)_said.push(Said{group, 0, std::nullopt}); };
    const auto function = std::make_shared<MasterFunction>(std::move(setting), std::move(outside));
    _functions.insert_or_assign(group, function);
    function->start();
}

void MasterFunctions::receive()
{
    for (unsigned i = 0; i < kTakenPerTurn; ++i)
    {
        const std::optional<Said> said = _said.take();
        if (!said) return;
        if (said->data)
            _send(said->group, said->to, *said->data);
        else
            changed(said->group);
    }
}

void MasterFunctions::changed(GroupId group)
{
    const MasterFunction& function = *_functions.at(group);
    const MasterFunction::State state = function.state();
    Poco::Logger& logger = Poco::Logger::get("clustermanager");
    if (state.state == core::MasterState::Threw)
        logger.error("run_master of " + function.group() + ": " + state.reason);
    if (state.state == core::MasterState::Ended)
        logger.log(Poco::Message(
            logger.name(),
            "run_master of " + function.group() + ": ended with " + std::to_string(state.result) +
                (state.reason.empty() ? "" : ": " + state.reason),
            state.result == 0 ? Poco::Message::PRIO_INFORMATION : Poco::Message::PRIO_WARNING));
    if (function.running()) return;
    if (_following.count(group) == 0) return _ended(group);
    auto next = _following.extract(group);
    begin(group, std::move(next.mapped()));
}

bool MasterFunctions::deliver(GroupId group, std::int32_t from, std::string data)
{
    const auto found = _functions.find(group);
    return found != _functions.end() && found->second->deliver(from, std::move(data));
}

void MasterFunctions::askToStop()
{
    _following.clear();
    for (const auto& [group, function] : _functions) function->askToStop();
}

void MasterFunctions::askToStop(GroupId group)
{
    _following.erase(group);
    if (const auto found = _functions.find(group); found != _functions.end()) found->second->askToStop();
}

bool MasterFunctions::running(GroupId group) const
{
    const auto found = _functions.find(group);
    return found != _functions.end() && found->second->running();
}

bool MasterFunctions::anyRunning() const
{
    return std::any_of(_functions.begin(), _functions.end(),
                       [](const auto& entry) { return entry.second->running(); });
}

std::vector<std::string> MasterFunctions::runningOf() const
{
    std::vector<std::string> groups;
    for (const auto& [id, function] : _functions)
        if (function->running()) groups.push_back(function->group());
    return groups;
}

std::optional<MasterFunction::State> MasterFunctions::state(GroupId group) const
{
    if (const auto found = _functions.find(group); found != _functions.end()) return found->second->state();
    const auto before = _before.find(group);
    return before == _before.end() ? std::nullopt : std::optional(before->second);
}

}  // namespace clustermanager::runtime
