#include "runtime/MasterFunctions.h"

#include <Poco/Logger.h>

#include <algorithm>
#include <utility>

namespace clustermanager::runtime {

MasterFunctions::MasterFunctions(std::size_t groups, const core::SnapshotSource& snapshots,
                                 SendToChildren send)
    : _snapshots(snapshots), _send(std::move(send)), _functions(groups)
{}

void MasterFunctions::start(std::size_t group, MasterFunction::Setting setting)
{
    if (_functions[group]) return;
    MasterFunction::Outside outside;
    outside.snapshots = &_snapshots;
    outside.send = [this, group](std::int32_t to, std::string data) {
        return _said.push(Said{group, to, std::move(data)});
    };
    outside.changed = [this, group] { (void)_said.push(Said{group, 0, std::nullopt}); };
    _functions[group] = std::make_shared<MasterFunction>(std::move(setting), std::move(outside));
    _functions[group]->start();
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
            logState(said->group);
    }
}

void MasterFunctions::logState(std::size_t group) const
{
    const MasterFunction& function = *_functions[group];
    const MasterFunction::State state = function.state();
    Poco::Logger& logger = Poco::Logger::get("clustermanager");
    if (state.state == core::MasterState::Threw)
        logger.error("run_master of " + function.group() + ": " + state.reason);
    if (state.state == core::MasterState::Ended)
        logger.information("run_master of " + function.group() + ": ended with " +
                           std::to_string(state.result));
}

bool MasterFunctions::deliver(std::size_t group, std::int32_t from, std::string data)
{
    return _functions[group] && _functions[group]->deliver(from, std::move(data));
}

void MasterFunctions::askToStop()
{
    for (const auto& function : _functions)
        if (function) function->askToStop();
}

bool MasterFunctions::running(std::size_t group) const
{
    return _functions[group] && _functions[group]->running();
}

bool MasterFunctions::anyRunning() const
{
    return std::any_of(_functions.begin(), _functions.end(),
                       [](const auto& function) { return function && function->running(); });
}

std::optional<MasterFunction::State> MasterFunctions::state(std::size_t group) const
{
    if (!_functions[group]) return std::nullopt;
    return _functions[group]->state();
}

}  // namespace clustermanager::runtime
