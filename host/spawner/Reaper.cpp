#include "spawner/Reaper.h"

#include <sched.h>

#include <algorithm>
#include <csignal>
#include <utility>
#include <vector>

#include "base/FaultPoint.h"

namespace clustermanager::spawner {

namespace {

link::ChildExited exitOf(const DeadProcess& dead, StartNumber start)
{
    const bool exited = dead.status.kind == ExitStatus::Kind::Exited;
    link::ChildExited message;
    message.start = start;
    message.pid = dead.pid;
    message.kind = exited ? link::ChildExited::Kind::Exited : link::ChildExited::Kind::Signaled;
    message.number = dead.status.number;
    message.coreDumped = dead.status.coreDumped;
    message.userMicros = dead.use.userMicros;
    message.systemMicros = dead.use.systemMicros;
    message.maxRssKiB = dead.use.maxRssKiB;
    return message;
}

}  // namespace

Reaper::Outcome Reaper::takeDead(std::size_t most, TimePoint now)
{
    // The kernel likes to have whom we wake run after us, here. What we have left to do for the first dead
    // can wait for it; not what other dead wait for, as where others compute too we get the CPU back late.
    bool mayYield = true;
    for (std::size_t taken = 0; taken < most; ++taken)
    {
        const Result<std::optional<DeadProcess>> peeked = _sys.peekDead();
        if (!peeked || !peeked.value()) return Outcome::Done;
        const DeadProcess& dead = *peeked.value();

        if (Children::Child* child = _children.find(dead.pid); child != nullptr)
        {
            CM_FAULT_POINT("spawner.dead");
            if (!report(dead, *child)) return Outcome::Blocked;
            CM_FAULT_POINT("spawner.reported");
            const link::SpawnOrder successor = child->successor;
            _children.remove(dead.pid);
            if (startDue(successor, dead.pid) && std::exchange(mayYield, false)) (void)::sched_yield();
        }
        _spares.remove(dead.pid, now);
        _sys.reap(dead.pid);
        CM_FAULT_POINT("spawner.reaped");
    }
    return Outcome::More;
}

bool Reaper::report(const DeadProcess& dead, Children::Child& child)
{
    if (child.exitReported) return !_master.wantsWrite();
    _sys.killGroup(dead.pid, SIGKILL);
    link::ChildExited message = exitOf(dead, child.start);
    std::vector<FileDescriptor> fds;
    if (child.successor.start != StartNumber{} && dead.status.kind == ExitStatus::Kind::Signaled)
        if (FileDescriptor mastersLink = callSuccessor(child.successor, dead.pid))
        {
            message.successor = child.successor.start;
            fds.push_back(std::move(mastersLink));
        }
    const auto sent = _master.sendMessage(link::FromSpawner(message), std::move(fds));
    if (sent == link::Link::SendResult::Full)
    {
        if (const auto due = dueAfter(dead.pid); due != _due.end()) _due.erase(due);
        return false;
    }
    // A master that is gone needs no report and no successor, and its end reaches us on the link.
    if (sent == link::Link::SendResult::Gone) _due.clear();
    child.exitReported = true;
    return !_master.wantsWrite();
}

/// The master's end of its link; nothing where there is no descriptor left.
FileDescriptor Reaper::callSuccessor(const link::SpawnOrder& successor, pid_t dead)
{
    prepare();
    std::optional<link::LinkPair> pair = std::exchange(_nextLink, std::nullopt);
    if (!pair) return {};
    Due& due = _due.emplace_back(Due{dead, std::move(pair->theirs), std::nullopt});
    due.spare = _spares.handOver(successor, due.link);
    return std::move(pair->ours);
}

void Reaper::prepare()
{
    if (_nextLink) return;
    if (Result<link::LinkPair> pair = link::makeLinkPair(); pair) _nextLink = std::move(pair.value());
}

void Reaper::letGo()
{
    _due.clear();
    _nextLink.reset();
}

std::vector<Reaper::Due>::iterator Reaper::dueAfter(pid_t dead)
{
    return std::find_if(_due.begin(), _due.end(), [dead](const Due& due) { return due.dead == dead; });
}

bool Reaper::startDue(const link::SpawnOrder& successor, pid_t dead)
{
    const auto found = dueAfter(dead);
    if (found == _due.end()) return false;
    Due due = std::move(*found);
    _due.erase(found);
    _start(successor, std::move(due.link), std::move(due.spare));
    return true;
}

}  // namespace clustermanager::spawner
