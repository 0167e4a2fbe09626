#include <algorithm>
#include <utility>

#include "core/Supervisor.h"

/// How the host ends: when it has to, in which order its groups stop, and when nothing is left.
namespace clustermanager::core {

// A host that could not load all its plugins when it started does not pretend to be one; a group can say that
// without it the host is of no use.
void Supervisor::stopIfHopeless(Turn& turn)
{
    for (const auto& group : _groups)
    {
        const GenerationMachine& generation = group->current();
        if (number(group->id()) > _essential || generation.state() != GenerationState::Failed ||
            generation.everOpened() || group->view().phase != "")
            continue;
        Finish finish{Finish::Verdict::CannotLoad, group->policy().name + ": " + generation.reason()};
        return beginStop(StopMode::Graceful, std::move(finish), turn);
    }
    for (const ChildId id : _fleet.touched())
    {
        const ChildMachine& child = _fleet.at(id);
        if (isRunMaster(id)) continue;  // its group serves on without it
        if (child.state() != ChildState::Failed || child.policy().onGiveUp != GiveUpMode::Exit) continue;
        // A generation that has not proved itself, of a group that was added or is reloaded, ends nothing.
        const GroupMachine& group = groupOf(child);
        if (!group.current().everOpened() || child.aim() != group.current().id() || child.standsIn())
            continue;
        Finish finish{Finish::Verdict::GaveUp, "child " + std::to_string(number(id)) + " (" +
                                                   child.policy().name + ") has failed: " + child.reason()};
        return beginStop(StopMode::Graceful, std::move(finish), turn);
    }
}

void Supervisor::beginStop(StopMode mode, Finish finish, Turn& turn)
{
    const bool ownDecision = finish.verdict != Finish::Verdict::StoppedByOperator;
    turn.announce(ownDecision ? Announce::Severity::Error : Announce::Severity::Info,
                  "the host stops" + (ownDecision ? ": " + finish.reason : std::string()));
    _finish = std::move(finish);
    _stop = mode;
    for (const auto& group : _groups) group->retire(turn);
    stopNext(turn);
}

// A group stops when those that were started after it are gone; in a hurry, all do.
void Supervisor::stopNext(Turn& turn)
{
    for (const auto& group : _groups)
    {
        if (std::find(_told.begin(), _told.end(), group->id()) != _told.end()) continue;
        if (*_stop != StopMode::Fast && !mayStop(*group)) continue;
        _told.push_back(group->id());
        group->stop(*_stop, OperationId{}, turn);
    }
}

bool Supervisor::mayStop(const GroupMachine& group) const
{
    return std::none_of(_groups.begin(), _groups.end(), [&](const auto& other) {
        const auto& after = other->policy().after;
        return std::find(after.begin(), after.end(), group.policy().name) != after.end() &&
               other->hasProcess();
    });
}

// A stranger can be of any generation, so all wait for it.
void Supervisor::closeDown(Turn& turn)
{
    if (_fleet.hasStrangers() || _told.size() < _groups.size()) return;
    bool allGone = true;
    for (const auto& group : _groups)
    {
        if (!group->hasProcess()) group->close(turn);
        allGone = allGone && !group->hasProcess();
    }
    if (!allGone) return;
    _finished = true;
    turn.finish(_finish);
}

}  // namespace clustermanager::core
