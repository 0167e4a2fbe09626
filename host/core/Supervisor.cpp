#include "core/Supervisor.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>
#include <variant>

#include "core/Phrases.h"

namespace clustermanager::core {

namespace {

std::size_t childrenOf(const std::vector<GroupPolicy>& policies)
{
    return std::accumulate(policies.begin(), policies.end(), std::size_t{0},
                           [](std::size_t sum, const GroupPolicy& policy) { return sum + policy.count; });
}

bool isDue(std::optional<TimePoint> deadline, TimePoint now)
{
    return deadline.has_value() && *deadline <= now;
}

}  // namespace

Supervisor::Supervisor(std::vector<GroupPolicy> groups, std::uint64_t seed)
    : _policies(std::move(groups)), _deadlines(childrenOf(_policies) + _policies.size())
{
    _groups.reserve(_policies.size());
    _children.reserve(childrenOf(_policies));
    for (const GroupPolicy& policy : _policies)
    {
        const std::size_t index = _groups.size();
        const auto generation = static_cast<GenerationId>(index + 1);
        _groups.push_back({&policy, {index, generation, policy, seed++}, _children.size()});
        for (std::uint32_t i = 0; i < policy.count; ++i)
        {
            const auto id = static_cast<ChildId>(_children.size() + 1);
            _children.emplace_back(ChildMachine::Place{id, index, i}, policy, seed++);
        }
    }
}

Actions Supervisor::begin(TimePoint now)
{
    Turn turn(now);
    for (Group& group : _groups) group.generation.open(turn);
    settle(turn);
    return turn.take();
}

Actions Supervisor::handle(const Event& event, TimePoint now)
{
    if (_finished) return {};
    Turn turn(now);
    std::visit([&](const auto& fact) { on(fact, turn); }, event);
    settle(turn);
    return turn.take();
}

// --- spawners ---

void Supervisor::on(const GenerationOpened& event, Turn& turn)
{
    Group* group = groupOf(event.generation);
    if (group == nullptr) return;
    group->generation.opened(turn);
    touch(*group);
}

void Supervisor::on(const GenerationFailed& event, Turn& turn)
{
    Group* group = groupOf(event.generation);
    if (group == nullptr) return;
    group->generation.loadFailed(event.reason, turn);
    touch(*group);
}

void Supervisor::on(const SpawnerLost& event, Turn& turn)
{
    Group* group = groupOf(event.generation);
    if (group == nullptr) return;
    group->generation.spawnerLost(event.reason, turn);
    touch(*group);
}

// --- processes ---

void Supervisor::on(const Spawned& event, Turn& turn)
{
    if (_owners.count(event.start) > 0) return deliverToOwner(event.start, event, turn);
    // Nobody awaits it, so nobody would ever end it.
    turn.order(Kill{event.start});
    _strangers.insert(event.start);
}

void Supervisor::on(const SpawnFailed& event, Turn& turn)
{
    deliverToOwner(event.start, event, turn);
}

void Supervisor::on(const BecameReady& event, Turn& turn)
{
    deliverToOwner(event.start, event, turn);
}

void Supervisor::on(const RecycleAsked& event, Turn& turn)
{
    deliverToOwner(event.start, event, turn);
}

void Supervisor::on(const Exited& event, Turn& turn)
{
    _strangers.erase(event.start);
    deliverToOwner(event.start, event, turn);
}

void Supervisor::on(const LinkLost& event, Turn& turn)
{
    deliverToOwner(event.start, event, turn);
}

// --- operators ---

void Supervisor::on(const ExitChildAsked& event, Turn& turn)
{
    const std::size_t id = number(event.child);
    if (id >= 1 && id <= _children.size()) exitByOperator(id - 1, turn);
}

void Supervisor::on(const ExitGroupAsked& event, Turn& turn)
{
    for (std::size_t position = 0; position < _children.size(); ++position)
        if (_children[position].policy().name == event.group) exitByOperator(position, turn);
}

void Supervisor::on(const ExitAllAsked& /*event*/, Turn& turn)
{
    for (std::size_t position = 0; position < _children.size(); ++position) exitByOperator(position, turn);
}

void Supervisor::on(const StopAsked& event, Turn& turn)
{
    if (!_stop.has_value()) return beginStop(event.mode, {Finish::Verdict::StoppedByOperator, ""}, turn);
    if (event.mode == StopMode::Fast && *_stop != StopMode::Fast) stopAll(StopMode::Fast, turn);
}

void Supervisor::exitByOperator(std::size_t position, Turn& turn)
{
    if (_stop.has_value()) return;  // everything is on its way out
    ChildMachine& child = _children[position];
    // Who wants children back wants their plugin tried again.
    if (child.policy().restart != RestartMode::Never) _groups[child.group()].generation.revive(turn);
    deliver(position, ExitWanted{}, turn);
}

// --- time ---

void Supervisor::on(const TimePassed& /*event*/, Turn& turn)
{
    for (const std::size_t waiter : _deadlines.due(turn.now())) passTime(waiter, turn);
}

void Supervisor::on(const MasterStalled& event, Turn& /*turn*/)
{
    for (std::size_t position = 0; position < _children.size(); ++position)
    {
        _children[position].forgive(event.absence);
        _touched.push_back(position);
    }
    for (Group& group : _groups) group.generation.forgive(event.absence);
}

// One waiter's reaction can settle another's wait, so each is looked at again when its turn comes.
void Supervisor::passTime(std::size_t waiter, Turn& turn)
{
    if (waiter >= _children.size())
    {
        Group& group = _groups[waiter - _children.size()];
        if (!isDue(group.generation.deadline(), turn.now())) return;
        group.generation.passTime(turn);
        return touch(group);
    }
    const ChildMachine& child = _children[waiter];
    if (!isDue(child.deadline(), turn.now())) return;
    // The first of many children that wait for the same spawner has it replaced; for the others the
    // generation is not open any more.
    if (child.waitsForSpawner()) _groups[child.group()].generation.spawnerSilent(turn);
    deliver(waiter, DeadlinePassed{}, turn);
}

std::optional<TimePoint> Supervisor::deadline() const
{
    return _deadlines.earliest();
}

// --- wanted and present ---

Supervisor::Group* Supervisor::groupOf(GenerationId generation)
{
    for (Group& group : _groups)
        if (group.generation.id() == generation) return &group;
    return nullptr;
}

void Supervisor::deliverToOwner(StartNumber start, const ChildEvent& event, Turn& turn)
{
    const auto owner = _owners.find(start);
    if (owner != _owners.end()) deliver(owner->second, event, turn);
}

void Supervisor::deliver(std::size_t position, const ChildEvent& event, Turn& turn)
{
    ChildMachine& child = _children[position];
    const bool hadProcess = child.mayHaveProcess();
    child.step(event, turn);
    if (hadProcess && !child.mayHaveProcess())
    {
        _owners.erase(child.startNumber());
        --_groups[child.group()].processes;
    }
    _touched.push_back(position);
}

void Supervisor::touch(const Group& group)
{
    for (std::size_t i = 0; i < group.policy->count; ++i) _touched.push_back(group.firstChild + i);
}

// Compares what is wanted with what is there, for every slot that this turn touched. A crash, a lost spawner
// and an operator's command all heal here. Starts come last, because what has failed can end the host.
void Supervisor::settle(Turn& turn)
{
    for (const std::size_t position : _touched) failWithGeneration(position);
    if (!_stop.has_value()) stopIfHopeless(turn);
    for (const std::size_t position : _touched)
    {
        startIfWanted(position, turn);
        _deadlines.set(position, _children[position].deadline());
    }
    _touched.clear();
    if (_stop.has_value()) closeDown(turn);
    for (std::size_t index = 0; index < _groups.size(); ++index)
        _deadlines.set(_children.size() + index, _groups[index].generation.deadline());
}

void Supervisor::failWithGeneration(std::size_t position)
{
    ChildMachine& child = _children[position];
    const GenerationMachine& generation = _groups[child.group()].generation;
    const bool waits = child.awaitsStart() || child.state() == ChildState::Backoff;
    if (waits && generation.state() == GenerationState::Failed) child.fail(generation.reason());
}

void Supervisor::startIfWanted(std::size_t position, Turn& turn)
{
    ChildMachine& child = _children[position];
    Group& group = _groups[child.group()];
    if (!child.awaitsStart() || group.generation.state() != GenerationState::Open) return;
    _lastStart = static_cast<StartNumber>(number(_lastStart) + 1);
    child.start(_lastStart, group.generation.id(), turn);
    _owners.emplace(_lastStart, position);
    ++group.processes;
}

// --- the end ---

// A host that could not load all its plugins when it started does not pretend to be one; a group can say that
// without it the host is of no use.
void Supervisor::stopIfHopeless(Turn& turn)
{
    for (const Group& group : _groups)
    {
        const GenerationMachine& generation = group.generation;
        if (generation.state() != GenerationState::Failed || generation.everOpened()) continue;
        Finish finish{Finish::Verdict::CannotLoad, group.policy->name + ": " + generation.reason()};
        return beginStop(StopMode::Graceful, std::move(finish), turn);
    }
    for (const std::size_t position : _touched)
    {
        const ChildMachine& child = _children[position];
        if (child.state() != ChildState::Failed || child.policy().onGiveUp != GiveUpMode::Exit) continue;
        Finish finish{Finish::Verdict::GaveUp, "child " + std::to_string(position + 1) + " (" +
                                                   child.policy().name +
                                                   ") has failed: " + child.view().reason};
        return beginStop(StopMode::Graceful, std::move(finish), turn);
    }
}

void Supervisor::beginStop(StopMode mode, Finish finish, Turn& turn)
{
    const bool ownDecision = finish.verdict != Finish::Verdict::StoppedByOperator;
    turn.announce(ownDecision ? Announce::Severity::Error : Announce::Severity::Info,
                  "the host stops" + (ownDecision ? ": " + finish.reason : std::string()));
    _finish = std::move(finish);
    for (Group& group : _groups) group.generation.retire();
    stopAll(mode, turn);
}

void Supervisor::stopAll(StopMode mode, Turn& turn)
{
    _stop = mode;
    for (std::size_t position = 0; position < _children.size(); ++position)
        deliver(position, StopWanted{mode}, turn);
}

// A generation is closed when its last process is gone. A stranger can be of any of them, so all wait for it.
void Supervisor::closeDown(Turn& turn)
{
    if (!_strangers.empty()) return;
    bool allClosed = true;
    for (Group& group : _groups)
    {
        if (group.processes == 0) group.generation.close(turn);
        allClosed = allClosed && group.processes == 0;
    }
    if (!allClosed) return;
    _finished = true;
    turn.finish(_finish);
}

// --- what can be read ---

std::size_t Supervisor::groupCount() const
{
    return _groups.size();
}

GroupView Supervisor::group(std::size_t index) const
{
    const Group& group = _groups[index];
    return {group.policy, group.generation.id(), group.generation.state(), group.generation.reason()};
}

std::size_t Supervisor::childCount() const
{
    return _children.size();
}

ChildView Supervisor::child(std::size_t position) const
{
    return _children[position].view();
}

bool Supervisor::stopping() const
{
    return _stop.has_value();
}

bool Supervisor::finished() const
{
    return _finished;
}

}  // namespace clustermanager::core
