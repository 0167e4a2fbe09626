#include "core/GenerationMachine.h"

#include "core/Phrases.h"

namespace clustermanager::core {

using Severity = Announce::Severity;

const char* name(GenerationState state)
{
    switch (state)
    {
    case GenerationState::Loading: return "loading";
    case GenerationState::Open: return "open";
    case GenerationState::Lost: return "lost";
    case GenerationState::Failed: return "failed";
    case GenerationState::Closed: break;
    }
    return "closed";
}

GenerationMachine::GenerationMachine(GroupId group, GenerationId id, const GroupPolicy& policy,
                                     std::uint64_t seed)
    : _group(group), _id(id), _policy(&policy), _record(policy, seed)
{}

void GenerationMachine::open(Turn& turn)
{
    turn.order(OpenGeneration{_group, _id});
    awaitLoad(turn);
}

void GenerationMachine::opened(bool isolatesRunMaster, Turn& turn)
{
    if (_state != GenerationState::Loading) return;
    _isolatesRunMaster = isolatesRunMaster;
    enter(GenerationState::Open);
    _openSince = turn.now();
    if (!_everOpened) announce(Severity::Info, "plugin loaded", turn);
    _everOpened = true;
}

void GenerationMachine::loadFailed(const std::string& reason, Turn& turn)
{
    if (_state != GenerationState::Loading && _state != GenerationState::Open) return;
    fail(reason, turn);
}

void GenerationMachine::spawnerLost(const std::string& reason, Turn& turn)
{
    if (_state != GenerationState::Loading && _state != GenerationState::Open) return;
    if (_retired) return enter(GenerationState::Lost);

    if (_openSince.has_value()) _record.ran(std::chrono::duration_cast<Millis>(turn.now() - *_openSince));
    const std::optional<Millis> delay = _record.afterFailure(turn.now());
    const std::string cause = "spawner lost: " + reason;
    if (!delay.has_value()) return fail(gaveUpText(*_policy, cause), turn);

    announce(Severity::Warning, cause + "; children go on, next spawner " + whenText(*delay), turn);
    if (*delay <= Millis::zero()) return replaceSpawner(turn);
    enter(GenerationState::Lost, turn.now() + *delay);
    _reason = cause;
}

void GenerationMachine::spawnerSilent(Turn& turn)
{
    if (_state != GenerationState::Open) return;
    announce(Severity::Error, "spawner does not answer; it is replaced, children go on", turn);
    replaceSpawner(turn);
}

void GenerationMachine::passTime(Turn& turn)
{
    switch (_state)
    {
    case GenerationState::Loading:
        // A plugin that never loaded gets the verdict. One that did load before is not the one to blame for
        // a spawner that hangs now.
        if (!_everOpened) return fail("did not load within " + limitText(_policy->startTimeout), turn);
        announce(Severity::Error,
                 "spawner did not load the plugin within " + limitText(_policy->startTimeout) +
                     "; it is replaced",
                 turn);
        return replaceSpawner(turn);
    case GenerationState::Lost: return replaceSpawner(turn);
    case GenerationState::Open:
    case GenerationState::Failed:
    case GenerationState::Closed: break;
    }
}

void GenerationMachine::revive(Turn& turn)
{
    if (_state != GenerationState::Failed || _retired) return;
    _record.clear();
    announce(Severity::Info, "loading the plugin again", turn);
    replaceSpawner(turn);
}

void GenerationMachine::retire()
{
    _retired = true;
    _deadline.reset();
}

void GenerationMachine::close(Turn& turn)
{
    if (_state == GenerationState::Closed) return;
    turn.order(CloseGeneration{_id});
    enter(GenerationState::Closed);
}

void GenerationMachine::forgive(Millis absence)
{
    if (_deadline.has_value()) *_deadline += absence;
}

void GenerationMachine::replaceSpawner(Turn& turn)
{
    turn.order(ReplaceSpawner{_id});
    awaitLoad(turn);
}

void GenerationMachine::awaitLoad(Turn& turn)
{
    _record.started(turn.now());
    enter(GenerationState::Loading, turn.now() + _policy->startTimeout);
}

void GenerationMachine::fail(const std::string& reason, Turn& turn)
{
    announce(Severity::Error, "failed: " + reason, turn);
    enter(GenerationState::Failed);
    _reason = reason;
}

void GenerationMachine::enter(GenerationState state, std::optional<TimePoint> deadline)
{
    _state = state;
    _deadline = _retired ? std::nullopt : deadline;
    _openSince.reset();
    _reason.clear();
}

void GenerationMachine::announce(Severity severity, const std::string& what, Turn& turn) const
{
    const std::string plugin = _policy->plugin.empty() ? "" : " (" + _policy->plugin + ")";
    turn.announce(severity, "group " + _policy->name + plugin + ": " + what);
}

}  // namespace clustermanager::core
