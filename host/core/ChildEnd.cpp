#include <chrono>
#include <utility>

#include "core/ChildMachine.h"
#include "core/Phrases.h"

/// What the end of a child's process means: another start, a wait, or none any more; and how it is told.
namespace clustermanager::core {

using Severity = Announce::Severity;

namespace {

constexpr int kConfigurationError = 78;  // EX_CONFIG: starting it again cannot help

Millis since(TimePoint from, TimePoint now)
{
    return std::chrono::duration_cast<Millis>(now - from);
}

}  // namespace

const char* name(EndCause cause)
{
    switch (cause)
    {
    case EndCause::Crash: return "crash";
    case EndCause::Exit: return "exit";
    case EndCause::Asked: return "asked";
    case EndCause::Replaced: return "replaced";
    case EndCause::Recycled: return "recycled";
    case EndCause::Watchdog: return "watchdog";
    case EndCause::StartTimeout: return "start_timeout";
    case EndCause::LinkLost: break;
    }
    return "link_lost";
}

void ChildMachine::ended(const Exited& exited, Turn& turn)
{
    const std::string what = endingText(exited, turn.now());
    if (_readySince.has_value()) _record.ran(since(*_readySince, turn.now()));
    const bool everReady = _readySince.has_value();
    _successor = {};
    _successorOrdered = false;
    const pid_t pid = std::exchange(_pid, 0);
    _readySince.reset();

    const bool asked =
        _ending == Ending::Asked || _ending == Ending::Replaced || _ending == Ending::KilledByHost;
    const bool expected = asked || !_wanted;
    turn.note(ChildEnded{_place.id, _place.group, _start, _generation, pid, _restarts, exited.status,
                         exited.reason, since(_spawnedAt, turn.now()), expected, causeOf(exited.status)});
    if (expected) return endedAsAsked(what, turn);
    if (!everReady) _failedToStart = true;
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
    // A run_master that returns 0 has done what it was for, as one that runs in the host.
    const bool mayBeDone = _policy->restart == RestartMode::OnFailure || isRunMaster(_place.id);
    if (_policy->restart == RestartMode::Never || (mayBeDone && done))
    {
        _wanted = false;
        _failure = what;
        enter(ChildState::Stopped);
        return announce(severity, what + "; not started again", turn);
    }
    retry(what, severity, turn);
}

// A start that does not wait is left to the supervisor, which sees a wanted child without a process.
void ChildMachine::retry(const std::string& cause, Severity severity, Turn& turn)
{
    _failure = cause;
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
    // Whether one that stands in starts again is for its roll to say.
    announce(severity, cause + (standsIn() ? "" : "; next start " + whenText(*delay)), turn);
}

void ChildMachine::giveUp(const std::string& reason, Turn& turn)
{
    announce(Severity::Error, "failed: " + reason, turn);
    enter(ChildState::Failed);
    _reason = reason;
    _failure = reason;
}

EndCause ChildMachine::causeOf(const ExitStatus& status) const
{
    switch (_ending)
    {
    case Ending::OfItself: break;
    case Ending::Asked:
    case Ending::KilledByHost: return EndCause::Asked;
    case Ending::Replaced: return _recycled ? EndCause::Recycled : EndCause::Replaced;
    case Ending::RecycledEarly: return EndCause::Recycled;
    case Ending::NotReady: return EndCause::StartTimeout;
    case Ending::LinkLost: return EndCause::LinkLost;
    case Ending::Hung: return EndCause::Watchdog;
    }
    return status.kind == ExitStatus::Kind::Signaled ? EndCause::Crash : EndCause::Exit;
}

std::string ChildMachine::endingText(const Exited& exited, TimePoint now) const
{
    std::string text;
    const bool escalated = _state == ChildState::Killing;
    switch (_ending)
    {
    case Ending::NotReady: text = "not ready within " + limitText(_policy->startTimeout) + "; "; break;
    case Ending::LinkLost: text = "its link to the master was lost; "; break;
    case Ending::RecycledEarly:
        text = "asked to be recycled before it had run for " + limitText(_policy->minUptime) + "; ";
        break;
    case Ending::Hung: text = "its watchdog was not beaten for " + limitText(_policy->watchdog) + "; "; break;
    case Ending::Replaced:
        if (!escalated)
        {
            text = "replaced; ";
            break;
        }
        [[fallthrough]];
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

}  // namespace clustermanager::core
