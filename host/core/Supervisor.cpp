#include "core/Supervisor.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace clustermanager::core {

Supervisor::Supervisor(std::vector<GroupPolicy> groups, std::uint64_t seed)
    : _seed(seed), _fleet(seed), _essential(groups.size())
{
    for (GroupPolicy& policy : groups) addGroup(std::move(policy));
}

void Supervisor::addGroup(GroupPolicy policy)
{
    _groups.push_back(std::make_unique<GroupMachine>(_nextGroup, std::move(policy), _host,
                                                     _seed + std::uint64_t{100'000} * number(_nextGroup)));
    _nextGroup = static_cast<GroupId>(number(_nextGroup) + 1);
}

Actions Supervisor::begin(TimePoint now)
{
    Turn turn(now);
    settle(turn);
    _changes = turn.takeChanges();
    return turn.take();
}

Actions Supervisor::handle(const Event& event, TimePoint now)
{
    _changes.clear();
    if (_finished) return {};
    Turn turn(now);
    std::visit([&](const auto& fact) { on(fact, turn); }, event);
    settle(turn);
    _changes = turn.takeChanges();
    return turn.take();
}

// --- spawners ---

void Supervisor::on(const GenerationOpened& event, Turn& turn)
{
    GroupMachine* group = ownerOf(event.generation);
    if (group == nullptr) return;
    group->find(event.generation)->opened(event.isolatesRunMaster, turn);
    group->touch();
}

void Supervisor::on(const GenerationFailed& event, Turn& turn)
{
    GroupMachine* group = ownerOf(event.generation);
    if (group == nullptr) return;
    group->find(event.generation)->loadFailed(event.reason, turn);
    group->touch();
}

void Supervisor::on(const SpawnerLost& event, Turn& turn)
{
    GroupMachine* group = ownerOf(event.generation);
    if (group == nullptr) return;
    group->find(event.generation)->spawnerLost(event.reason, turn);
    group->touch();
}

void Supervisor::on(const RunMasterInside& event, Turn& /*turn*/)
{
    GroupMachine* group = find(event.group);
    if (group == nullptr) return;
    group->runMasterInside(event.runs);
    for (const auto& other : _groups)
        if (other->policy().name == group->policy().name) other->touch();  // its run_master may wait for it
}

// --- processes ---

template <class Report>
void Supervisor::deliverToOwner(const Report& report, Turn& turn)
{
    if (ChildMachine* child = _fleet.ownerOf(report.start); child != nullptr)
        _fleet.deliver(*child, report, turn);
}

void Supervisor::on(const Spawned& event, Turn& turn)
{
    if (_fleet.ownerOf(event.start) != nullptr) return deliverToOwner(event, turn);
    _fleet.turnAway(event.start, turn);
}

void Supervisor::on(const SpawnFailed& event, Turn& turn)
{
    deliverToOwner(event, turn);
}

void Supervisor::on(const BecameReady& event, Turn& turn)
{
    deliverToOwner(event, turn);
}

// One that serves waits until its group can spare it; any other is nobody's loss.
void Supervisor::on(const RecycleAsked& event, Turn& turn)
{
    ChildMachine* child = _fleet.ownerOf(event.start);
    if (child == nullptr || isRunMaster(child->id())) return;
    if (child->state() == ChildState::Ready && !_stop.has_value())
        return groupOf(*child).recycle(*child, event.reason, turn);
    _fleet.deliver(*child, event, turn);
}

void Supervisor::on(const BeatMissed& event, Turn& turn)
{
    deliverToOwner(event, turn);
}

void Supervisor::on(const Exited& event, Turn& turn)
{
    if (_fleet.strangerGone(event.start))
        for (const auto& group : _groups) group->touch();  // some may have waited for it to be closed
    ChildMachine* child = _fleet.ownerOf(event.start);
    if (child == nullptr) return;
    _fleet.deliver(*child, event, turn);
    if (event.successor != StartNumber{}) _fleet.succeed(*child, event.successor, turn);
}

void Supervisor::on(const LinkLost& event, Turn& turn)
{
    deliverToOwner(event, turn);
}

// --- operators ---

void Supervisor::on(const ExitChildAsked& event, Turn& turn)
{
    beginOperation(event.operation, OperationKind::Exit, "", turn);
    if (ChildMachine* child = _fleet.find(event.child); child != nullptr && !isRunMaster(event.child))
        exitByOperator(*child, event.operation, turn);
}

void Supervisor::on(const ExitGroupAsked& event, Turn& turn)
{
    beginOperation(event.operation, OperationKind::Exit, event.group, turn);
    for (const auto& group : _groups)
        if (group->policy().name == event.group)
            for (const ChildId id : group->slots().members)
                exitByOperator(_fleet.at(id), event.operation, turn);
}

void Supervisor::on(const ExitAllAsked& event, Turn& turn)
{
    beginOperation(event.operation, OperationKind::Exit, "", turn);
    for (const auto& group : _groups)
        for (const ChildId id : group->slots().members) exitByOperator(_fleet.at(id), event.operation, turn);
}

void Supervisor::exitByOperator(ChildMachine& child, OperationId operation, Turn& turn)
{
    if (_stop.has_value()) return;  // everything is on its way out
    Operations::addStep(_operations.find(operation), child, turn.now());
    GroupMachine& group = groupOf(child);
    if (group.state() == GroupState::Stopped || group.state() == GroupState::Removed ||
        group.isLeaving(child))
        return;  // it goes anyway
    // Who wants children back wants their plugin tried again.
    if (child.policy().restart != RestartMode::Never) group.revive(turn);
    _fleet.deliver(child, ExitWanted{}, turn);
}

void Supervisor::on(const ReloadAsked& event, Turn& turn)
{
    GroupMachine* group = find(event.group);
    if (group == nullptr || _stop.has_value() || !group->mayReload()) return;
    beginOperation(event.operation, OperationKind::Reload, group->policy().name, turn);
    group->reload(event.operation, turn);
}

void Supervisor::on(const ScaleAsked& event, Turn& turn)
{
    GroupMachine* group = find(event.group);
    if (group == nullptr || _stop.has_value()) return;
    beginOperation(event.operation, OperationKind::Scale, group->policy().name, turn);
    group->scale(event.count, event.operation, turn);
}

void Supervisor::on(const StartGroupAsked& event, Turn& turn)
{
    GroupMachine* group = find(event.group);
    if (group == nullptr || _stop.has_value()) return;
    beginOperation(event.operation, OperationKind::Start, group->policy().name, turn);
    group->start(event.operation, turn);
}

void Supervisor::on(const StopGroupAsked& event, Turn& turn)
{
    GroupMachine* group = find(event.group);
    if (group == nullptr || _stop.has_value()) return;
    beginOperation(event.operation, OperationKind::Stop, group->policy().name, turn);
    group->stop(StopMode::Graceful, event.operation, turn);
}

void Supervisor::on(const UpgradeBegun& event, Turn& turn)
{
    beginOperation(event.operation, OperationKind::Upgrade, "", turn);
}

void Supervisor::on(const UpgradeEnded& event, Turn& turn)
{
    Operations::end(_operations.find(event.operation),
                    event.problem.empty() ? OperationState::Done : OperationState::Failed, event.problem,
                    turn.now());
}

void Supervisor::on(const GroupAdded& event, Turn& /*turn*/)
{
    if (!_stop.has_value()) addGroup(event.policy);
}

void Supervisor::on(const GroupRemoved& event, Turn& turn)
{
    if (GroupMachine* group = find(event.group); group != nullptr && !_stop.has_value()) group->remove(turn);
}

void Supervisor::on(const PolicyChanged& event, Turn& /*turn*/)
{
    if (GroupMachine* group = find(event.group); group != nullptr) group->change(event.policy);
}

void Supervisor::on(const StopAsked& event, Turn& turn)
{
    if (!_stop.has_value()) return beginStop(event.mode, {Finish::Verdict::StoppedByOperator, ""}, turn);
    if (event.mode != StopMode::Fast || *_stop == StopMode::Fast) return;
    _stop = StopMode::Fast;
    _told.clear();
}

void Supervisor::beginOperation(OperationId id, OperationKind kind, const std::string& group, Turn& turn)
{
    (void)_operations.begin({id, kind, group}, turn.now());
}

// --- time ---

void Supervisor::on(const TimePassed& /*event*/, Turn& turn)
{
    for (const ChildId id : _fleet.due(turn.now())) passTime(_fleet.at(id), turn);
    for (const auto& group : _groups) group->passTime(turn);
}

// One waiter's reaction can settle another's wait, so each is looked at again when its turn comes.
void Supervisor::passTime(ChildMachine& child, Turn& turn)
{
    if (!child.deadline().has_value() || *child.deadline() > turn.now()) return;
    // The first of many children that wait for the same spawner has it replaced; for the others the
    // generation is not open any more.
    if (child.waitsForSpawner())
        if (GenerationMachine* generation = groupOf(child).find(child.generation()); generation != nullptr)
            generation->spawnerSilent(turn);
    _fleet.deliver(child, DeadlinePassed{}, turn);
}

void Supervisor::on(const MasterStalled& event, Turn& /*turn*/)
{
    _fleet.forgive(event.absence);
    for (const auto& group : _groups) group->forgive(event.absence);
}

std::optional<TimePoint> Supervisor::deadline() const
{
    std::optional<TimePoint> first = _fleet.deadline();
    for (const auto& group : _groups)
        if (const auto other = group->deadline(); other && (!first || *other < *first)) first = other;
    return first;
}

// --- wanted and present ---

// A crash, a lost spawner and an operator's command all heal here.
void Supervisor::settle(Turn& turn)
{
    if (_stop.has_value()) stopNext(turn);
    for (const auto& group : _groups) group->settle(_stop.has_value(), turn);
    if (!_stop.has_value())
    {
        stopIfHopeless(turn);
        if (_stop.has_value())
            for (const auto& group : _groups) group->settle(true, turn);
    }
    if (!_stop.has_value())
        for (const auto& group : _groups) group->startWanted(turn);
    _operations.settle(_fleet, turn.now());
    forgetRemoved(turn);
    // Last, because what has become ready or is gone lets others begin.
    if (!_stop.has_value()) openWaiting(turn);
    _fleet.settled(turn);
    if (_stop.has_value()) closeDown(turn);
}

void Supervisor::openWaiting(Turn& turn)
{
    for (const auto& group : _groups)
        if (group->state() == GroupState::Waiting && mayStart(*group)) group->open(turn);
}

bool Supervisor::mayStart(const GroupMachine& group) const
{
    return std::none_of(_groups.begin(), _groups.end(),
                        [&](const auto& other) { return holdsUp(*other, group); });
}

bool Supervisor::holdsUp(const GroupMachine& other, const GroupMachine& waiting) const
{
    if (keepsName(other, waiting)) return true;
    const auto& after = waiting.policy().after;
    return std::find(after.begin(), after.end(), other.policy().name) != after.end() && !other.wasReady() &&
           !processesGone(other);
}

// A group has one child of index 0 and one run_master, and for whoever relies on that two groups of one name
// are one. For a run_master in the host only the next run_master waits, since nothing can make it end.
bool Supervisor::keepsName(const GroupMachine& removed, const GroupMachine& waiting) const
{
    return removed.state() == GroupState::Removed && !processesGone(removed) &&
           removed.policy().name == waiting.policy().name;
}

// A stranger can be of any group.
bool Supervisor::processesGone(const GroupMachine& group) const
{
    return group.state() == GroupState::Removed && group.empty() && !_fleet.hasStrangers();
}

void Supervisor::forgetRemoved(Turn& turn)
{
    const auto gone = std::remove_if(_groups.begin(), _groups.end(), [&](const auto& group) {
        if (!processesGone(*group)) return false;
        group->close(turn);
        if (group->runsMasterInside()) return false;  // it is still to be seen, and waited for
        turn.order(ForgetGroup{group->id()});
        return true;
    });
    _groups.erase(gone, _groups.end());
}

// --- who is who ---

GroupMachine* Supervisor::find(GroupId id)
{
    for (const auto& group : _groups)
        if (group->id() == id) return group.get();
    return nullptr;
}

GroupMachine* Supervisor::ownerOf(GenerationId generation)
{
    for (const auto& group : _groups)
        if (group->find(generation) != nullptr) return group.get();
    return nullptr;
}

std::optional<GroupView> Supervisor::findGroup(GroupId id) const
{
    for (const auto& group : _groups)
        if (group->id() == id) return viewOf(*group);
    return std::nullopt;
}

std::optional<GroupView> Supervisor::findGroup(const std::string& name) const
{
    const auto last = std::find_if(_groups.rbegin(), _groups.rend(),
                                   [&](const auto& group) { return group->policy().name == name; });
    return last == _groups.rend() ? std::nullopt : std::optional(viewOf(**last));
}

GroupView Supervisor::viewOf(const GroupMachine& group) const
{
    GroupView view = group.view();
    if (group.state() == GroupState::Waiting &&
        std::any_of(_groups.begin(), _groups.end(),
                    [&](const auto& other) { return keepsName(*other, group); }))
        view.reason = "waits until the removed group of that name has ended";
    return view;
}

}  // namespace clustermanager::core
