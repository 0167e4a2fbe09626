#include <algorithm>

#include "core/GroupMachine.h"

/// The group's run_master where it has a process of its own: one slot beside the children, that no roll
/// replaces and no count covers. It follows the current generation.
namespace clustermanager::core {

ChildMachine* GroupMachine::runMaster() const
{
    return _host.fleet.find(runMasterOf(_id));
}

void GroupMachine::tellRunMaster(const ChildEvent& event, Turn& turn)
{
    if (ChildMachine* slot = runMaster(); slot != nullptr) _host.fleet.deliver(*slot, event, turn);
}

void GroupMachine::runMasterInside(bool runs)
{
    if (runs)
        _host.runMastersInside.emplace(_id, _policy.name);
    else
        _host.runMastersInside.erase(_id);
    touch();
}

bool GroupMachine::runsMasterInside() const
{
    return _host.runMastersInside.count(_id) != 0;
}

bool GroupMachine::anyMasterInside() const
{
    return std::any_of(_host.runMastersInside.begin(), _host.runMastersInside.end(),
                       [this](const auto& running) { return running.second == _policy.name; });
}

void GroupMachine::tendRunMaster(bool hostStops, Turn& turn)
{
    const bool runs = _state == GroupState::Running && !hostStops;
    if (runs && _current->isolatesRunMaster() && runMaster() == nullptr)
        _host.fleet.addRunMaster(_id, _policy).aim(_current->id());
    ChildMachine* slot = runMaster();
    if (slot == nullptr) return;

    if (slot->aim() != _current->id())
    {
        slot->aim(_current->id());
        if (runs) tellRunMaster(ReplaceWanted{}, turn);
        if (runs && !slot->wanted()) tellRunMaster(StartWanted{}, turn);  // the one before was to stay away
    }
    if (_current->isolatesRunMaster() && _state != GroupState::Removed) return;
    if (slot->wanted()) tellRunMaster(StopWanted{StopMode::Graceful}, turn);
    if (!slot->mayHaveProcess()) _host.fleet.remove(slot->id());
}

}  // namespace clustermanager::core
