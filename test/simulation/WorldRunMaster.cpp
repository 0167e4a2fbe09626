#include "simulation/World.h"

/// The run_master of each group: those in the host, played by the world, and those with a process of their
/// own, which are the supervisor's.
namespace clustermanager::simulation {

using core::ChildState;
using core::GroupState;

World::RunMaster World::runMasterOfGeneration(GenerationId generation) const
{
    constexpr RunMaster kDrawn[] = {RunMaster::None, RunMaster::Inside, RunMaster::Isolated,
                                    RunMaster::Isolated};
    return kDrawn[_schedule.runMasters >> (2 * number(generation) % 64) & 3U];
}

std::optional<World::Slot>& World::slotEntry(ChildId child)
{
    std::vector<std::optional<Slot>>& slots = isRunMaster(child) ? _masterSlots : _slots;
    const std::size_t position = number(child) - (isRunMaster(child) ? kFirstRunMaster : 0) - 1;
    if (position >= slots.size()) slots.resize(position + 1);
    return slots[position];
}

/// As the host does: one is started when the generation is another one than before, none with a process of
/// its own is left and none in the host of a removed group of this name; it ends some time after it was asked
/// to.
bool World::proceedInside(GroupId id)
{
    Group& group = groupOf(id);
    const core::GroupView* view = viewOf(id);
    const bool wanted = view != nullptr && !_core->stopping() && view->state == GroupState::Running &&
                        view->generationState == core::GenerationState::Open &&
                        runMasterOfGeneration(view->generation) == RunMaster::Inside;
    if (group.runsInside)
    {
        if (wanted && view->generation == group.insideFor) return false;
        endInside(id);
        return true;
    }
    if (!wanted || view->generation == group.insideFor || processOf(runMasterOf(id)) != nullptr ||
        insideOfName(id))
        return false;
    group.insideFor = view->generation;
    group.runsInside = true;
    tell(core::RunMasterInside{id, true}, "run_master of group " + group.policy.name + " runs in the host");
    return true;
}

void World::endInside(GroupId id)
{
    Group& group = groupOf(id);
    if (!group.runsInside) return;
    group.runsInside = false;
    tell(core::RunMasterInside{id, false}, "run_master of group " + group.policy.name + " has ended");
}

bool World::insideOfName(GroupId id) const
{
    for (std::size_t i = 0; i < _groups.size(); ++i)
        if (_groups[i].runsInside && sameName(static_cast<GroupId>(i + 1), id)) return true;
    return false;
}

void World::checkRunMaster(const core::GroupView& group)
{
    const bool exists = processOf(runMasterOf(group.id)) != nullptr;
    require(!exists || !insideOfName(group.id), "at no instant there are two run_master of one group");
    if (!group.runMaster) return;
    require(group.runMaster->id == runMasterOf(group.id), "a run_master takes no child's id");
    const bool isolates = runMasterOfGeneration(group.generation) == RunMaster::Isolated;
    require(isolates || !group.runMaster->wanted || _core->stopping(),
            "a run_master is wanted where its generation has one for a process of its own");
}

bool World::runMasterWellBehaved(const core::GroupView& group) const
{
    const bool isolates = runMasterOfGeneration(group.generation) == RunMaster::Isolated;
    const bool runs = group.state == GroupState::Running;
    const bool open = group.generationState == core::GenerationState::Open;
    if (!group.runMaster) return !runs || !isolates || !open;
    const core::ChildView& view = *group.runMaster;
    if (!runs) return !traits(view.state).mayHaveProcess;
    const bool done = view.state == ChildState::Stopped && !view.wanted && groupOf(group.id).runMasterDone;
    // An operator's exit brings back one that has failed, but not where there is nobody to exit.
    const bool mayHaveFailed = group.policy->restart == core::RestartMode::Never || group.policy->count == 0;
    if (done || (mayHaveFailed && view.state == ChildState::Failed)) return true;
    return view.state == ChildState::Ready && view.generation == group.generation;
}

}  // namespace clustermanager::simulation
