#include <algorithm>
#include <csignal>
#include <vector>

#include "runtime/ChildTable.h"

/// The table's children whose spawner has died: they are the master's own then, and so are strangers.
namespace clustermanager::runtime {
namespace {

constexpr unsigned kStrangersPerTurn = 256;

}  // namespace

void ChildTable::adopt(GenerationId generation)
{
    std::vector<StartNumber> orphans;
    for (const auto& [start, process] : _processes)
        if (process->order.generation == generation && process->parent == ChildProcess::Parent::Spawner)
            orphans.push_back(start);
    for (const StartNumber start : orphans)
    {
        ChildProcess& process = *_processes.at(start);
        process.parent = ChildProcess::Parent::Nobody;
        if (process.pid != 0 && isOurs(process))
        {
            takeOver(process);
            checkAdopted(process);
        }
        else if (process.pid != 0)
            exited(start, ExitStatus{}, ResourceUse{});  // it ended with its spawner, and nobody can say how
        else if (!process.link)
            spawnFailed(start, "the spawner ended before it could start it");
    }
}

void ChildTable::takeOver(ChildProcess& process)
{
    process.parent = ChildProcess::Parent::Us;
    announce(process);
    if (process.killOrdered) killAll(_sys, process.pid);
}

/// Spawner and child have said what its number is. They run a plugin's code, and may not have us kill, or
/// wait for, anybody else.
bool ChildTable::isOurs(const ChildProcess& process)
{
    const bool isTaken = std::any_of(_processes.begin(), _processes.end(), [&](const auto& entry) {
        return &*entry.second != &process && entry.second->parent == ChildProcess::Parent::Us &&
               entry.second->pid == process.pid;
    });
    return !isTaken && !_sinks.isSpawner(process.pid) && _sinks.mayBe(process) &&
           _sys.peekDead(process.pid).ok();
}

void ChildTable::reapAdopted()
{
    std::vector<StartNumber> adopted;
    for (const auto& [start, process] : _processes)
        if (process->parent == ChildProcess::Parent::Us) adopted.push_back(start);
    for (const StartNumber start : adopted)
        if (ChildProcess* process = find(start); process != nullptr) checkAdopted(*process);
}

void ChildTable::checkAdopted(ChildProcess& process)
{
    const StartNumber start = process.order.start;
    const Result<std::optional<DeadProcess>> dead = _sys.peekDead(process.pid);
    if (!dead) return exited(start, ExitStatus{}, ResourceUse{});  // somebody else has reaped it
    if (!dead.value()) return;                                     // it lives
    const DeadProcess ended = *dead.value();
    _sys.killGroup(ended.pid, SIGKILL);  // what it started ends with it; before the pid is free
    _sys.reap(ended.pid);
    exited(start, ended.status, ended.use);
}

void ChildTable::reapStrangers()
{
    // Spawners and adopted children were looked at before; one of them that has died since is seen with the
    // next signal.
    const auto ours = [this](pid_t pid) {
        return std::any_of(_processes.begin(), _processes.end(), [pid](const auto& entry) {
            return entry.second->parent == ChildProcess::Parent::Us && entry.second->pid == pid;
        });
    };
    for (unsigned i = 0; i < kStrangersPerTurn; ++i)
    {
        const Result<std::optional<DeadProcess>> dead = _sys.peekDead();
        if (!dead || !dead.value() || ours(dead.value()->pid) || _sinks.isSpawner(dead.value()->pid)) return;
        _sys.reap(dead.value()->pid);
    }
}

}  // namespace clustermanager::runtime
