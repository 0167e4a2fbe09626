#include "core/ChildMachine.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/Phrases.h"

namespace clustermanager::core {

using Severity = Announce::Severity;

namespace {

constexpr Millis kShortestPatience{1'000};

template <class T>
bool is(const ChildEvent& event)
{
    return std::holds_alternative<T>(event);
}

Millis since(TimePoint from, TimePoint now)
{
    return std::chrono::duration_cast<Millis>(now - from);
}

/// How long a SIGKILL may take. Short enough to notice a spawner that hangs, even where children are given
/// no time at all.
Millis killPatience(const GroupPolicy& policy)
{
    return std::max(policy.shutdownTimeout, kShortestPatience);
}

}  // namespace

ChildMachine::ChildMachine(Place place, const GroupPolicy& policy, std::uint64_t seed)
    : _place(place), _policy(&policy), _record(policy, seed)
{}

void ChildMachine::step(const ChildEvent& event, Turn& turn)
{
    const ChildState before = _state;
    if (is<StopWanted>(event))
    {
        _wanted = false;
        cancelSuccessor(turn);
    }
    switch (_state)
    {
    case ChildState::Stopped: onStopped(event); break;
    case ChildState::Spawning: onSpawning(event, turn); break;
    case ChildState::Starting: onStarting(event, turn); break;
    case ChildState::Ready: onReady(event, turn); break;
    case ChildState::Stopping: onStopping(event, turn); break;
    case ChildState::Killing: onKilling(event, turn); break;
    case ChildState::Backoff: onBackoff(event); break;
    case ChildState::Failed: onFailed(event); break;
    }
    noteFrom(before, turn);
    assert(_deadline.has_value() == traits(_state).hasDeadline);
}

void ChildMachine::start(StartNumber start, Turn& turn)
{
    assert(awaitsStart());
    _generation = _aim;
    turn.order(Spawn{start, _place.id, _place.group, _place.index, _generation, _restarts});
    begin(start, turn);
}

void ChildMachine::begin(StartNumber start, Turn& turn)
{
    _start = start;
    _successor = {};
    _successorOrdered = false;
    _readySince.reset();
    _ending = Ending::OfItself;
    _recycled = false;
    _killsSent = 0;
    _record.started(turn.now());
    const ChildState before = _state;
    enter(ChildState::Spawning, turn.now() + _policy->startTimeout);
    noteFrom(before, turn);
}

// A run_master is started by rules of its own, and the end of one that is not ready can be its version's
// fault.
std::optional<TimePoint> ChildMachine::successorDue(TimePoint now) const
{
    const bool mayHaveOne = _state == ChildState::Ready && _wanted && _aim == _generation &&
                            _policy->restart != RestartMode::Never && !isRunMaster(_place.id);
    if (!mayHaveOne || _successorOrdered) return std::nullopt;
    return _record.forgivesFrom(*_readySince, now);
}

void ChildMachine::orderSuccessor(StartNumber next, Turn& turn)
{
    if (_successor == StartNumber{}) _successor = next;
    _successorOrdered = true;
    turn.order(OrderSuccessor{
        _start, {_successor, _place.id, _place.group, _place.index, _generation, _restarts + 1}});
}

void ChildMachine::succeeded(StartNumber next, Turn& turn)
{
    assert(!mayHaveProcess());
    const bool welcome = awaitsStart() && _aim == _generation;
    comeBack();
    begin(next, turn);
    if (!welcome) _ending = Ending::KilledByHost;
}

// What is ended on purpose has no successor; it may have one already, though.
void ChildMachine::cancelSuccessor(Turn& turn)
{
    if (std::exchange(_successorOrdered, false)) turn.order(CancelSuccessor{_start});
}

void ChildMachine::aim(GenerationId generation)
{
    _aim = generation;
    _failedToStart = false;
    _failure.clear();
}

std::optional<TimePoint> ChildMachine::servesLongFrom() const
{
    if (_state != ChildState::Ready) return std::nullopt;
    return *_readySince + _policy->minUptime;
}

bool ChildMachine::struggles() const
{
    return _failedToStart || _state == ChildState::Backoff || _state == ChildState::Failed;
}

void ChildMachine::fail(const std::string& reason, Turn& turn)
{
    assert(awaitsStart() || _state == ChildState::Backoff);
    const ChildState before = _state;
    enter(ChildState::Failed);
    _reason = reason;
    _failure = reason;
    noteFrom(before, turn);
}

void ChildMachine::forgive(Millis absence)
{
    if (_deadline.has_value()) *_deadline += absence;
}

bool ChildMachine::waitsForSpawner() const
{
    return _state == ChildState::Spawning || (_state == ChildState::Killing && _killsSent == 1);
}

ChildView ChildMachine::view() const
{
    return {_place.id, _place.group, _place.index, _place.standsIn, _state,      _wanted,
            _start,    _generation,  _pid,         _restarts,       _readySince, _reason};
}

void ChildMachine::onStopped(const ChildEvent& event)
{
    if (is<StartWanted>(event) || (is<ReplaceWanted>(event) && !_wanted)) return wantAgain();
    if (!is<ExitWanted>(event) || _policy->restart == RestartMode::Never) return;
    _wanted = true;
    comeBack();
}

// Left for Stopped, where the supervisor starts what is wanted as soon as the generation is open.
void ChildMachine::onBackoff(const ChildEvent& event)
{
    if (is<ExitWanted>(event) && _policy->restart == RestartMode::Never) _wanted = false;
    if (is<ReplaceWanted>(event) || is<StartWanted>(event)) return wantAgain();
    if (is<DeadlinePassed>(event) || is<ExitWanted>(event) || is<StopWanted>(event))
        enter(ChildState::Stopped);
}

void ChildMachine::onFailed(const ChildEvent& event)
{
    const bool again = is<ExitWanted>(event) && _policy->restart != RestartMode::Never;
    if (again || is<ReplaceWanted>(event) || is<StartWanted>(event)) wantAgain();
}

// An operator vouches for it: what it did before counts no more.
void ChildMachine::wantAgain()
{
    _record.clear();
    _wanted = true;
    comeBack();
    enter(ChildState::Stopped);
}

// The process is on its way out, and however it ends, that is no reason to stay away.
void ChildMachine::wantSuccessor()
{
    _wanted = true;
    if (_ending != Ending::KilledByHost) _ending = Ending::Replaced;
}

void ChildMachine::onSpawning(const ChildEvent& event, Turn& turn)
{
    if (const auto* spawned = std::get_if<Spawned>(&event)) return appeared(spawned->pid, turn);
    if (const auto* failed = std::get_if<SpawnFailed>(&event)) return didNotAppear(failed->reason, turn);
    if (const auto* exited = std::get_if<Exited>(&event))  // the report of the end came first
    {
        appeared(0, turn);
        return ended(*exited, turn);
    }
    // Silence is not an answer: the process may exist already, and a second start would give its id away
    // twice. So the wait goes on, and the supervisor has the silent spawner replaced.
    if (is<DeadlinePassed>(event)) return enter(ChildState::Spawning, turn.now() + _policy->startTimeout);

    // A process can speak before the spawner has told of it, and be asked to go. Both are kept until then.
    if (is<BecameReady>(event) && !_readySince.has_value()) _readySince = turn.now();
    if (is<RecycleAsked>(event) && _ending == Ending::OfItself) mark(recycling(turn.now()));
    if (is<ExitWanted>(event)) mark(Ending::Asked);
    if (is<ReplaceWanted>(event)) mark(Ending::Replaced);
    if (is<StartWanted>(event)) wantSuccessor();
    if (const auto* stop = std::get_if<StopWanted>(&event)) expectStop(stop->mode, turn);
}

void ChildMachine::onStarting(const ChildEvent& event, Turn& turn)
{
    if (const auto* exited = std::get_if<Exited>(&event)) return ended(*exited, turn);
    if (is<DeadlinePassed>(event)) return kill(Ending::NotReady, turn);
    if (is<BecameReady>(event))
    {
        _readySince = turn.now();
        return enter(ChildState::Ready);
    }
    runningChildAsked(event, turn);
}

void ChildMachine::onReady(const ChildEvent& event, Turn& turn)
{
    if (const auto* exited = std::get_if<Exited>(&event)) return ended(*exited, turn);
    runningChildAsked(event, turn);
}

void ChildMachine::onStopping(const ChildEvent& event, Turn& turn)
{
    if (const auto* exited = std::get_if<Exited>(&event)) return ended(*exited, turn);
    if (is<DeadlinePassed>(event)) return kill(_ending, turn);
    if (is<ExitWanted>(event)) mark(Ending::Asked);
    if (is<ReplaceWanted>(event)) mark(Ending::Replaced);
    if (is<StartWanted>(event)) wantSuccessor();
    if (const auto* stop = std::get_if<StopWanted>(&event); stop != nullptr && stop->mode == StopMode::Fast)
        return kill(Ending::KilledByHost, turn);
}

void ChildMachine::onKilling(const ChildEvent& event, Turn& turn)
{
    if (const auto* exited = std::get_if<Exited>(&event)) return ended(*exited, turn);
    if (is<DeadlinePassed>(event))
    {
        const std::string waited = limitText(killPatience(*_policy));
        announce(Severity::Error, "still there " + waited + " after SIGKILL; killed again", turn);
        return kill(_ending, turn);
    }
    if (is<ReplaceWanted>(event)) mark(Ending::Replaced);
    if (is<StartWanted>(event)) wantSuccessor();
}

void ChildMachine::appeared(pid_t pid, Turn& turn)
{
    _pid = pid;
    _spawnedAt = turn.now();
    _ran = true;
    switch (_ending)
    {
    case Ending::KilledByHost: return kill(_ending, turn);
    case Ending::Asked:
    case Ending::Replaced:
    case Ending::RecycledEarly: return askToStop(_ending, turn);
    case Ending::OfItself:
    case Ending::NotReady:
    case Ending::LinkLost:
    case Ending::Hung: break;
    }
    if (_readySince.has_value()) return enter(ChildState::Ready);
    enter(ChildState::Starting, turn.now() + _policy->startTimeout);
}

void ChildMachine::didNotAppear(const std::string& reason, Turn& turn)
{
    _readySince.reset();
    // One that was not to stay was not missed.
    if (!_wanted || _ending == Ending::Replaced || _ending == Ending::KilledByHost)
        return enter(ChildState::Stopped);
    _failedToStart = true;
    retry("could not be spawned: " + reason, Severity::Warning, turn);
}

// What is asked of a process that has nothing else to do than to serve.
void ChildMachine::runningChildAsked(const ChildEvent& event, Turn& turn)
{
    if (is<LinkLost>(event)) return kill(Ending::LinkLost, turn);
    if (is<BeatMissed>(event)) return abort(turn);
    if (is<ReplaceWanted>(event)) return askToStop(Ending::Replaced, turn);
    if (is<ExitWanted>(event)) return askToStop(Ending::Asked, turn);
    if (is<RecycleAsked>(event)) return askToStop(recycling(turn.now()), turn);
    const auto* stop = std::get_if<StopWanted>(&event);
    if (stop == nullptr) return;
    if (stop->mode == StopMode::Fast) return kill(Ending::KilledByHost, turn);
    askToStop(Ending::Asked, turn);
}

// The host stops while the spawner owes an answer. It gets no longer for it than a child gets to stop.
void ChildMachine::expectStop(StopMode mode, Turn& turn)
{
    const bool fast = mode == StopMode::Fast;
    _ending = fast ? Ending::KilledByHost : Ending::Asked;
    const Millis patience = fast ? kShortestPatience : killPatience(*_policy);
    enter(ChildState::Spawning, std::min(*_deadline, turn.now() + patience));
}

void ChildMachine::askToStop(Ending ending, Turn& turn)
{
    mark(ending);
    cancelSuccessor(turn);
    turn.order(AskToStop{_start});
    // Only who serves has something to go on with.
    const bool serves = _state == ChildState::Ready && !isRunMaster(_place.id);
    const Millis drain = serves ? _policy->drainDelay : Millis::zero();
    enter(ChildState::Stopping, turn.now() + drain + _policy->shutdownTimeout);
}

// What SIGABRT does to a process takes as long as its core file; what it does to a stopped one, nothing.
void ChildMachine::abort(Turn& turn)
{
    _ending = Ending::Hung;
    turn.order(Abort{_start});
    enter(ChildState::Stopping, turn.now() + killPatience(*_policy));
}

void ChildMachine::mark(Ending ending)
{
    _ending = ending;
    if (ending != Ending::Replaced && _policy->restart == RestartMode::Never) _wanted = false;
}

void ChildMachine::kill(Ending ending, Turn& turn)
{
    _ending = ending;
    ++_killsSent;
    cancelSuccessor(turn);
    turn.order(Kill{_start});
    enter(ChildState::Killing, turn.now() + killPatience(*_policy));
}

void ChildMachine::enter(ChildState state, std::optional<TimePoint> deadline)
{
    _state = state;
    if (state == ChildState::Ready) _failedToStart = false;
    _deadline = deadline;
    _reason.clear();
}

void ChildMachine::noteFrom(ChildState before, Turn& turn) const
{
    if (_state == before) return;
    turn.note(
        ChildEntered{_place.id, _place.group, _start, _generation, before, _state, _pid, _restarts, _reason});
}

// CM_RESTART counts processes, not attempts: the first process to run is no restart, however often the
// spawner had to try.
void ChildMachine::comeBack()
{
    if (_ran) ++_restarts;
    _ran = false;
}

// Asking to be recycled is no failure, but a child that asks as soon as it runs must not storm either.
ChildMachine::Ending ChildMachine::recycling(TimePoint now)
{
    _recycled = true;
    const bool ranLong = _readySince.has_value() && since(*_readySince, now) >= _policy->minUptime;
    return ranLong ? Ending::Replaced : Ending::RecycledEarly;
}

void ChildMachine::announce(Severity severity, const std::string& what, Turn& turn) const
{
    turn.announce(severity, slotText(_place.id) + " (" + _policy->name + "): " + what);
}

}  // namespace clustermanager::core
