#include "simulation/World.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>
#include <variant>

namespace clustermanager::simulation {

namespace {

std::string text(StartNumber start)
{
    return "start " + std::to_string(number(start));
}

ExitStatus drawStatus(std::uint32_t amount)
{
    using Kind = ExitStatus::Kind;
    constexpr std::array<ExitStatus, 8> kStatuses{{{Kind::Exited, 0, false},
                                                   {Kind::Exited, 1, false},
                                                   {Kind::Exited, 255, false},
                                                   {Kind::Signaled, SIGSEGV, true},
                                                   {Kind::Signaled, SIGKILL, false},
                                                   {Kind::Signaled, SIGTERM, false},
                                                   {Kind::Unknown, 0, false},
                                                   {Kind::Exited, 0, false}}};
    if (amount % 40 == 0) return {Kind::Exited, 78, false};
    return kStatuses[amount % kStatuses.size()];
}

}  // namespace

World::World(const Schedule& schedule, bool trace)
    : _schedule(schedule), _tracing(trace), _core(schedule.groups, schedule.seed),
      _spawners(schedule.groups.size())
{
    for (const core::GroupPolicy& group : schedule.groups)
        for (unsigned i = 0; i < group.count; ++i) _oracles.emplace_back(group);
}

void World::run()
{
    tellStory("begin");
    carryOut(_core.begin(_now));
    check();
    for (const Step& step : _schedule.steps)
        if (!_finished) play(step);

    tellStory("--- the faults stop ---");
    calm();
    // Twice: a spawner may hang already, and is found out by the first.
    for (int i = 0; i < 2 && !_core.stopping(); ++i)
    {
        for (std::size_t position = 0; position < _oracles.size(); ++position) exitAsked(position);
        tell(core::ExitAllAsked{}, "an operator insists: all children exit");
        calm();
    }
    require(_core.stopping() || wellBehaved(), "when the faults stop, all that is wanted becomes ready");
    if (!_core.stopping()) tell(core::StopAsked{core::StopMode::Graceful}, "stop");
    calm();
    require(_finished, "a host that was stopped finishes");
    require(tell(core::TimePassed{}, "time after the end").empty(), "nothing follows Finish");
    require(tell(core::Spawned{StartNumber{7'000'000}, 1}, "a report after the end").empty(),
            "nothing follows Finish");
}

void World::play(const Step& step)
{
    switch (step.kind)
    {
    case StepKind::Proceed: proceed(step.pick); break;
    case StepKind::Tick:
    case StepKind::Oversleep:
    case StepKind::Wait:
    case StepKind::Stall: playTime(step); break;
    case StepKind::LoadFails:
    case StepKind::SpawnerDies:
    case StepKind::SpawnerHangs: playSpawner(step); break;
    case StepKind::Fork:
    case StepKind::Refuse:
    case StepKind::Ready:
    case StepKind::Recycle:
    case StepKind::Exit:
    case StepKind::ExitUnseen:
    case StepKind::CloseLink: playProcess(step); break;
    case StepKind::ExitChild:
    case StepKind::ExitGroup:
    case StepKind::ExitAll:
    case StepKind::Stop:
    case StepKind::StopFast: playOperator(step); break;
    case StepKind::StrayReport:
    case StepKind::StraySpawned:
    case StepKind::StrayOfSpawner: playStray(step); break;
    }
}

void World::playTime(const Step& step)
{
    if (step.kind == StepKind::Stall)
    {
        const Millis absence{step.amount % 5'000};
        _now += absence;
        tell(core::MasterStalled{absence},
             "the master was absent for " + std::to_string(absence.count()) + " ms");
        return;
    }
    if (step.kind == StepKind::Wait)
    {
        _now += Millis{step.amount % 800};
        return;
    }
    const std::optional<TimePoint> deadline = _core.deadline();
    if (!deadline.has_value()) return;
    _now = std::max(_now, *deadline);
    if (step.kind == StepKind::Oversleep) _now += Millis{step.amount % 5'000};
    tell(core::TimePassed{}, "time passes");
}

void World::playSpawner(const Step& step)
{
    const std::size_t group = step.pick % _spawners.size();
    const auto generation = static_cast<GenerationId>(group + 1);
    Spawner& spawner = _spawners[group];
    if (spawner.closed || (!spawner.loading && !spawner.open)) return;
    const std::string name = "generation " + std::to_string(group + 1) + ": ";
    if (step.kind == StepKind::SpawnerHangs)
    {
        spawner.hangs = true;
        return tellStory(name + "the spawner hangs");
    }
    if (step.kind == StepKind::LoadFails && !spawner.loading) return;
    spawner.loading = spawner.open = spawner.hangs = false;
    ++spawner.incarnation;
    if (step.kind == StepKind::LoadFails)
        tell(core::GenerationFailed{generation, "no such symbol"}, name + "the plugin cannot be loaded");
    else
        tell(core::SpawnerLost{generation, "signal SIGKILL"}, name + "the spawner dies");
}

void World::playProcess(const Step& step)
{
    const auto isRequest = [](const Process& p) { return !p.exists && !p.reported && !p.ended; };
    const auto exists = [](const Process& p) { return p.exists && p.child.has_value(); };
    const bool ofRequest = step.kind == StepKind::Fork || step.kind == StepKind::Refuse;
    Process* process = ofRequest ? pickProcess(step.pick, isRequest) : pickProcess(step.pick, exists);
    if (process == nullptr) return;
    if (step.kind == StepKind::Ready) return sayReady(*process);
    if (step.kind == StepKind::Recycle) return recycle(*process);
    if (step.kind == StepKind::CloseLink) return closeLink(*process);
    if (hangs(*process)) return;

    if (step.kind == StepKind::Refuse) return refuse(*process);
    if (step.kind == StepKind::Fork)
    {
        if (!ofPresentSpawner(*process)) return;
        process->exists = true;
        return tellStory(text(process->start) + ": a process exists, unreported");
    }
    die(*process, drawStatus(step.amount));
    if (step.kind == StepKind::Exit && process->reported) reportEnd(*process);
}

void World::playOperator(const Step& step)
{
    if (step.kind == StepKind::Stop || step.kind == StepKind::StopFast)
    {
        const bool fast = step.kind == StepKind::StopFast;
        tell(core::StopAsked{fast ? core::StopMode::Fast : core::StopMode::Graceful},
             fast ? "stop fast" : "stop");
        return;
    }
    if (step.kind == StepKind::ExitChild)
    {
        const std::size_t position = step.pick % (_oracles.size() + 1);  // one more than there are
        if (position < _oracles.size()) exitAsked(position);
        tell(core::ExitChildAsked{static_cast<ChildId>(position + 1)},
             "an operator: child " + std::to_string(position + 1) + " exit");
        return;
    }
    const std::size_t group = step.pick % _schedule.groups.size();
    const bool all = step.kind == StepKind::ExitAll;
    for (std::size_t position = 0; position < _oracles.size(); ++position)
        if (all || _core.child(position).group == group) exitAsked(position);
    if (all)
        tell(core::ExitAllAsked{}, "an operator: all exit");
    else
        tell(core::ExitGroupAsked{_schedule.groups[group].name}, "an operator: group exit");
}

void World::playStray(const Step& step)
{
    if (step.kind == StepKind::StraySpawned)
    {
        Process stranger{};
        stranger.start = static_cast<StartNumber>(1'000'000 + ++_strays);
        stranger.exists = true;
        _processes.push_back(stranger);
        reportSpawned(_processes.back());
        require(_processes.back().kills == 1, "a process nobody awaits is killed");
        return;
    }
    const std::vector<core::ChildState> before = states();
    const StartNumber start = _over.empty() ? StartNumber{0} : _over[step.pick % _over.size()];
    const std::array<core::Event, 8> strays{core::BecameReady{start},
                                            core::Exited{start, drawStatus(step.amount)},
                                            core::SpawnFailed{start, "late"},
                                            core::RecycleAsked{start},
                                            core::LinkLost{start},
                                            core::GenerationOpened{{}},
                                            core::GenerationFailed{GenerationId{999}, "unknown"},
                                            core::SpawnerLost{GenerationId{999}, "unknown"}};
    const std::size_t first = step.kind == StepKind::StrayReport ? 0 : 5;
    const std::size_t count = step.kind == StepKind::StrayReport ? 5 : 3;
    const core::Event& stray = strays[first + step.amount % count];
    require(tell(stray, "a report of something long over, " + text(start)).empty(), "a stale report is void");
    require(before == states(), "a stale report changes nothing");
}

void World::calm()
{
    constexpr int kPatience = 400;
    for (int i = 0; i < kPatience && !_finished; ++i)
    {
        if (proceed(1)) continue;
        const std::optional<TimePoint> deadline = _core.deadline();
        if (!deadline.has_value() || (!_core.stopping() && wellBehaved())) return;
        _now = std::max(_now, *deadline);
        tell(core::TimePassed{}, "time passes");
    }
    require(_finished, "the host comes to rest when the faults stop");
}

// Tries everything that can go on by itself, beginning with the one picked; true if something did.
bool World::proceed(std::size_t pick)
{
    const std::size_t spawners = _spawners.size();
    const std::size_t all = spawners + _processes.size();
    for (std::size_t i = 0; i < all; ++i)
    {
        const std::size_t next = (pick + i) % all;
        if (next < spawners ? proceedLoading(next) : proceedProcess(_processes[next - spawners], pick))
            return true;
    }
    return false;
}

bool World::proceedLoading(std::size_t group)
{
    Spawner& spawner = _spawners[group];
    if (!spawner.loading || spawner.hangs || spawner.closed) return false;
    spawner.loading = false;
    spawner.open = true;
    const auto generation = static_cast<GenerationId>(group + 1);
    tell(core::GenerationOpened{generation}, "generation " + std::to_string(group + 1) + " opens");
    return true;
}

bool World::proceedProcess(Process& process, std::size_t pick)
{
    if (hangs(process)) return false;
    if (!process.reported)
    {
        const bool isRequest = !process.exists && !process.ended;
        if (isRequest && !ofPresentSpawner(process)) return refuse(process), true;
        if (isRequest) process.exists = true;
        process.killsNeeded = pick % 16 == 3 ? 2 : 1;
        process.stubborn = pick % 8 == 5;
        process.lazy = pick % 16 == 6;
        reportSpawned(process);
        return true;
    }
    if (process.exists && process.kills >= process.killsNeeded)
        die(process, {ExitStatus::Kind::Signaled, SIGKILL, false});
    else if (process.exists && process.stopAsked && !process.stubborn && !process.deaf)
        die(process, {ExitStatus::Kind::Exited, 0, false});
    if (process.ended) return reportEnd(process), true;
    if (process.readyAt || process.lazy || process.deaf || !process.child) return false;
    sayReady(process);
    return true;
}

void World::reportSpawned(Process& process)
{
    process.reported = true;
    process.pid = ++_lastPid;
    tell(core::Spawned{process.start, process.pid}, text(process.start) + ": spawned");
}

void World::refuse(Process& process)
{
    const StartNumber start = process.start;
    _oracles[*process.child].failed(_now);
    forget(process);
    tell(core::SpawnFailed{start, "EAGAIN"}, text(start) + ": cannot be spawned");
}

void World::sayReady(Process& process)
{
    if (process.readyAt || process.deaf) return;
    process.readyAt = _now;
    tell(core::BecameReady{process.start}, text(process.start) + ": ready");
}

void World::recycle(Process& process)
{
    if (process.deaf) return;
    const Millis minUptime = _schedule.groups[_core.child(*process.child).group].minUptime;
    if (process.readyAt && _now - *process.readyAt >= minUptime) process.excused = true;
    tell(core::RecycleAsked{process.start}, text(process.start) + ": asks to be recycled");
}

void World::closeLink(Process& process)
{
    if (process.deaf) return;
    process.deaf = true;
    const std::size_t position = *process.child;
    const core::ChildState before = _core.child(position).state;
    const int kills = process.kills;
    tell(core::LinkLost{process.start}, text(process.start) + ": has closed its link");
    const bool served = before == core::ChildState::Starting || before == core::ChildState::Ready;
    require(processOf(position)->kills == kills + (served ? 1 : 0),
            "a child without its link is killed once");
}

void World::die(Process& process, ExitStatus status)
{
    process.exists = false;
    process.ended = status;
    tellStory(text(process.start) + ": dies with " + status.text());
}

void World::reportEnd(Process& process)
{
    const core::Exited exited{process.start, *process.ended};
    if (process.child)
    {
        StartOracle& oracle = _oracles[*process.child];
        const Millis readyFor =
            process.readyAt ? std::chrono::duration_cast<Millis>(_now - *process.readyAt) : Millis::zero();
        oracle.ended(readyFor);
        const core::GroupPolicy& policy = _schedule.groups[_core.child(*process.child).group];
        const bool done = policy.restart == core::RestartMode::OnFailure && process.ended->success();
        if (process.excused)
            oracle.excuse();
        else if (!done)
            oracle.failed(_now);
    }
    forget(process);
    tell(exited, text(exited.start) + ": its end is reported");
}

// What an operator's exit changes in the bookkeeping of starts; the event itself is told by the caller.
void World::exitAsked(std::size_t position)
{
    if (_core.stopping()) return;
    if (Process* process = processOf(position); process != nullptr)
    {
        process->excused = true;
        return;
    }
    _oracles[position].excuse();
    if (_core.child(position).state == core::ChildState::Failed) _oracles[position].forget();
}

World::Process* World::processOf(std::size_t position)
{
    for (Process& process : _processes)
        if (process.child == position) return &process;
    return nullptr;
}

bool World::ofPresentSpawner(const Process& process)
{
    return process.incarnation == spawnerOf(process.generation).incarnation;
}

bool World::hangs(const Process& process)
{
    return process.child && spawnerOf(process.generation).hangs && ofPresentSpawner(process);
}

World::Process* World::pickProcess(std::size_t pick, bool (*fits)(const Process&))
{
    const auto count = static_cast<std::size_t>(std::count_if(_processes.begin(), _processes.end(), fits));
    if (count == 0) return nullptr;
    std::size_t skip = pick % count;
    for (Process& process : _processes)
        if (fits(process) && skip-- == 0) return &process;
    return nullptr;
}

void World::forget(const Process& process)
{
    _over.push_back(process.start);
    _processes.erase(_processes.begin() + (&process - _processes.data()));
}

}  // namespace clustermanager::simulation
