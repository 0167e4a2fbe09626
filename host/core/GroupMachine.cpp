#include "core/GroupMachine.h"

#include <algorithm>
#include <utility>

namespace clustermanager::core {

using Severity = Announce::Severity;

const char* name(GroupState state)
{
    switch (state)
    {
    case GroupState::Waiting: return "waiting";
    case GroupState::Running: return "running";
    case GroupState::Stopped: return "stopped";
    case GroupState::Removed: break;
    }
    return "removed";
}

GroupMachine::GroupMachine(GroupId id, GroupPolicy policy, Host& host, std::uint64_t seed)
    : _id(id), _policy(std::move(policy)), _host(host), _seed(seed), _current(makeGeneration())
{
    while (_slots.kept < _policy.count) addMember();
}

// --- what an operator wants ---

void GroupMachine::open(Turn& turn)
{
    _state = GroupState::Running;
    _opened = true;
    resize(OperationId{}, turn);  // what was asked for while it waited
    _current->open(turn);
    touch();
}

void GroupMachine::reload(OperationId operation, Turn& turn)
{
    if (!_roll) return beginReload(operation, turn);
    if (_waitingReload)
        Operations::end(_host.operations.find(*_waitingReload), OperationState::Replaced,
                        "a later reload took its place", turn.now());
    _waitingReload = operation;
    if (Operation* waiting = _host.operations.find(operation)) waiting->state = OperationState::Waiting;
}

void GroupMachine::scale(unsigned count, OperationId operation, Turn& turn)
{
    _policy.count = count;
    _touched = true;
    if (!_roll)
    {
        resize(operation, turn);
        for (std::size_t i = 0; i < _slots.kept; ++i)
            if (_host.fleet.at(_slots.members[i]).state() == ChildState::Failed)
                bringBack(i, operation, turn);
        return;
    }
    if (_waitingScale)
        Operations::end(_host.operations.find(*_waitingScale), OperationState::Replaced,
                        "a later one took its place", turn.now());
    _waitingScale = operation;
    if (Operation* waiting = _host.operations.find(operation)) waiting->state = OperationState::Waiting;
}

void GroupMachine::start(OperationId operation, Turn& turn)
{
    if (!_roll)
        for (std::size_t i = 0; i < _slots.kept; ++i) bringBack(i, operation, turn);
    if (_state != GroupState::Stopped) return;
    _state = _opened ? GroupState::Running : GroupState::Waiting;
    revive(turn);
    if (!_roll) grow(turn);
    stepForAll(_host.operations.find(operation), turn);
    for (std::size_t i = 0; i < _slots.kept; ++i)
        _host.fleet.deliver(_host.fleet.at(_slots.members[i]), StartWanted{}, turn);
    tellRunMaster(StartWanted{}, turn);
    _touched = true;
}

// Who has given up, or has ended for good.
void GroupMachine::bringBack(std::size_t index, OperationId operation, Turn& turn)
{
    ChildMachine& child = _host.fleet.at(_slots.members[index]);
    if (_state != GroupState::Running) return;
    if (child.mayHaveProcess() || child.awaitsStart() || child.state() == ChildState::Backoff) return;
    revive(turn);
    Operations::addStep(_host.operations.find(operation), child, turn.now());
    _host.fleet.deliver(child, StartWanted{}, turn);
}

void GroupMachine::stop(StopMode mode, OperationId operation, Turn& turn)
{
    if (_state == GroupState::Running || _state == GroupState::Waiting) _state = GroupState::Stopped;
    cancelRoll(turn);
    stepForAll(_host.operations.find(operation), turn);
    for (const std::vector<ChildId>* ids : {&_slots.members, &_slots.standIns})
        for (const ChildId id : *ids) _host.fleet.deliver(_host.fleet.at(id), StopWanted{mode}, turn);
    tellRunMaster(StopWanted{mode}, turn);
    _touched = true;
}

void GroupMachine::remove(Turn& turn)
{
    stop(StopMode::Graceful, OperationId{}, turn);
    _state = GroupState::Removed;
    announce(Severity::Info, "removed; its children exit", turn);
}

void GroupMachine::change(GroupPolicy policy)
{
    policy.name = _policy.name;
    _policy = std::move(policy);
    _touched = true;
}

void GroupMachine::revive(Turn& turn)
{
    _current->revive(turn);
    if (const ChildMachine* master = runMaster(); master != nullptr && master->state() == ChildState::Failed)
        tellRunMaster(StartWanted{}, turn);
}

void GroupMachine::recycle(const ChildMachine& child, const std::string& reason, Turn& turn)
{
    if (child.standsIn()) return;
    if (std::exchange(_toRecycle[child.id()], child.startNumber()) == child.startNumber()) return;
    announce(Severity::Info,
             "child " + std::to_string(number(child.id())) + " is to be recycled" +
                 (reason.empty() ? "" : ": " + reason),
             turn);
    _touched = true;
}

void GroupMachine::retire(Turn& turn)
{
    cancelRoll(turn);
    _current->retire();
    if (_next) _next->retire();
}

void GroupMachine::stepForAll(Operation* operation, Turn& turn) const
{
    for (const ChildId id : _slots.members) Operations::addStep(operation, _host.fleet.at(id), turn.now());
}

// --- what happens ---

GenerationMachine* GroupMachine::find(GenerationId id)
{
    if (_current->id() == id) return _current.get();
    if (_next && _next->id() == id) return _next.get();
    for (const auto& retired : _retired)
        if (retired->id() == id) return retired.get();
    return nullptr;
}

void GroupMachine::passTime(Turn& turn)
{
    for (GenerationMachine* generation : {_current.get(), _next.get()})
    {
        if (generation == nullptr || !generation->deadline() || *generation->deadline() > turn.now())
            continue;
        generation->passTime(turn);
        touch();
    }
    if (const auto due = recycleDue(); due && *due <= turn.now()) _touched = true;
}

void GroupMachine::forgive(Millis absence)
{
    _current->forgive(absence);
    if (_next) _next->forgive(absence);
}

std::optional<TimePoint> GroupMachine::deadline() const
{
    std::optional<TimePoint> first = _current->deadline();
    if (_next && _next->deadline() && (!first || *_next->deadline() < *first)) first = _next->deadline();
    if (const auto due = recycleDue(); due && (!first || *due < *first)) first = due;
    return first;
}

// --- wanted and present ---

void GroupMachine::settle(bool hostStops, Turn& turn)
{
    if (!_touched && touched().empty()) return;
    // The end of a roll lets begin what has waited for it, and a child that fails is news to a roll.
    do
    {
        _touched = false;
        compare(hostStops, turn);
    } while (_touched);
    if (!_host.fleet.hasStrangers()) closeRetired(turn);
    _wasReady = _wasReady || allReady();
}

void GroupMachine::compare(bool hostStops, Turn& turn)
{
    const bool runs = _state == GroupState::Running && !hostStops;
    if (!_roll && (!hostStops || _state == GroupState::Removed))
        resize(std::exchange(_waitingScale, std::nullopt).value_or(OperationId{}), turn);
    if (hostStops) _toRecycle.clear();
    if (!_roll && runs && !_toRecycle.empty()) beginRecycle(turn.now());
    advanceRoll(turn);
    tendRunMaster(hostStops, turn);
    for (const ChildId id : touched()) failWithGeneration(_host.fleet.at(id), turn);
}

void GroupMachine::failWithGeneration(ChildMachine& child, Turn& turn)
{
    if (!child.awaitsStart() && child.state() != ChildState::Backoff) return;
    const GenerationMachine& generation = *find(child.aim());
    if (generation.state() != GenerationState::Failed) return;
    child.fail(generation.reason(), turn);
    _touched = true;
}

void GroupMachine::startWanted(Turn& turn)
{
    if (_state != GroupState::Running) return;
    for (const ChildId id : touched())
    {
        ChildMachine& child = _host.fleet.at(id);
        if (child.awaitsStart() && mayStart(child)) _host.fleet.start(child, turn);
    }
}

bool GroupMachine::mayStart(const ChildMachine& child)
{
    if (isRunMaster(child.id()) && anyMasterInside()) return false;
    return find(child.aim())->state() == GenerationState::Open;
}

void GroupMachine::touch()
{
    _touched = true;
    for (const std::vector<ChildId>* ids : {&_slots.members, &_slots.standIns})
        for (const ChildId id : *ids) _host.fleet.touch(id);
    if (runMaster() != nullptr) _host.fleet.touch(runMasterOf(_id));
}

std::vector<ChildId> GroupMachine::touched() const
{
    std::vector<ChildId> ours;
    for (const ChildId id : _host.fleet.touched())
        if (_host.fleet.at(id).group() == _id) ours.push_back(id);
    return ours;
}

void GroupMachine::resize(OperationId operation, Turn& turn)
{
    const std::size_t before = _slots.kept;
    grow(turn);
    shrink(turn);
    Operation* known = _host.operations.find(operation);
    if (known == nullptr) return;
    known->state = OperationState::Running;
    for (std::size_t i = std::min(before, _slots.kept); i < _slots.members.size(); ++i)
        Operations::addStep(known, _host.fleet.at(_slots.members[i]), turn.now());
}

// A slot that is on its way out because of an earlier resize is wanted again rather than doubled.
void GroupMachine::grow(Turn& turn)
{
    if (_state != GroupState::Running) return;
    for (; _slots.kept < std::min<std::size_t>(_policy.count, _slots.members.size()); ++_slots.kept)
    {
        ChildMachine& child = _host.fleet.at(_slots.members[_slots.kept]);
        child.aim(_current->id());
        _host.fleet.deliver(child, StartWanted{}, turn);
    }
    while (_slots.kept < _policy.count) addMember();
}

void GroupMachine::addMember()
{
    ChildMachine& child = _host.fleet.add(_id, static_cast<std::uint32_t>(_slots.kept++), false, _policy);
    child.aim(_current->id());
    _slots.members.push_back(child.id());
}

// The highest indexes go first. All of a group that is removed are too many.
void GroupMachine::shrink(Turn& turn)
{
    const std::size_t wanted = _state == GroupState::Removed ? 0 : _policy.count;
    while (_slots.kept > wanted)
        _host.fleet.deliver(_host.fleet.at(_slots.members[--_slots.kept]), StopWanted{StopMode::Graceful},
                            turn);
    while (_slots.members.size() > _slots.kept && !_host.fleet.at(_slots.members.back()).mayHaveProcess())
    {
        _host.fleet.remove(_slots.members.back());
        _slots.members.pop_back();
    }
}

// One that is stopped has its new plugin tried as well, and starts with it.
bool GroupMachine::mayReload() const
{
    return _opened && (_state == GroupState::Running || _state == GroupState::Stopped);
}

// Asked after each event of a start, so it begins with the member that was missed the last time.
bool GroupMachine::allReady()
{
    if (_state != GroupState::Running || _current->state() != GenerationState::Open) return false;
    const std::vector<ChildId>& members = _slots.members;
    for (std::size_t looked = 0; looked < members.size(); ++looked)
    {
        if (_lastMissed >= members.size()) _lastMissed = 0;
        if (_host.fleet.at(members[_lastMissed]).state() != ChildState::Ready) return false;
        ++_lastMissed;
    }
    return true;
}

bool GroupMachine::isLeaving(const ChildMachine& child) const
{
    return !child.standsIn() && child.index() >= _slots.kept;
}

bool GroupMachine::hasProcess() const
{
    for (const std::vector<ChildId>* ids : {&_slots.members, &_slots.standIns})
        for (const ChildId id : *ids)
            if (_host.fleet.at(id).mayHaveProcess()) return true;
    return runMaster() != nullptr && runMaster()->mayHaveProcess();
}

bool GroupMachine::empty() const
{
    return _slots.members.empty() && _slots.standIns.empty() && _retired.empty() && runMaster() == nullptr;
}

// --- generations ---

std::unique_ptr<GenerationMachine> GroupMachine::makeGeneration()
{
    _host.lastGeneration = static_cast<GenerationId>(number(_host.lastGeneration) + 1);
    return std::make_unique<GenerationMachine>(_id, _host.lastGeneration, _policy, _seed++);
}

// A generation is closed when its last process is gone.
void GroupMachine::closeRetired(Turn& turn)
{
    const auto last = std::remove_if(_retired.begin(), _retired.end(), [&](const auto& generation) {
        if (_host.fleet.processesOf(generation->id()) != 0) return false;
        generation->close(turn);
        return true;
    });
    _retired.erase(last, _retired.end());
}

void GroupMachine::close(Turn& turn)
{
    closeRetired(turn);
    if (_next) _next->close(turn);
    if (_opened) _current->close(turn);
}

GroupView GroupMachine::view() const
{
    return {_id,
            &_policy,
            _state,
            mayReload(),
            _current->id(),
            _current->state(),
            _current->reason(),
            _roll ? name(_roll->phase()) : "",
            _next ? _next->id() : GenerationId{},
            _failedGeneration,
            _failedReason,
            runMaster() != nullptr ? std::optional(runMaster()->view()) : std::nullopt};
}

void GroupMachine::announce(Severity severity, const std::string& what, Turn& turn) const
{
    turn.announce(severity, "group " + _policy.name + ": " + what);
}

}  // namespace clustermanager::core
