#include "simulation/World.h"

#include <algorithm>
#include <iterator>
#include <variant>

/// What the supervisor orders, carried out in the made-up machine, and every rule it must keep.
namespace clustermanager::simulation {

using core::ChildState;

core::Actions World::tell(const core::Event& event, const std::string& story)
{
    tellStory(story);
    const bool wasStopping = _core.stopping();
    core::Actions actions = _core.handle(event, _now);
    require(!_finished || actions.empty(), "nothing follows Finish");
    if (!wasStopping && _core.stopping()) _operatorStopped = std::holds_alternative<core::StopAsked>(event);
    checkOrder(actions);
    carryOut(actions);
    check();
    checkDeadline(event);
    return actions;
}

void World::carryOut(const core::Actions& actions)
{
    for (const core::Action& action : actions)
        std::visit([&](const auto& order) { carryOut(order); }, action);
}

void World::carryOut(const core::OpenGeneration& action)
{
    tellStory("    -> open generation " + std::to_string(number(action.generation)));
    require(!spawnerOf(action.generation).loading && !_core.stopping(), "a generation is opened once");
    spawnerOf(action.generation).loading = true;
}

void World::carryOut(const core::ReplaceSpawner& action)
{
    tellStory("    -> replace spawner of generation " + std::to_string(number(action.generation)));
    Spawner& spawner = spawnerOf(action.generation);
    require(!spawner.closed, "the spawner of a closed generation is not replaced");
    const Millis patience = _schedule.groups[number(action.generation) - 1].startTimeout;
    require(!spawner.loading || _now - spawner.loadingSince >= patience,
            "a spawner that loads has startTimeout for it");
    const unsigned incarnation = spawner.incarnation + 1;
    spawner = Spawner{};
    spawner.loading = true;
    spawner.loadingSince = _now;
    spawner.incarnation = incarnation;
}

void World::carryOut(const core::CloseGeneration& action)
{
    tellStory("    -> close generation " + std::to_string(number(action.generation)));
    Spawner& spawner = spawnerOf(action.generation);
    require(!spawner.closed, "a generation is closed once");
    require(_core.stopping(), "a generation is closed when the host stops");
    for (const Process& process : _processes)
        require(process.generation != action.generation, "a generation with processes is not closed");
    spawner = Spawner{};
    spawner.closed = true;
}

void World::carryOut(const core::Spawn& action)
{
    tellStory("    -> spawn child " + std::to_string(number(action.child)) + ", start " +
              std::to_string(number(action.start)));
    const std::size_t position = number(action.child) - 1;
    require(!_core.stopping(), "nothing is spawned after a stop");
    require(number(action.start) > _lastStart, "start numbers grow");
    require(spawnerOf(action.generation).open, "nothing is spawned in a generation that is not open");
    require(processOf(position) == nullptr, "at most one process lives under one id");
    _lastStart = number(action.start);
    _oracles[position].started(_now, action.restarts);

    Process process{};
    process.start = action.start;
    process.child = position;
    process.generation = action.generation;
    process.incarnation = spawnerOf(action.generation).incarnation;
    _processes.push_back(process);
}

void World::carryOut(const core::AskToStop& action)
{
    tellStory("    -> ask to stop, start " + std::to_string(number(action.start)));
    Process& process = reportedProcess(action.start);
    require(!process.stopAsked, "a process is asked to stop once");
    process.stopAsked = true;
}

void World::carryOut(const core::Kill& action)
{
    tellStory("    -> kill, start " + std::to_string(number(action.start)));
    ++reportedProcess(action.start).kills;
}

void World::carryOut(const core::Announce& action)
{
    tellStory("    -> \"" + action.text + "\"");
    require(!action.text.empty() && action.text.find('\n') == std::string::npos,
            "an announcement is one line");
}

void World::carryOut(const core::Finish& action)
{
    tellStory("    -> finish: " + action.reason);
    require(!_finished, "the host finishes once");
    require(_core.stopping(), "the host finishes after a stop only");
    require(_processes.empty(), "no process is left when the host finishes");
    for (const Spawner& spawner : _spawners) require(spawner.closed, "no generation is left open");
    const bool verdictOfOperator = action.verdict == core::Finish::Verdict::StoppedByOperator;
    require(verdictOfOperator == _operatorStopped, "the verdict names who stopped the host");
    require(verdictOfOperator == action.reason.empty(), "a host that stops by itself says why");
    _finished = true;
}

World::Process& World::reportedProcess(StartNumber start)
{
    const auto process = std::find_if(_processes.begin(), _processes.end(),
                                      [&](const Process& p) { return p.start == start; });
    require(process != _processes.end() && process->reported, "orders go to processes that were reported");
    return *process;
}

void World::check()
{
    for (std::size_t position = 0; position < _oracles.size(); ++position) checkChild(position);
    require(_core.finished() == _finished, "finished() is true after Finish");
}

void World::checkChild(std::size_t position)
{
    const core::ChildView child = _core.child(position);
    const Process* process = processOf(position);
    require(traits(child.state).mayHaveProcess == (process != nullptr),
            "no process is forgotten or invented");
    require(!_core.stopping() || !child.wanted, "nothing is wanted after a stop");
    const bool explains = child.state == ChildState::Backoff || child.state == ChildState::Failed;
    require(explains == !child.reason.empty(), "a child in backoff or failed says why, and no other does");
    if (process == nullptr) return;

    require(child.start == process->start, "the slot knows its start number");
    require((child.state == ChildState::Spawning) == !process->reported, "an answer ends spawning");
    require(child.pid == process->pid, "the slot knows its pid");
    require(child.state != ChildState::Starting || !process->readyAt, "readiness is not lost");
    require(child.state != ChildState::Ready || process->readyAt, "readiness is not invented");
    require(child.state != ChildState::Stopping || process->stopAsked, "stopping: it was asked");
    require(child.state != ChildState::Killing || process->kills > 0, "killing: it was killed");
}

void World::checkDeadline(const core::Event& event)
{
    bool somebodyWaits = false;
    for (std::size_t position = 0; position < _oracles.size(); ++position)
        somebodyWaits = somebodyWaits || traits(_core.child(position).state).hasDeadline;
    for (std::size_t group = 0; group < _core.groupCount() && !_core.stopping(); ++group)
    {
        const core::GenerationState state = _core.group(group).generationState;
        somebodyWaits =
            somebodyWaits || state == core::GenerationState::Loading || state == core::GenerationState::Lost;
    }
    const std::optional<TimePoint> deadline = _core.deadline();
    require(deadline.has_value() == somebodyWaits, "there is a deadline exactly while somebody waits");
    const bool passed = std::holds_alternative<core::TimePassed>(event);
    require(!passed || !deadline.has_value() || *deadline > _now, "a deadline that has passed is dealt with");
}

// Nobody waits for words, and nothing comes after the end.
void World::checkOrder(const core::Actions& actions) const
{
    const auto isWords = [](const core::Action& action) {
        return std::holds_alternative<core::Announce>(action) || std::holds_alternative<core::Finish>(action);
    };
    require(std::is_partitioned(actions.rbegin(), actions.rend(), isWords), "orders come before words");
    for (std::size_t i = 0; i + 1 < actions.size(); ++i)
        require(!std::holds_alternative<core::Finish>(actions[i]), "Finish is the last action");
}

bool World::wellBehaved() const
{
    for (std::size_t position = 0; position < _oracles.size(); ++position)
    {
        const core::ChildView child = _core.child(position);
        if (child.state == core::ChildState::Ready) continue;
        if (_schedule.groups[child.group].restart != core::RestartMode::Never) return false;
        if (child.state != core::ChildState::Stopped && child.state != core::ChildState::Failed) return false;
        if (child.state == core::ChildState::Stopped && child.wanted) return false;
    }
    return true;
}

std::vector<core::ChildState> World::states() const
{
    std::vector<core::ChildState> all;
    for (std::size_t position = 0; position < _oracles.size(); ++position)
        all.push_back(_core.child(position).state);
    return all;
}

void World::tellStory(const std::string& line)
{
    if (!_tracing) return;
    const auto elapsed = std::chrono::duration_cast<Millis>(_now.time_since_epoch()) - std::chrono::hours(1);
    _story += "  " + std::to_string(elapsed.count()) + " ms  " + line + '\n';
}

}  // namespace clustermanager::simulation
