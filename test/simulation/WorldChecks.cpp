#include <algorithm>
#include <string_view>
#include <variant>

#include "simulation/World.h"

/// How the supervisor shows itself after each step, and every rule that has to hold then.
namespace clustermanager::simulation {

using core::ChildState;
using core::GenerationState;
using core::GroupState;

namespace {

constexpr bool waitsForAStart(ChildState state)
{
    return state == ChildState::Backoff || state == ChildState::Failed;
}

bool isReady(const core::ChildView& child)
{
    return child.state == ChildState::Ready;
}

template <class Views, class Id>
auto lookUp(const Views& views, Id id)
{
    const auto found = std::lower_bound(views.begin(), views.end(), id,
                                        [](const auto& view, Id wanted) { return view.id < wanted; });
    return found != views.end() && found->id == id ? &*found : nullptr;
}

/// An event that gives a reason of its own for children that serve to be asked to exit.
bool isCommand(const core::Event& event)
{
    return std::visit(
        [](const auto& fact) {
            using Fact = std::decay_t<decltype(fact)>;
            return std::is_same_v<Fact, core::ExitChildAsked> || std::is_same_v<Fact, core::ExitGroupAsked> ||
                   std::is_same_v<Fact, core::ExitAllAsked> || std::is_same_v<Fact, core::StopGroupAsked> ||
                   std::is_same_v<Fact, core::GroupRemoved> || std::is_same_v<Fact, core::StopAsked>;
        },
        event);
}

}  // namespace

// Before anything is carried out, so that what is ordered can be held against what is shown.
void World::look()
{
    _childrenBefore.swap(_children);
    _children.clear();
    for (std::size_t i = 0; i < _core->childCount(); ++i) _children.push_back(_core->child(i));
    const std::vector<core::GroupView> groupsBefore = std::move(_views);
    _views.clear();
    for (std::size_t i = 0; i < _core->groupCount(); ++i) _views.push_back(_core->group(i));
    for (const core::GroupView& group : _views)
        if (group.runMaster) _children.push_back(*group.runMaster);
    _asked.clear();

    for (const core::ChildView& gone : _childrenBefore)
        if (viewOf(gone.id) == nullptr) slotEntry(gone.id).reset();
    for (const core::ChildView& child : _children)
    {
        std::optional<Slot>& slot = slotEntry(child.id);
        const bool same = slot && slot->group == child.group && slot->index == child.index &&
                          slot->standsIn == child.standsIn;
        if (!same)
            slot.emplace(
                Slot{child.group, child.index, child.standsIn, StartOracle(groupOf(child.group).policy), {}});
        else if (const core::ChildView* before = lookUp(_childrenBefore, child.id))
        {
            const core::GroupView* group = lookUp(groupsBefore, child.group);
            noteChange(*before, child, group != nullptr && replaces(*group));
        }
    }
}

// What gives the next start a reason of its own, as far as it can be seen.
void World::noteChange(const core::ChildView& before, const core::ChildView& now, bool wasReplaced)
{
    const bool replaced = !isRunMaster(now.id) && (wasReplaced || replaces(now.group));
    const bool wantedAgain = !before.wanted && now.wanted;
    const bool forgiven = before.state == ChildState::Failed && now.state != ChildState::Failed;
    const bool hurried = replaced && before.state == ChildState::Backoff && !waitsForAStart(now.state);
    // Within one step a slot can fail with one generation and be given back to the other.
    const bool turned = replaced && (before.state != now.state || before.start != now.start);
    if (wantedAgain || forgiven || hurried || turned)
    {
        slotOf(now.id).oracle.forget();
        slotOf(now.id).oracle.excuse();
    }
    const bool marked = replaced && (now.state == ChildState::Spawning || now.state == ChildState::Stopping ||
                                     now.state == ChildState::Killing);
    if (Process* process = processOf(now.id); process != nullptr && (wantedAgain || marked))
        process->excused = true;
}

void World::check(const core::Event* event)
{
    for (const core::ChildView& child : _children) checkChild(child);
    for (const core::GroupView& group : _views) checkGroup(group);
    checkGenerations();
    if (event != nullptr && !_core->stopping() && !isCommand(*event)) checkReplacing();
    checkOperations();
    if (event != nullptr) checkDeadline(*event);
    require(_core->finished() == _finished, "finished() is true after Finish");
}

void World::checkChild(const core::ChildView& child)
{
    Process* process = processOf(child.id);
    require(traits(child.state).mayHaveProcess == (process != nullptr),
            "no process is forgotten or invented");
    const core::GroupView* group = viewOf(child.group);
    require(group != nullptr, "a child is of a group that there is");
    const bool mayBeWanted = group->state == GroupState::Running || group->state == GroupState::Waiting;
    require(mayBeWanted || !child.wanted, "nothing is wanted of a group that has stopped");
    require(!child.standsIn || !group->phase.empty(), "a child stands in only while others are replaced");
    require(waitsForAStart(child.state) == !child.reason.empty(),
            "a child in backoff or failed says why, and no other does");
    if (process == nullptr) return;

    process->served = process->served || isReady(child);
    require(child.start == process->start, "the slot knows its start number");
    require(child.generation == process->generation, "the slot knows its generation");
    require((child.state == ChildState::Spawning) == !process->reported, "an answer ends spawning");
    require(child.pid == process->pid, "the slot knows its pid");
    require(child.state != ChildState::Starting || !process->readyAt, "readiness is not lost");
    require(child.state != ChildState::Ready || process->readyAt, "readiness is not invented");
    require(child.state != ChildState::Stopping || process->stopAsked || process->aborted,
            "stopping: it was asked");
    require(child.state != ChildState::Killing || process->kills > 0, "killing: it was killed");
    require(!isReady(child) || !group->phase.empty() || child.generation == group->generation ||
                _core->stopping(),
            "who serves is of the current generation, while no other takes over");
}

void World::checkGroup(const core::GroupView& group)
{
    const Group& known = groupOf(group.id);
    require(known.removed == (group.state == GroupState::Removed), "a group goes when it is removed");
    require(group.policy->count == known.policy.count, "a group has the count that was last asked for");
    require(group.nextGeneration == GenerationId{} || !group.phase.empty(),
            "a next generation is one that is to take over");
    require(group.failedGeneration == GenerationId{} ||
                (group.failedGeneration != group.generation && !group.failedReason.empty()),
            "a generation that failed is not current, and it is said why");
    std::vector<std::uint32_t> indexes;
    for (const core::ChildView& child : _children)
        if (child.group == group.id && !child.standsIn && !isRunMaster(child.id))
            indexes.push_back(child.index);
    std::sort(indexes.begin(), indexes.end());
    for (std::uint32_t i = 0; i < indexes.size(); ++i)
        require(indexes[i] == i, "the members of a group have the indexes from 0 on");
    checkRunMaster(group);
    const bool waits = group.state == GroupState::Waiting;
    require(!waits || group.reason.empty() ||
                std::any_of(_groups.begin(), _groups.end(),
                            [&](const Group& other) {
                                return other.removed && !other.forgotten &&
                                       other.policy.name == known.policy.name;
                            }),
            "a group waits for its name only where one that was removed has it");
}

void World::checkGenerations()
{
    for (const Spawner& spawner : _spawners)
    {
        if (!spawner.opened || spawner.closed) continue;
        const GenerationId generation = generationOf(spawner);
        const core::GroupView* group = viewOf(spawner.group);
        require(group != nullptr, "a generation is closed before its group goes");
        const bool needed = _core->stopping() || group->generation == generation ||
                            group->nextGeneration == generation ||
                            std::any_of(_processes.begin(), _processes.end(), [&](const Process& process) {
                                return process.generation == generation || !process.child;
                            });
        require(needed, "a generation is closed when another has taken over and its last process is gone");
    }
}

// Whoever serves is asked to exit for a reason, and is made up for.
void World::checkReplacing()
{
    for (const StartNumber start : _asked)
    {
        const Process& process = reportedProcess(start);
        const core::ChildView* before = lookUp(_childrenBefore, *process.child);
        const core::ChildView& now = *viewOf(*process.child);
        if (before == nullptr || !isReady(*before)) continue;
        if (!now.wanted) continue;  // a resize, or a stand-in that leaves
        const core::GroupView& group = *viewOf(process.group);
        if (isRunMaster(*process.child))
        {
            require(process.generation != group.generation, "a run_master is asked to exit for a newer one");
            continue;
        }
        const bool reverts = group.phase == "reverting";
        require(reverts || group.phase == "replacing", "who serves is asked to exit for a reason");
        require(group.nextGeneration != GenerationId{} || process.recycles,
                "who serves is recycled when it has asked for it");
        checkMadeUpFor(group, reverts);
    }
}

void World::checkMadeUpFor(const core::GroupView& group, bool reverts)
{
    std::size_t missing = 0;
    std::size_t standIns = 0;
    bool anyStandIn = false;
    for (const core::ChildView& child : _children)
    {
        if (child.group != group.id || isRunMaster(child.id)) continue;
        if (child.standsIn && isReady(child)) ++standIns;
        anyStandIn = anyStandIn || child.standsIn;
        // On the way back only those that have served are waited for.
        const Process* process = processOf(child.id);
        const bool hasServed = process != nullptr && process->served;
        const bool mayCome =
            reverts ? child.state == ChildState::Stopping && hasServed : child.state != ChildState::Failed;
        if (!child.standsIn && child.wanted && mayCome && !isReady(child)) ++missing;
    }
    std::size_t allowed = standIns + group.policy->maxUnavailable;
    // A new policy can have taken both away meanwhile.
    if (reverts || !anyStandIn) allowed = std::max<std::size_t>(allowed, 1);
    require(missing <= allowed, "stand-ins and maxUnavailable make up for all that are missing");
}

void World::checkOperations()
{
    for (const auto& operation : _core->operations())
    {
        const std::size_t position = number(operation->id) - 1;
        if (position >= _operations.size()) _operations.resize(position + 1, core::OperationState::Running);
        core::OperationState& before = _operations[position];
        const bool wasOver =
            before != core::OperationState::Waiting && before != core::OperationState::Running;
        require(!wasOver || before == operation->state, "an operation ends once");
        require(operation->over() == operation->ended.has_value(), "an operation has an end when it is over");
        before = operation->state;
    }
}

void World::checkDeadline(const core::Event& event)
{
    bool somebodyWaits = false;
    bool mayWait = false;
    for (const core::ChildView& child : _children)
    {
        somebodyWaits = somebodyWaits || traits(child.state).hasDeadline;
        if (!isReady(child)) continue;
        // Until it has run long enough to have a successor, or to be recycled.
        const Process& process = *processOf(child.id);
        mayWait = mayWait || !process.successor || process.cancelled || process.recycles;
    }
    for (const core::GroupView& group : _views)
    {
        if (_core->stopping()) break;
        const GenerationState state = group.generationState;
        const bool waits = state == GenerationState::Loading || state == GenerationState::Lost;
        somebodyWaits = somebodyWaits || (waits && spawnerOf(group.generation).opened);
        if (group.nextGeneration == GenerationId{}) continue;
        somebodyWaits = somebodyWaits || spawnerOf(group.nextGeneration).loading;
        mayWait = true;  // for a spawner of the next generation: whether it is lost for good is not shown
    }
    const std::optional<TimePoint> deadline = _core->deadline();
    require(deadline.has_value() || !somebodyWaits, "there is a deadline while somebody waits");
    require(!deadline.has_value() || somebodyWaits || mayWait, "there is no deadline when nobody waits");
    const bool passed = std::holds_alternative<core::TimePassed>(event);
    require(!passed || !deadline.has_value() || *deadline > _now, "a deadline that has passed is dealt with");
}

// --- when the faults have stopped ---

bool World::wellBehaved() const
{
    return !hasStrangers() && std::all_of(_views.begin(), _views.end(),
                                          [this](const auto& group) { return wellBehaved(group); });
}

bool World::wellBehaved(const core::GroupView& group) const
{
    if (group.state == GroupState::Removed || !group.phase.empty()) return false;
    if (group.state == GroupState::Waiting) return mayWait(group);
    std::size_t members = 0;
    for (const core::ChildView& child : _children)
    {
        if (child.group != group.id || isRunMaster(child.id)) continue;
        ++members;
        if (group.state == GroupState::Stopped)
        {
            if (traits(child.state).mayHaveProcess) return false;
            continue;
        }
        const bool ended = child.state == ChildState::Stopped && !child.wanted;
        const bool mayRest =
            group.policy->restart == core::RestartMode::Never && (ended || child.state == ChildState::Failed);
        if (!mayRest && (!isReady(child) || child.generation != group.generation)) return false;
    }
    if (!runMasterWellBehaved(group)) return false;
    return group.state == GroupState::Stopped || members == groupOf(group.id).policy.count;
}

bool World::mayWait(const core::GroupView& group) const
{
    const auto& after = group.policy->after;
    return std::any_of(_views.begin(), _views.end(), [&](const core::GroupView& other) {
        return std::find(after.begin(), after.end(), other.policy->name) != after.end() && !allReady(other);
    });
}

bool World::allReady(const core::GroupView& group) const
{
    return group.state == GroupState::Running && group.generationState == GenerationState::Open &&
           std::all_of(_children.begin(), _children.end(), [&](const auto& child) {
               return child.group != group.id || isRunMaster(child.id) || isReady(child);
           });
}

void World::checkAtRest() const
{
    require(wellBehaved(), "when the faults stop, all that is wanted becomes ready");
    for (const Group& group : _groups)
        require(group.removed == group.forgotten, "a group that was removed is forgotten");
    const bool someGroupWaits = std::any_of(
        _views.begin(), _views.end(), [](const auto& group) { return group.state == GroupState::Waiting; });
    for (const auto& operation : _core->operations())
    {
        // The count of a group that is stopped means something when it is started, and children that are
        // asked for while their group waits for another come with it.
        const bool mayWait = operation->kind == core::OperationKind::Scale ||
                             (someGroupWaits && operation->kind != core::OperationKind::Reload);
        require(operation->over() || mayWait, "when the faults stop, every operation ends");
    }
}

std::vector<std::pair<ChildId, ChildState>> World::states() const
{
    std::vector<std::pair<ChildId, ChildState>> all;
    for (const core::ChildView& child : _children) all.emplace_back(child.id, child.state);
    return all;
}

const core::ChildView* World::viewOf(ChildId child) const
{
    return lookUp(_children, child);
}

const core::GroupView* World::viewOf(GroupId group) const
{
    return lookUp(_views, group);
}

bool World::replaces(const core::GroupView& group)
{
    return group.nextGeneration != GenerationId{} &&
           (group.phase == "replacing" || group.phase == "reverting");
}

bool World::replaces(GroupId id) const
{
    const core::GroupView* group = viewOf(id);
    return group != nullptr && replaces(*group);
}

bool World::hasStrangers() const
{
    return std::any_of(_processes.begin(), _processes.end(),
                       [](const Process& process) { return !process.child; });
}

void World::tellStory(const std::string& line)
{
    if (!_tracing) return;
    const auto elapsed = std::chrono::duration_cast<Millis>(_now.time_since_epoch()) - std::chrono::hours(1);
    _story += "  " + std::to_string(elapsed.count()) + " ms  " + line + '\n';
}

}  // namespace clustermanager::simulation
