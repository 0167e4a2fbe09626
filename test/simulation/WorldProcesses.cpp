#include <csignal>

#include "simulation/World.h"

/// What spawners and processes do of themselves, and what is told of them.
namespace clustermanager::simulation {

bool World::proceedLoading(Spawner& spawner)
{
    if (!spawner.loading || spawner.hangs || spawner.closed) return false;
    spawner.loading = false;
    spawner.open = true;
    const GenerationId generation = generationOf(spawner);
    tell(core::GenerationOpened{generation, spawner.runMaster == RunMaster::Isolated},
         "generation " + std::to_string(number(generation)) + " opens");
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
        const Quality quality = process.child ? spawnerOf(process.generation).quality : Quality::Well;
        process.lazy = pick % 16 == 6 || quality == Quality::Lazy;
        process.crashes = quality == Quality::Crashes;
        reportSpawned(process);
        return true;
    }
    if (process.exists && process.kills >= process.killsNeeded)
        die(process, {ExitStatus::Kind::Signaled, SIGKILL, false});
    else if (process.exists && process.stopAsked && !process.stubborn && !process.deaf)
        die(process, {ExitStatus::Kind::Exited, 0, false});
    else if (process.exists && process.aborted && !process.stubborn)
        die(process, {ExitStatus::Kind::Signaled, SIGABRT, true});
    else if (process.exists && process.crashes && !process.readyAt)
        die(process, {ExitStatus::Kind::Signaled, SIGSEGV, true});
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
    StartOracle& oracle = slotOf(*process.child).oracle;
    if (process.excused)
        oracle.excuse();
    else
        oracle.failed(_now);
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
    process.recycles = !isRunMaster(*process.child);
    const bool heeded = process.recycles;
    const core::Actions actions =
        tell(core::RecycleAsked{process.start}, text(process.start) + ": asks to be recycled");
    require(heeded || actions.empty(), "a run_master is not recycled");
}

void World::closeLink(Process& process)
{
    if (process.deaf) return;
    process.deaf = true;
    const ChildId child = *process.child;
    const core::ChildState before = viewOf(child)->state;
    const int kills = process.kills;
    tell(core::LinkLost{process.start}, text(process.start) + ": has closed its link");
    const bool served = before == core::ChildState::Starting || before == core::ChildState::Ready;
    require(processOf(child)->kills == kills + (served ? 1 : 0), "a child without its link is killed once");
}

void World::missBeat(Process& process)
{
    const ChildId child = *process.child;
    const core::ChildState before = viewOf(child)->state;
    const bool aborted = process.aborted;
    tell(core::BeatMissed{process.start}, text(process.start) + ": has missed its beat");
    const bool served = before == core::ChildState::Starting || before == core::ChildState::Ready;
    require(processOf(child)->aborted == (aborted || served), "a child that hangs is aborted");
}

void World::die(Process& process, ExitStatus status)
{
    process.exists = false;
    process.ended = status;
    tellStory(text(process.start) + ": dies with " + status.text());
}

// The spawner decides, by what it knows; a cancellation may still be on its way.
bool World::isFollowed(const Process& process)
{
    const bool known = process.successor && (!process.cancelled || number(process.start) % 3 == 0);
    return known && process.ended->kind == ExitStatus::Kind::Signaled && ofPresentSpawner(process) &&
           spawnerOf(process.generation).open;
}

void World::reportEnd(Process& process)
{
    core::Exited exited{process.start, *process.ended};
    std::optional<core::Spawn> successor;
    if (isFollowed(process)) successor = process.successor;
    if (process.child)
    {
        StartOracle& oracle = slotOf(*process.child).oracle;
        const Millis readyFor =
            process.readyAt ? std::chrono::duration_cast<Millis>(_now - *process.readyAt) : Millis::zero();
        oracle.ended(readyFor);
        const core::GroupPolicy& policy = groupOf(process.group).policy;
        const bool mayBeDone = policy.restart == core::RestartMode::OnFailure || isRunMaster(*process.child);
        const bool done = mayBeDone && process.ended->success();
        if (process.excused)
            oracle.excuse();
        else if (!done)
            oracle.failed(_now);
        if (isRunMaster(*process.child))
            groupOf(process.group).runMasterDone =
                !process.excused && (done || policy.restart == core::RestartMode::Never);
    }
    const bool expected = process.excused || process.cancelled;
    forget(process);
    if (!successor) return (void)tell(exited, text(exited.start) + ": its end is reported");

    exited.successor = successor->start;
    enter(*successor);
    Slot& slot = slotOf(successor->child);
    // What was not to live on is replaced by one that is not to live either, or is welcome for a reason.
    if (expected) slot.oracle.excuse();
    slot.oracle.started(_now, successor->restarts);
    tell(exited, text(exited.start) + ": its end is reported, and " + text(successor->start) + " follows");
}

bool World::ofPresentSpawner(const Process& process)
{
    return process.incarnation == spawnerOf(process.generation).incarnation;
}

bool World::hangs(const Process& process)
{
    return process.child && spawnerOf(process.generation).hangs && ofPresentSpawner(process);
}

void World::forget(const Process& process)
{
    _over.push_back(process.start);
    _processes.erase(_processes.begin() + (&process - _processes.data()));
}

}  // namespace clustermanager::simulation
