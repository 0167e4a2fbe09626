#include <algorithm>
#include <cassert>
#include <set>
#include <utility>

#include "core/Supervisor.h"

/// How the whole policy is written down and read again, for a host that goes on in another process image.
/// What follows from something else is not written; what is read is checked before anybody works on it.
namespace clustermanager::core {

// --- slots ---

void Fleet::save(FieldWriter& out) const
{
    assert(_touched.empty());
    out(_seed);
    out(_lastStart);
    out.putCount(_children.size());
    for (const auto& child : _children)
    {
        out(child->place());
        out(*child);
    }
    out(std::set<StartNumber>(_strangers.begin(), _strangers.end()));
}

void Fleet::restore(FieldReader& in, const PolicyOf& policyOf)
{
    in(_seed);
    in(_lastStart);
    for (std::size_t left = in.takeCount(); left > 0 && in.good(); --left)
    {
        ChildMachine::Place place;
        in(place);
        const GroupPolicy* policy = policyOf(place.group);
        const ChildId before = _children.empty() ? ChildId{} : _children.back()->id();
        if (policy == nullptr || place.id <= before) return in.refuse("a child has no group, or no place");
        auto child = std::make_unique<ChildMachine>(place, *policy, 0);
        in(*child);
        if (child->deadline().has_value() != traits(child->state()).hasDeadline)
            return in.refuse("a child has no deadline, or one too many");
        if (child->mayHaveProcess())
        {
            if (!_owners.emplace(child->startNumber(), child->id()).second)
                return in.refuse("a process has two owners");
            ++_processes[child->generation()];
        }
        _deadlines.set(child->id(), child->deadline());
        _successorsDue.set(child->id(), child->successorDue({}));  // as if every start on record were of late
        _children.push_back(std::move(child));
    }
    std::set<StartNumber> strangers;
    in(strangers);
    _strangers.insert(strangers.begin(), strangers.end());
}

// --- what operators asked for ---

void Operations::save(FieldWriter& out) const
{
    out.putCount(_all.size());
    for (const auto& operation : _all) out(*operation);
}

void Operations::restore(FieldReader& in)
{
    for (std::size_t left = in.takeCount(); left > 0 && in.good(); --left)
        in(*_all.emplace_back(std::make_shared<Operation>()));
    if (_all.size() > kKept) in.refuse("too many operations");
}

// --- groups ---

void GroupMachine::save(FieldWriter& out) const
{
    out(_id);
    out(_policy);
    out(_seed);
    out(_state);
    out(_slots);
    const auto generation = [&out](const GenerationMachine& machine) {
        out(machine.id());
        out(machine);
    };
    generation(*_current);
    out(_next != nullptr);
    if (_next) generation(*_next);
    out.putCount(_retired.size());
    for (const auto& retired : _retired) generation(*retired);
    out(_roll);
    out(_waitingReload);
    out(_waitingScale);
    out(_toRecycle);
    out(_failedGeneration);
    out(_failedReason);
    out(_opened);
    out(_wasReady);
    out(_touched);
}

GroupMachine::GroupMachine(Host& host, FieldReader& in) : _id{}, _host(host), _seed(0)
{
    in(_id);
    in(_policy);
    in(_seed);
    in(_state);
    in(_slots);
    _current = restoreGeneration(in);
    bool hasNext = false;
    in(hasNext);
    if (hasNext) _next = restoreGeneration(in);
    for (std::size_t left = in.takeCount(); left > 0 && in.good(); --left)
        _retired.push_back(restoreGeneration(in));
    bool rolls = false;
    in(rolls);
    if (rolls) in(_roll.emplace(Roll::recycle({}, {})));
    if (rolls && _roll->reloads())
    {
        if (!_roll->settled() || !_roll->succeeds()) _host.fleet.withholdSuccessors(_roll->to());
        if (_roll->replaces()) _host.fleet.withholdSuccessors(_roll->from());
    }
    in(_waitingReload);
    in(_waitingScale);
    in(_toRecycle);
    in(_failedGeneration);
    in(_failedReason);
    in(_opened);
    in(_wasReady);
    in(_touched);
}

std::unique_ptr<GenerationMachine> GroupMachine::restoreGeneration(FieldReader& in) const
{
    GenerationId id{};
    in(id);
    auto machine = std::make_unique<GenerationMachine>(_id, id, _policy, 0);
    in(*machine);
    return machine;
}

bool GroupMachine::consistent() const
{
    const auto knows = [this](GenerationId id) {
        return _current->id() == id || (_next && _next->id() == id);
    };
    const auto fits = [&](ChildId id, bool standsIn) {
        const ChildMachine* child = _host.fleet.find(id);
        if (child == nullptr || child->group() != _id || child->standsIn() != standsIn) return false;
        return !child->wanted() || knows(child->aim());
    };
    const ChildMachine* master = runMaster();
    if (master != nullptr && (master->group() != _id || (master->wanted() && !knows(master->aim()))))
        return false;
    const bool rollFits = !_roll || (knows(_roll->to()) && knows(_roll->from()));
    return rollFits && _slots.kept <= _slots.members.size() &&
           std::all_of(_slots.members.begin(), _slots.members.end(),
                       [&](ChildId id) { return fits(id, false); }) &&
           std::all_of(_slots.standIns.begin(), _slots.standIns.end(),
                       [&](ChildId id) { return fits(id, true); });
}

// --- all of it ---

void Supervisor::save(FieldWriter& out) const
{
    assert(!_stop.has_value());
    out(_seed);
    out(_nextGroup);
    out(_essential);
    out(_host.lastGeneration);
    out.putCount(_groups.size());
    for (const auto& group : _groups) group->save(out);
    _fleet.save(out);
    _operations.save(out);
}

Supervisor::Supervisor(FieldReader& in) : _seed(0), _fleet(0)
{
    in(_seed);
    in(_nextGroup);
    in(_essential);
    in(_host.lastGeneration);
    for (std::size_t left = in.takeCount(); left > 0 && in.good(); --left)
        _groups.push_back(std::make_unique<GroupMachine>(_host, in));
    _fleet.restore(in, [this](GroupId id) -> const GroupPolicy* {
        const GroupMachine* group = find(id);
        return group == nullptr ? nullptr : &group->policy();
    });
    _operations.restore(in);
    if (in.good() && !consistent()) in.refuse("groups and children do not fit each other");
}

/// Each child is in one slot of its group.
bool Supervisor::consistent()
{
    std::size_t slots = 0;
    for (const auto& group : _groups)
    {
        if (!group->consistent()) return false;
        slots += group->slots().members.size() + group->slots().standIns.size();
        if (_fleet.find(runMasterOf(group->id())) != nullptr) ++slots;
    }
    return slots == _fleet.children().size();
}

}  // namespace clustermanager::core
