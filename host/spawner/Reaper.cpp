#include "spawner/Reaper.h"

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
            FileDescriptor successorsLink = std::move(child->successorsLink);
            std::optional<Spare> spare = std::move(child->successorsSpare);
            _children.remove(dead.pid);
            if (successorsLink) _start(successor, std::move(successorsLink), std::move(spare));
        }
        _spares.remove(dead.pid, now);
        _sys.reap(dead.pid);
        CM_FAULT_POINT("spawner.reaped");
    }
    return Outcome::More;
}

bool Reaper::report(const DeadProcess& dead, Children::Child& child)
{
    if (!child.exitReported)
    {
        _sys.killGroup(dead.pid, SIGKILL);
        link::ChildExited message = exitOf(dead, child.start);
        std::vector<FileDescriptor> fds;
        if (child.successor.start != StartNumber{} && dead.status.kind == ExitStatus::Kind::Signaled)
            if (Result<link::LinkPair> pair = link::makeLinkPair(); pair)
            {
                message.successor = child.successor.start;
                fds.push_back(std::move(pair.value().ours));
                child.successorsLink = std::move(pair.value().theirs);
                child.successorsSpare = _spares.handOver(child.successor, child.successorsLink);
            }
        const auto sent = _master.sendMessage(link::FromSpawner(message), std::move(fds));
        if (sent == link::Link::SendResult::Full) return false;
        // A master that is gone needs no report and no successor, and its end reaches us on the link.
        if (sent == link::Link::SendResult::Gone)
        {
            child.successorsLink.reset();
            child.successorsSpare.reset();
        }
        child.exitReported = true;
    }
    return !_master.wantsWrite();
}

}  // namespace clustermanager::spawner
