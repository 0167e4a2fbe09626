#include "core/Fleet.h"

#include <algorithm>
#include <cassert>

namespace clustermanager::core {

ChildMachine& Fleet::add(GroupId group, std::uint32_t index, bool standsIn, const GroupPolicy& policy)
{
    return insert({lowestFree(), group, index, standsIn}, policy);
}

ChildMachine& Fleet::addRunMaster(GroupId group, const GroupPolicy& policy)
{
    assert(find(runMasterOf(group)) == nullptr);
    return insert({runMasterOf(group), group, 0}, policy);
}

ChildMachine& Fleet::insert(const ChildMachine::Place& slot, const GroupPolicy& policy)
{
    touch(slot.id);
    return **_children.insert(place(slot.id),
                              std::make_unique<ChildMachine>(slot, policy, _seed + number(slot.id)));
}

void Fleet::remove(ChildId id)
{
    const auto found = place(id);
    assert(found != _children.end() && !(*found)->mayHaveProcess());
    _children.erase(found);
    _deadlines.set(id, std::nullopt);
    _successorsDue.set(id, std::nullopt);
    _touched.erase(id);
}

ChildMachine* Fleet::find(ChildId id)
{
    // Where no lower id is free, which is most of the time, its place follows from its number.
    const std::size_t expected = std::size_t{number(id)} - 1;
    if (expected < _children.size() && _children[expected]->id() == id) return _children[expected].get();
    const auto found = place(id);
    return found != _children.end() && (*found)->id() == id ? found->get() : nullptr;
}

ChildMachine* Fleet::ownerOf(StartNumber start)
{
    const auto owner = _owners.find(start);
    return owner == _owners.end() ? nullptr : find(owner->second);
}

void Fleet::deliver(ChildMachine& child, const ChildEvent& event, Turn& turn)
{
    const bool hadProcess = child.mayHaveProcess();
    child.step(event, turn);
    if (hadProcess && !child.mayHaveProcess()) release(child.startNumber(), child.generation());
    touch(child.id());
}

void Fleet::start(ChildMachine& child, Turn& turn)
{
    child.start(nextStart(), turn);
    enter(child);
}

void Fleet::succeed(ChildMachine& child, StartNumber successor, Turn& turn)
{
    child.succeeded(successor, turn);
    enter(child);
}

std::optional<TimePoint> Fleet::deadline() const
{
    const std::optional<TimePoint> own = _deadlines.earliest();
    const std::optional<TimePoint> successors = _successorsDue.earliest();
    if (!own || !successors) return own ? own : successors;
    return std::min(*own, *successors);
}

std::vector<ChildId> Fleet::due(TimePoint now)
{
    for (const ChildId id : _successorsDue.due(now)) touch(id);
    return _deadlines.due(now);
}

StartNumber Fleet::nextStart()
{
    _lastStart = static_cast<StartNumber>(number(_lastStart) + 1);
    return _lastStart;
}

void Fleet::enter(const ChildMachine& child)
{
    _owners.emplace(child.startNumber(), child.id());
    ++_processes[child.generation()];
    touch(child.id());
}

void Fleet::forgive(Millis absence)
{
    for (const auto& child : _children)
    {
        child->forgive(absence);
        touch(child->id());
    }
}

void Fleet::takeBackSuccessors(GenerationId generation, Turn& turn)
{
    withholdSuccessors(generation);
    for (const auto& child : _children)
    {
        if (child->generation() != generation) continue;
        child->cancelSuccessor(turn);
        touch(child->id());
    }
}

void Fleet::turnAway(StartNumber start, Turn& turn)
{
    turn.order(Kill{start});
    _strangers.insert(start);
}

std::size_t Fleet::processesOf(GenerationId generation) const
{
    const auto found = _processes.find(generation);
    return found == _processes.end() ? 0 : found->second;
}

std::optional<TimePoint> Fleet::successorDue(const ChildMachine& child, TimePoint now) const
{
    if (child.standsIn() || _withoutSuccessors.count(child.generation()) != 0) return std::nullopt;
    return child.successorDue(now);
}

void Fleet::settled(Turn& turn)
{
    for (const ChildId id : _touched)
    {
        ChildMachine& child = at(id);
        std::optional<TimePoint> due = successorDue(child, turn.now());
        if (due && *due <= turn.now())
        {
            child.orderSuccessor(nextStart(), turn);
            due.reset();
        }
        _successorsDue.set(id, due);
        _deadlines.set(id, child.deadline());
    }
    _touched.clear();
}

Fleet::Children::iterator Fleet::place(ChildId id)
{
    return std::lower_bound(_children.begin(), _children.end(), id,
                            [](const auto& child, ChildId wanted) { return child->id() < wanted; });
}

std::size_t Fleet::childCount() const
{
    const auto end = std::partition_point(_children.begin(), _children.end(),
                                          [](const auto& child) { return !isRunMaster(child->id()); });
    return static_cast<std::size_t>(end - _children.begin());
}

// Ids without a gap before them stand where they would without any gap.
ChildId Fleet::lowestFree() const
{
    const auto gap = std::partition_point(_children.begin(), _children.end(), [this](const auto& child) {
        return number(child->id()) == static_cast<std::uint32_t>(&child - _children.data()) + 1;
    });
    return static_cast<ChildId>(gap - _children.begin() + 1);
}

void Fleet::release(StartNumber start, GenerationId generation)
{
    _owners.erase(start);
    const auto count = _processes.find(generation);
    if (--count->second == 0) _processes.erase(count);
}

}  // namespace clustermanager::core
