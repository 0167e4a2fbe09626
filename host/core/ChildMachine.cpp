#include "core/ChildMachine.h"

#include <algorithm>
#include <cassert>

#include "core/Phrases.h"

namespace clustermanager::core {

using Severity = Announce::Severity;

namespace {

constexpr int kConfigurationError = 78;  // EX_CONFIG: starting it again cannot help
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
    if (is<StopWanted>(event)) _wanted = false;
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
    assert(_deadline.has_value() == traits(_state).hasDeadline);
}

void ChildMachine::start(StartNumber start, GenerationId generation, Turn& turn)
{
    assert(awaitsStart());
    _start = start;
    _generation = generation;
    _readySince.reset();
    _ending = Ending::OfItself;
    _killsSent = 0;
    _record.started(turn.now());
    turn.order(Spawn{start, _place.id, _place.group, _place.index, generation, _restarts});
    enter(ChildState::Spawning, turn.now() + _policy->startTimeout);
}

void ChildMachine::fail(const std::string& reason)
{
    assert(awaitsStart() || _state == ChildState::Backoff);
    enter(ChildState::Failed);
    _reason = reason;
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
    return {_place.id,   _place.group, _place.index, _state,      _wanted, _start,
            _generation, _pid,         _restarts,    _readySince, _reason};
}

void ChildMachine::onStopped(const ChildEvent& event)
{
    if (!is<ExitWanted>(event) || _policy->restart == RestartMode::Never) return;
    _wanted = true;
    comeBack();
}

// Left for Stopped, where the supervisor starts what is wanted as soon as the generation is open.
void ChildMachine::onBackoff(const ChildEvent& event)
{
    if (is<ExitWanted>(event) && _policy->restart == RestartMode::Never) _wanted = false;
    if (is<DeadlinePassed>(event) || is<ExitWanted>(event) || is<StopWanted>(event))
        enter(ChildState::Stopped);
}

void ChildMachine::onFailed(const ChildEvent& event)
{
    if (!is<ExitWanted>(event) || _policy->restart == RestartMode::Never) return;
    _record.clear();
    comeBack();
    enter(ChildState::Stopped);
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
    if (is<ExitWanted>(event)) _ending = Ending::Asked;
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
    case Ending::RecycledEarly: return askToStop(_ending, turn);
    case Ending::OfItself:
    case Ending::NotReady:
    case Ending::LinkLost: break;
    }
    if (_readySince.has_value()) return enter(ChildState::Ready);
    enter(ChildState::Starting, turn.now() + _policy->startTimeout);
}

void ChildMachine::didNotAppear(const std::string& reason, Turn& turn)
{
    _readySince.reset();
    if (!_wanted) return enter(ChildState::Stopped);
    retry("could not be spawned: " + reason, Severity::Warning, turn);
}

// What is asked of a process that has nothing else to do than to serve.
void ChildMachine::runningChildAsked(const ChildEvent& event, Turn& turn)
{
    if (is<LinkLost>(event)) return kill(Ending::LinkLost, turn);
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
    turn.order(AskToStop{_start});
    enter(ChildState::Stopping, turn.now() + _policy->shutdownTimeout);
}

void ChildMachine::mark(Ending ending)
{
    _ending = ending;
    if (_policy->restart == RestartMode::Never) _wanted = false;
}

void ChildMachine::kill(Ending ending, Turn& turn)
{
    _ending = ending;
    ++_killsSent;
    turn.order(Kill{_start});
    enter(ChildState::Killing, turn.now() + killPatience(*_policy));
}

void ChildMachine::ended(const Exited& exited, Turn& turn)
{
    const std::string what = endingText(exited, turn.now());
    if (_readySince.has_value()) _record.ran(since(*_readySince, turn.now()));
    _pid = 0;
    _readySince.reset();

    const bool asked = _ending == Ending::Asked || _ending == Ending::KilledByHost;
    if (asked || !_wanted) return endedAsAsked(what, turn);
    endedOfItself(what, exited.status, turn);
}

void ChildMachine::endedAsAsked(const std::string& what, Turn& turn)
{
    const bool hadToBeKilled = _state == ChildState::Killing && _ending != Ending::KilledByHost;
    enter(ChildState::Stopped);
    if (_wanted) comeBack();
    announce(hadToBeKilled ? Severity::Warning : Severity::Info,
             what + (_wanted ? "; next start at once" : ""), turn);
}

void ChildMachine::endedOfItself(const std::string& what, const ExitStatus& status, Turn& turn)
{
    if (status.kind == ExitStatus::Kind::Exited && status.number == kConfigurationError)
        return giveUp("its configuration is wrong, it says: " + what, turn);

    const Severity severity = status.success() ? Severity::Info : Severity::Warning;
    const bool done = _ending == Ending::OfItself && status.success();
    if (_policy->restart == RestartMode::Never || (_policy->restart == RestartMode::OnFailure && done))
    {
        _wanted = false;
        enter(ChildState::Stopped);
        return announce(severity, what + "; not started again", turn);
    }
    retry(what, severity, turn);
}

// A start that does not wait is left to the supervisor, which sees a wanted child without a process.
void ChildMachine::retry(const std::string& cause, Severity severity, Turn& turn)
{
    const std::optional<Millis> delay = _record.afterFailure(turn.now());
    if (!delay.has_value()) return giveUp(gaveUpText(*_policy, cause), turn);

    comeBack();
    if (*delay <= Millis::zero())
        enter(ChildState::Stopped);
    else
    {
        enter(ChildState::Backoff, turn.now() + *delay);
        _reason = cause;
    }
    announce(severity, cause + "; next start " + whenText(*delay), turn);
}

void ChildMachine::giveUp(const std::string& reason, Turn& turn)
{
    announce(Severity::Error, "failed: " + reason, turn);
    enter(ChildState::Failed);
    _reason = reason;
}

void ChildMachine::enter(ChildState state, std::optional<TimePoint> deadline)
{
    _state = state;
    _deadline = deadline;
    _reason.clear();
}

// CM_RESTART counts processes, not attempts: the first process to run is no restart, however often the
// spawner had to try.
void ChildMachine::comeBack()
{
    if (_ran) ++_restarts;
    _ran = false;
}

// Asking to be recycled is no failure, but a child that asks as soon as it runs must not storm either.
ChildMachine::Ending ChildMachine::recycling(TimePoint now) const
{
    const bool ranLong = _readySince.has_value() && since(*_readySince, now) >= _policy->minUptime;
    return ranLong ? Ending::Asked : Ending::RecycledEarly;
}

std::string ChildMachine::endingText(const Exited& exited, TimePoint now) const
{
    std::string text;
    const bool escalated = _state == ChildState::Killing;
    switch (_ending)
    {
    case Ending::NotReady: text = "not ready within " + limitText(_policy->startTimeout) + "; "; break;
    case Ending::LinkLost: text = "closed its link to the master; "; break;
    case Ending::RecycledEarly:
        text = "asked to be recycled before it had run for " + limitText(_policy->minUptime) + "; ";
        break;
    case Ending::Asked:
        text = escalated ? "did not exit within " + limitText(_policy->shutdownTimeout) + "; "
                         : "asked to exit; ";
        break;
    case Ending::OfItself:
    case Ending::KilledByHost: break;
    }
    text += endText(exited.status) + " after " + durationText(since(_spawnedAt, now));
    return exited.reason.empty() ? text : text + ": " + exited.reason;
}

void ChildMachine::announce(Severity severity, const std::string& what, Turn& turn) const
{
    turn.announce(severity,
                  "child " + std::to_string(number(_place.id)) + " (" + _policy->name + "): " + what);
}

}  // namespace clustermanager::core
