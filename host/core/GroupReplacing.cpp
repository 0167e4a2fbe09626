#include <iterator>
#include <utility>

#include "core/GroupMachine.h"

/// How a group's children are replaced: what begins a roll, and what its end means for the generations.
namespace clustermanager::core {

using Severity = Announce::Severity;

Roll::Ground GroupMachine::ground()
{
    const GenerationMachine& target = _roll->reloads() && _next ? *_next : *_current;
    return {_id, _policy, _slots, _host.fleet, _host.operations, target.state(), target.reason()};
}

void GroupMachine::beginReload(OperationId operation, Turn& turn)
{
    _failedGeneration = {};
    _failedReason.clear();
    _next = makeGeneration();
    _roll = Roll::reload(_current->id(), _next->id(), operation);
    _host.fleet.withholdSuccessors(_next->id());
    announce(Severity::Info, "reload to generation " + std::to_string(number(_next->id())), turn);
    if (Operation* known = _host.operations.find(operation))
    {
        known->state = OperationState::Running;
        known->generation = _next->id();
    }
    _next->open(turn);
    touch();
}

/// One that asks again and again serves for minUptime in between: that paces it, and costs neither a child
/// that serves nor one of its restarts.
void GroupMachine::beginRecycle(TimePoint now)
{
    std::set<ChildId> due;
    for (auto asked = _toRecycle.begin(); asked != _toRecycle.end();)
    {
        const std::optional<TimePoint> from = recycleFrom(asked->first, asked->second);
        const bool waits = from && *from > now;
        if (from && !waits) due.insert(asked->first);
        asked = waits ? std::next(asked) : _toRecycle.erase(asked);
    }
    if (!due.empty()) _roll = Roll::recycle(_current->id(), std::move(due));
}

/// Nothing where the process that asked does not serve any more.
std::optional<TimePoint> GroupMachine::recycleFrom(ChildId id, StartNumber asked) const
{
    const ChildMachine* child = _host.fleet.find(id);
    if (child == nullptr || child->startNumber() != asked) return std::nullopt;
    return child->servesLongFrom();
}

/// When the next of those who have asked may be replaced. A roll looks after them at its end.
std::optional<TimePoint> GroupMachine::recycleDue() const
{
    std::optional<TimePoint> first;
    if (_roll || _state != GroupState::Running) return first;
    for (const auto& [id, start] : _toRecycle)
        if (const auto from = recycleFrom(id, start); from && (!first || *from < *first)) first = from;
    return first;
}

void GroupMachine::advanceRoll(Turn& turn)
{
    if (!_roll) return;
    const Roll::Phase before = _roll->phase();
    const bool wasSettled = _roll->settled();
    _roll->advance(ground(), turn);
    if (_roll->reloads() && _roll->settled() && !wasSettled)
    {
        _host.fleet.allowSuccessors(_roll->succeeds() ? _roll->to() : _roll->from());
        touch();
    }
    if (Operation* operation = _host.operations.find(_roll->operation()))
        operation->phase = name(_roll->phase());
    if (_roll->reloads() && _roll->phase() != before && !_roll->over())
        announce(_roll->phase() == Roll::Phase::Reverting ? Severity::Warning : Severity::Info,
                 "generation " + std::to_string(number(_roll->to())) + ": " + name(_roll->phase()) +
                     (_roll->succeeds() ? "" : " (" + _roll->failure() + ")"),
                 turn);
    if (_roll->over()) endRoll(turn);
}

void GroupMachine::endRoll(Turn& turn)
{
    const Roll roll = *std::exchange(_roll, std::nullopt);
    if (roll.reloads())
    {
        _host.fleet.allowSuccessors(roll.to());
        _host.fleet.allowSuccessors(roll.from());
        if (roll.succeeds()) std::swap(_current, _next);
        _next->retire();
        _retired.push_back(std::move(_next));
        if (!roll.succeeds())
        {
            _failedGeneration = roll.to();
            _failedReason = roll.failure();
        }
        const std::string generation = "reload to generation " + std::to_string(number(roll.to()));
        announce(roll.succeeds() || roll.calledOff() ? Severity::Info : Severity::Error,
                 generation +
                     (roll.succeeds() ? " done" : " failed, the one before stays: " + roll.failure()),
                 turn);
        Operations::end(_host.operations.find(roll.operation()),
                        roll.succeeds() ? OperationState::Done : OperationState::Failed, roll.failure(),
                        turn.now());
    }
    else if (!roll.succeeds())
        announce(Severity::Warning, "children are not recycled: " + roll.failure(), turn);
    touch();
    if (!_waitingReload) return;
    const OperationId waiting = *std::exchange(_waitingReload, std::nullopt);
    beginReload(waiting, turn);
}

void GroupMachine::cancelRoll(Turn& turn)
{
    if (_waitingReload)
        Operations::end(_host.operations.find(*std::exchange(_waitingReload, std::nullopt)),
                        OperationState::Replaced, "the group was stopped", turn.now());
    _toRecycle.clear();
    if (!_roll) return;
    _roll->cancel(ground(), turn);
    if (_roll->over()) endRoll(turn);
}

}  // namespace clustermanager::core
