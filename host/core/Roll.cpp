#include "core/Roll.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace clustermanager::core {

namespace {

bool isReady(const ChildMachine& child)
{
    return child.state() == ChildState::Ready;
}

std::size_t countReady(Fleet& fleet, const std::vector<ChildId>& ids)
{
    return static_cast<std::size_t>(
        std::count_if(ids.begin(), ids.end(), [&](ChildId id) { return isReady(fleet.at(id)); }));
}

/// But for those that have failed: they are missed whatever we do. On the way back that is true of all that
/// struggle as well, because the way back must have an end.
std::size_t countMissing(Fleet& fleet, const Slots::Range& ids, bool onTheWayBack)
{
    return static_cast<std::size_t>(std::count_if(ids.begin(), ids.end(), [&](ChildId id) {
        const ChildMachine& child = fleet.at(id);
        const bool hopeless = child.state() == ChildState::Failed || (onTheWayBack && child.struggles());
        return child.wanted() && !isReady(child) && !hopeless;
    }));
}

}  // namespace

const char* name(Roll::Phase phase)
{
    switch (phase)
    {
    case Roll::Phase::Loading: return "loading";
    case Roll::Phase::Surging: return "surging";
    case Roll::Phase::Replacing: return "replacing";
    case Roll::Phase::Reverting: return "reverting";
    case Roll::Phase::Leaving: return "leaving";
    case Roll::Phase::Over: break;
    }
    return "over";
}

Roll::Roll(GenerationId from, GenerationId to, OperationId operation, Phase phase)
    : _from(from), _to(to), _operation(operation), _phase(phase)
{}

Roll Roll::reload(GenerationId from, GenerationId to, OperationId operation)
{
    return {from, to, operation, Phase::Loading};
}

Roll Roll::recycle(GenerationId current, std::set<ChildId> children)
{
    Roll roll{current, current, OperationId{}, Phase::Loading};
    roll._pending = std::move(children);
    return roll;
}

void Roll::advance(const Ground& ground, Turn& turn)
{
    if (!reloads()) forgetRestarted(ground);
    for (Phase before = Phase::Over; before != _phase;)
    {
        before = _phase;
        step(ground, turn);
    }
}

void Roll::step(const Ground& ground, Turn& turn)
{
    switch (_phase)
    {
    case Phase::Loading: return onLoading(ground);
    case Phase::Surging: return onSurging(ground, turn);
    case Phase::Replacing:
    case Phase::Reverting: return onReplacing(ground, turn);
    case Phase::Leaving: return onLeaving(ground, turn);
    case Phase::Over: return;
    }
}

void Roll::onLoading(const Ground& ground)
{
    if (ground.target == GenerationState::Failed) return fail(ground.targetReason, Phase::Leaving);
    if (ground.target != GenerationState::Open) return;
    if (reloads())
        for (const ChildId id : ground.slots.keptMembers()) _pending.insert(id);
    surge(ground);
    _phase = Phase::Surging;
}

void Roll::surge(const Ground& ground)
{
    const auto wanted = static_cast<std::size_t>(std::count_if(
        _pending.begin(), _pending.end(), [&](ChildId id) { return ground.fleet.at(id).wanted(); }));
    const auto first = static_cast<std::uint32_t>(ground.slots.members.size());
    for (std::uint32_t i = 0; i < std::min<std::size_t>(ground.policy.surge(), wanted); ++i)
    {
        ChildMachine& child = ground.fleet.add(ground.group, first + i, true, ground.policy);
        child.aim(_to);
        ground.slots.standIns.push_back(child.id());
    }
}

/// In a reload, who is about to be replaced has no successor: taken back one by one, each would wake the old
/// spawner.
void Roll::onSurging(const Ground& ground, Turn& turn)
{
    if (const std::string reason = trouble(ground); !reason.empty()) return fail(reason, Phase::Leaving);
    if (countReady(ground.fleet, ground.slots.standIns) != ground.slots.standIns.size()) return;
    _phase = Phase::Replacing;
    if (reloads()) ground.fleet.takeBackSuccessors(_from, turn);
}

void Roll::onReplacing(const Ground& ground, Turn& turn)
{
    takeStock(ground);
    if (_phase == Phase::Replacing)
    {
        const std::string reason = trouble(ground);
        if (!reason.empty()) return reloads() ? revert(ground, reason) : fail(reason, Phase::Leaving);
    }
    askMore(ground, turn);
    if (_pending.empty() && _asked.empty()) _phase = Phase::Leaving;
}

void Roll::onLeaving(const Ground& ground, Turn& turn)
{
    for (const ChildId id : ground.slots.standIns)
        if (ChildMachine& child = ground.fleet.at(id); child.wanted())
            ground.fleet.deliver(child, StopWanted{StopMode::Graceful}, turn);
    auto& left = ground.slots.standIns;
    left.erase(std::remove_if(left.begin(), left.end(),
                              [&](ChildId id) {
                                  if (ground.fleet.at(id).mayHaveProcess()) return false;
                                  ground.fleet.remove(id);
                                  return true;
                              }),
               left.end());
    if (left.empty()) _phase = Phase::Over;
}

/// Who has ended of itself meanwhile gets a fresh process without us.
void Roll::forgetRestarted(const Ground& ground)
{
    for (auto next = _pending.begin(); next != _pending.end();)
        next = isReady(ground.fleet.at(*next)) ? std::next(next) : _pending.erase(next);
}

/// What has been replaced is done with. Where nothing better is at hand, what fails is as well: its restart
/// policy goes on with it.
void Roll::takeStock(const Ground& ground)
{
    for (auto asked = _asked.begin(); asked != _asked.end();)
    {
        const ChildMachine& child = ground.fleet.at(asked->first);
        const bool replaced = isReady(child) && child.startNumber() != asked->second;
        const bool gone = !child.wanted() && !child.mayHaveProcess();
        const bool givenUp = child.struggles() && (_phase == Phase::Reverting || !reloads());
        asked = replaced || gone || givenUp ? _asked.erase(asked) : std::next(asked);
    }
}

// A slot that does not serve costs nothing to be replaced, so it comes first.
void Roll::askMore(const Ground& ground, Turn& turn)
{
    if (_pending.empty()) return;
    const std::size_t standIns = countReady(ground.fleet, ground.slots.standIns);
    std::size_t allowed = standIns + ground.policy.maxUnavailable;
    // The policy may have changed since the stand-ins were started, and there has to be a way back.
    if (_phase == Phase::Reverting || ground.slots.standIns.empty())
        allowed = std::max<std::size_t>(allowed, 1);
    const std::size_t allowedIdle = std::max<std::size_t>(allowed, 1);
    const auto countMissingNow = [&] {
        return countMissing(ground.fleet, ground.slots.keptMembers(), _phase == Phase::Reverting);
    };
    if (_asked.size() >= allowedIdle && countMissingNow() >= allowed) return;  // mostly: spares the lists
    std::vector<ChildId> idle;
    std::vector<ChildId> serving;
    for (const ChildId id : _pending) (isReady(ground.fleet.at(id)) ? serving : idle).push_back(id);
    for (const ChildId id : idle)
    {
        if (_asked.size() >= allowedIdle) break;
        ask(ground, id, turn);
    }
    std::size_t missing = countMissingNow();
    for (const ChildId id : serving)
    {
        if (missing >= allowed) return;
        ask(ground, id, turn);
        if (!isReady(ground.fleet.at(id))) ++missing;
    }
}

void Roll::ask(const Ground& ground, ChildId id, Turn& turn)
{
    ChildMachine& child = ground.fleet.at(id);
    _pending.erase(id);
    // What the new generation has ended for good, the old one brings back.
    const bool isOwed = child.wanted() || (_phase == Phase::Reverting && child.struggles());
    child.aim(aim());
    if (!isOwed) return ground.fleet.touch(child.id());
    _asked.emplace(child.id(), child.startNumber());
    if (_phase == Phase::Replacing)
        Operations::addStep(ground.operations.find(_operation), child, turn.now());
    if (reloads())
        ground.fleet.deliver(child, ReplaceWanted{}, turn);
    else
        ground.fleet.deliver(child, RecycleAsked{child.startNumber()}, turn);
}

void Roll::fail(const std::string& reason, Phase next)
{
    _failure = reason;
    _pending.clear();
    _asked.clear();
    _phase = next;
}

void Roll::revert(const Ground& ground, const std::string& reason)
{
    fail(reason, Phase::Reverting);
    for (const ChildId id : ground.slots.keptMembers())
        if (ground.fleet.at(id).aim() == _to) _pending.insert(id);
}

/// Why the new processes are not fit to take over; "" while they are.
std::string Roll::trouble(const Ground& ground) const
{
    const ChildMachine* unfit = nullptr;
    const auto look = [&](ChildId id) {
        const ChildMachine& child = ground.fleet.at(id);
        if (unfit == nullptr && isUnfit(child)) unfit = &child;
    };
    for (const ChildId id : ground.slots.standIns) look(id);
    if (reloads())
        for (const ChildId id : ground.slots.keptMembers()) look(id);
    if (unfit == nullptr) return "";
    return "child " + std::to_string(number(unfit->id())) + ": " +
           (unfit->failure().empty() ? "asked to exit" : unfit->failure());
}

bool Roll::isUnfit(const ChildMachine& child) const
{
    if (child.aim() != _to) return false;
    const bool endedForGood = child.standsIn() && !child.wanted();
    return child.struggles() || endedForGood;
}

void Roll::cancel(const Ground& ground, Turn& turn)
{
    if (_phase == Phase::Over) return;
    const bool untouched = _phase == Phase::Loading || _phase == Phase::Surging;
    if (untouched && _failure.empty())
    {
        _failure = "the group was stopped";
        _calledOff = true;
    }
    if (!untouched && reloads())
        for (const ChildId id : ground.slots.keptMembers())
            ground.fleet.at(id).aim(_failure.empty() ? _to : _from);
    _pending.clear();
    _asked.clear();
    _phase = Phase::Leaving;
    advance(ground, turn);
}

}  // namespace clustermanager::core
