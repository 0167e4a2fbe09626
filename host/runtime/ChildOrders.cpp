#include "runtime/ChildOrders.h"

#include <Poco/Logger.h>

#include <csignal>
#include <utility>

#include "base/Descendants.h"
#include "base/FaultPoint.h"
#include "core/Phrases.h"

namespace clustermanager::runtime {

ChildOrders::ChildOrders(ChildTable& children, Groups& groups, LogLevels& levels, ChildWatches& watches,
                         std::function<void(core::Event)> tell)
    : _children(children), _groups(groups), _levels(levels), _watches(watches), _tell(std::move(tell))
{}

void ChildOrders::spawn(const core::Spawn& action)
{
    Generation* generation = _groups.find(action.generation);
    if (generation == nullptr)
    {
        _tell(core::SpawnFailed{action.start, "its generation has ended"});
        return;
    }
    generation->spawn(action, levelOf(action));
    if (ChildProcess* process = _children.find(action.start); process != nullptr) succeeded(*process);
}

void ChildOrders::succeed(const core::OrderSuccessor& action)
{
    ChildProcess* process = _children.find(action.start);
    if (process == nullptr) return;
    process->successor = action.next;
    process->successorCancelled = false;
    post(*process, action.next);
}

void ChildOrders::cancelSuccessor(StartNumber start)
{
    ChildProcess* process = _children.find(start);
    if (process == nullptr) return;
    process->successorCancelled = true;
    post(*process, std::nullopt);
}

void ChildOrders::renewSuccessors()
{
    _children.forEach([this](const ChildProcess& process) {
        if (process.successor && !process.successorCancelled) post(process, process.successor);
    });
}

void ChildOrders::succeeded(ChildProcess& process)
{
    _levels.greet(process, _groups.find(process.order.group)->policy.name);
}

/// Nobody starts it where the spawner is not its parent any more.
void ChildOrders::post(const ChildProcess& process, const std::optional<core::Spawn>& successor)
{
    if (process.parent != ChildProcess::Parent::Spawner) return;
    if (Generation* generation = _groups.find(process.order.generation); generation != nullptr)
        generation->succeed(process.order.start, successor, levelOf(process.order));
}

std::uint8_t ChildOrders::levelOf(const core::Spawn& order) const
{
    return static_cast<std::uint8_t>(_levels.of(_groups.find(order.group)->policy.name, order.child));
}

void ChildOrders::askToStop(StartNumber start)
{
    ChildProcess* process = _children.find(start);
    if (process == nullptr) return;
    process->stopAsked = true;
    _watches.stops(start);
    // Where it does not read, or has closed its link, the signal means the same.
    if (!_children.send(*process, link::AskExit{})) signal(*process, SIGTERM);
    CM_FAULT_POINT("reload.stopAsked");
}

void ChildOrders::abort(StartNumber start)
{
    ChildProcess* process = _children.find(start);
    if (process == nullptr) return;
    process->reason = "its watchdog was not beaten";
    signal(*process, SIGABRT);
    signal(*process, SIGCONT);  // one that was stopped would not notice
}

void ChildOrders::signal(const ChildProcess& process, int signal)
{
    if (process.parent == ChildProcess::Parent::Us)
        (void)::kill(process.pid, signal);
    else if (Generation* generation = _groups.find(process.order.generation); generation != nullptr)
        generation->signal(process.order.start, signal, false);
}

void ChildOrders::kill(StartNumber start)
{
    ChildProcess* process = _children.find(start);
    if (process == nullptr) return;
    process->killOrdered = true;
    if (_urgent)
        process->reason = "killed: the host was told to stop at once";
    else if (process->reason.empty())
        process->reason =
            process->stopAsked ? "killed: it did not stop in time" : "killed: it was not ready in time";

    if (process->parent == ChildProcess::Parent::Us)
        killAll(_sys, process->pid);
    else if (Generation* generation = _groups.find(process->order.generation); generation != nullptr)
        generation->signal(start, SIGKILL, true);
}

/// A SIGKILL that nobody of us sent may be the kernel's, for want of memory. Asked after the restart is on
/// its way.
void ChildOrders::explainKill(StartNumber start, const ExitStatus& status)
{
    if (status.kind != ExitStatus::Kind::Signaled || status.number != SIGKILL || !_oom.advanced()) return;
    if (const std::optional<ChildId> child = _children.explain(start, "killed by the kernel: out of memory"))
        Poco::Logger::get("clustermanager")
            .error(core::slotText(*child) + ": killed by the kernel: out of memory");
}

}  // namespace clustermanager::runtime
