#include <algorithm>
#include <variant>

#include "simulation/World.h"

/// What the supervisor orders, carried out in the made-up machine, and what it must never order.
namespace clustermanager::simulation {

core::Actions World::tell(const core::Event& event, const std::string& story)
{
    tellStory(story);
    const bool wasStopping = _core->stopping();
    _wasStopping = _core->stopping();
    core::Actions actions = _core->handle(event, _now);
    require(!_finished || actions.empty(), "nothing follows Finish");
    if (!wasStopping && _core->stopping()) _operatorStopped = std::holds_alternative<core::StopAsked>(event);
    checkOrder(actions);
    look();
    carryOut(actions);
    check(&event);
    return actions;
}

void World::carryOut(const core::Actions& actions)
{
    for (const core::Action& action : actions)
        std::visit([&](const auto& order) { carryOut(order); }, action);
}

void World::carryOut(const core::OpenGeneration& action)
{
    tellStory("    -> open generation " + std::to_string(number(action.generation)));
    Spawner& spawner = spawnerOf(action.generation);
    require(!spawner.opened && !spawner.closed, "a generation is opened once");
    require(!_wasStopping, "no generation is opened after a stop");
    require(viewOf(action.group) != nullptr, "a generation is one of a group that there is");
    spawner.group = action.group;
    spawner.loading = spawner.opened = true;
    spawner.loadingSince = _now;
    spawner.runMaster = runMasterOfGeneration(action.generation);
    if (viewOf(action.group)->nextGeneration == action.generation) spawner.quality = _quality;
}

void World::carryOut(const core::ReplaceSpawner& action)
{
    tellStory("    -> replace spawner of generation " + std::to_string(number(action.generation)));
    Spawner& spawner = spawnerOf(action.generation);
    require(spawner.opened && !spawner.closed, "a spawner is replaced while its generation is open");
    require(!spawner.loading || _now - spawner.loadingSince >= groupOf(spawner.group).policy.startTimeout,
            "a spawner that loads has startTimeout for it");
    spawner.open = spawner.hangs = false;
    spawner.loading = true;
    spawner.loadingSince = _now;
    ++spawner.incarnation;
}

void World::carryOut(const core::CloseGeneration& action)
{
    tellStory("    -> close generation " + std::to_string(number(action.generation)));
    Spawner& spawner = spawnerOf(action.generation);
    require(spawner.opened && !spawner.closed, "a generation that was opened is closed once");
    for (const Process& process : _processes)
        require(process.generation != action.generation, "a generation with processes is not closed");
    for (const core::GroupView& group : _views)
        require(_core->stopping() || group.state == core::GroupState::Removed ||
                    (group.generation != action.generation && group.nextGeneration != action.generation),
                "a generation that is current or next is not closed");
    spawner.loading = spawner.open = spawner.hangs = false;
    spawner.closed = true;
}

void World::carryOut(const core::Spawn& action)
{
    tellStory("    -> spawn child " + std::to_string(number(action.child)) + ", start " +
              std::to_string(number(action.start)) + ", generation " +
              std::to_string(number(action.generation)));
    require(!_core->stopping(), "nothing is spawned after a stop");
    require(number(action.start) > _lastStart, "start numbers grow");
    require(spawnerOf(action.generation).open, "nothing is spawned in a generation that is not open");
    require(spawnerOf(action.generation).group == action.group, "a child is of its group's generation");
    require(processOf(action.child) == nullptr, "at most one process lives under one id");
    const core::ChildView* child = viewOf(action.child);
    require(child != nullptr && child->group == action.group && child->index == action.index,
            "a spawn is for a slot there is");
    const core::GroupView* group = viewOf(action.group);
    require(group != nullptr && group->state == core::GroupState::Running,
            "nothing is spawned in a group that does not run");
    for (const Process& process : _processes)
        require(!process.child || !sameName(process.group, action.group) || process.index != action.index ||
                    isRunMaster(*process.child) != isRunMaster(action.child),
                "at most one process lives under one index of a group, of all of its name");
    _lastStart = number(action.start);
    Slot& slot = slotOf(action.child);
    // One that stands in can follow another of the same place within a step.
    if (slot.standsIn && action.restarts == 0) slot.oracle = StartOracle(groupOf(action.group).policy);
    if (slot.generation != action.generation)  // which is a reason of its own, and a new beginning
    {
        slot.oracle.forget();
        slot.oracle.excuse();
    }
    slot.generation = action.generation;
    slot.oracle.started(_now, action.restarts);
    if (isRunMaster(action.child)) groupOf(action.group).runMasterDone = false;
    enter(action);
}

void World::enter(const core::Spawn& order)
{
    Process process{};
    process.start = order.start;
    process.child = order.child;
    process.group = order.group;
    process.index = order.index;
    process.generation = order.generation;
    process.incarnation = spawnerOf(order.generation).incarnation;
    _processes.push_back(process);
}

void World::carryOut(const core::OrderSuccessor& action)
{
    tellStory("    -> start " + std::to_string(number(action.next.start)) + " follows start " +
              std::to_string(number(action.start)));
    Process& process = reportedProcess(action.start);
    if (process.successor)
        require(process.cancelled && process.successor->start == action.next.start,
                "one that is ordered again is the same");
    else
        require(number(action.next.start) > _lastStart, "start numbers grow");
    require(process.readyAt.has_value(), "who serves has a successor");
    const core::ChildView* child = viewOf(*process.child);
    require(child != nullptr && child->wanted && !child->standsIn,
            "a successor is for a slot that is wanted");
    const core::GroupView& group = *viewOf(action.next.group);
    const GenerationId settled = group.phase == "leaving" ? group.nextGeneration : group.generation;
    require(action.next.generation == group.generation || action.next.generation == settled,
            "a successor is of a generation that has the slots");
    require(action.next.child == process.child && action.next.index == process.index &&
                action.next.generation == process.generation && action.next.group == process.group,
            "a successor takes the place of its predecessor");
    _lastStart = std::max(_lastStart, number(action.next.start));
    process.successor = action.next;
    process.cancelled = false;
}

void World::carryOut(const core::CancelSuccessor& action)
{
    tellStory("    -> nobody follows start " + std::to_string(number(action.start)));
    Process& process = reportedProcess(action.start);
    require(process.successor && !process.cancelled, "a successor is cancelled once");
    process.cancelled = true;
}

void World::carryOut(const core::AskToStop& action)
{
    tellStory("    -> ask to stop, start " + std::to_string(number(action.start)));
    Process& process = reportedProcess(action.start);
    require(!process.stopAsked, "a process is asked to stop once");
    process.stopAsked = true;
    // One that asked for it before it had run for a while is paced like a failure, if nothing else ends it.
    const bool ranLong =
        process.readyAt && _now - *process.readyAt >= groupOf(process.group).policy.minUptime;
    if (!process.recycles || ranLong || replaces(process.group)) process.excused = true;
    _asked.push_back(action.start);
}

void World::carryOut(const core::Abort& action)
{
    tellStory("    -> abort, start " + std::to_string(number(action.start)));
    Process& process = reportedProcess(action.start);
    require(!process.aborted && !process.stopAsked, "a process is aborted once");
    process.aborted = true;
}

void World::carryOut(const core::Kill& action)
{
    tellStory("    -> kill, start " + std::to_string(number(action.start)));
    ++reportedProcess(action.start).kills;
}

void World::carryOut(const core::ForgetGroup& action)
{
    tellStory("    -> forget group " + std::to_string(number(action.group)));
    Group& group = groupOf(action.group);
    require(group.removed && !group.forgotten, "a group is forgotten once, when it was removed");
    require(!group.runsInside, "a group whose run_master runs in the host is not forgotten");
    group.forgotten = true;
    require(viewOf(action.group) == nullptr, "a group that is forgotten is not shown");
    for (const Process& process : _processes)
        require(!process.child || process.group != action.group, "a group with processes is not forgotten");
    for (const Spawner& spawner : _spawners)
        require(!spawner.opened || spawner.group != action.group || spawner.closed,
                "a group with an open generation is not forgotten");
}

void World::carryOut(const core::Announce& action)
{
    tellStory("    -> \"" + action.text + "\"");
    require(!action.text.empty() && action.text.find('\n') == std::string::npos,
            "an announcement is one line");
}

void World::carryOut(const core::Finish& action)
{
    tellStory("    -> finish: " + action.reason);
    require(!_finished, "the host finishes once");
    require(_core->stopping(), "the host finishes after a stop only");
    require(_processes.empty(), "no process is left when the host finishes");
    for (const Spawner& spawner : _spawners)
        require(spawner.closed || !spawner.opened, "no generation is left open");
    const bool verdictOfOperator = action.verdict == core::Finish::Verdict::StoppedByOperator;
    require(verdictOfOperator == _operatorStopped, "the verdict names who stopped the host");
    require(verdictOfOperator == action.reason.empty(), "a host that stops by itself says why");
    _finished = true;
}

World::Process& World::reportedProcess(StartNumber start)
{
    const auto process = std::find_if(_processes.begin(), _processes.end(),
                                      [&](const Process& p) { return p.start == start; });
    require(process != _processes.end() && process->reported, "orders go to processes that were reported");
    return *process;
}

// Nobody waits for words, and nothing comes after the end.
void World::checkOrder(const core::Actions& actions) const
{
    const auto isWords = [](const core::Action& action) {
        return std::holds_alternative<core::Announce>(action) || std::holds_alternative<core::Finish>(action);
    };
    require(std::is_partitioned(actions.rbegin(), actions.rend(), isWords), "orders come before words");
    for (std::size_t i = 0; i + 1 < actions.size(); ++i)
        require(!std::holds_alternative<core::Finish>(actions[i]), "Finish is the last action");
}

}  // namespace clustermanager::simulation
