#include "runtime/Crashes.h"

#include <fcntl.h>

#include <utility>

#include "crash/CodeText.h"

namespace clustermanager::runtime {

Crashes::Crashes(std::string folder, std::string program, ChildTable& children, const Groups& groups,
                 Sinks sinks)
    : _children(children), _groups(groups), _sinks(std::move(sinks)),
      _desk(std::move(folder), std::move(program))
{}

std::string Crashes::ended(ChildProcess& process, const core::LastExit& exit)
{
    const ExitStatus& status = exit.status;
    if (status.kind != ExitStatus::Kind::Signaled || !crash::isCrash(status.number)) return "";
    const config::Group* group = _groups.find(process.order.group);
    if (group == nullptr || !group->crashReports) return "";

    CrashDesk::Order order;
    order.known.slot = process.order.child;
    order.known.group = group->policy.name;
    order.known.start = process.order.start;
    order.known.pid = process.pid;
    order.known.generation = number(process.order.generation);
    const core::PluginSnapshot& plugin = _groups.plugin(process.order.generation);
    order.known.plugin = plugin.name.empty() ? plugin.path : plugin.name;
    order.known.version = plugin.version;
    order.known.signal = status.number;
    order.known.at = exit.at;
    order.known.uptime = exit.uptime;
    // Its words count where they are of this death.
    if (process.crashed && process.crashed->signal == status.number)
        order.crashed = std::move(process.crashed);
    if (const FileDescriptor* copy = _groups.pluginCopy(process.order.generation); copy != nullptr)
        order.plugin.reset(::fcntl(copy->get(), F_DUPFD_CLOEXEC, 0));
    order.pluginPath = plugin.path;
    order.kept = group->crashReportsKept;
    std::string id = crash::crashId(order.known);
    const bool taken = _desk.take(std::move(order));
    if (!taken && !_tooMany)
        _sinks.warning(
            "crash reports: more processes crash than reports can be made of, or no thread is to be had for "
            "them; some are left out");
    _tooMany = !taken;
    return taken ? id : "";
}

void Crashes::receive()
{
    while (const std::optional<CrashDesk::Outcome> outcome = _desk.outcome())
        if (outcome->start != StartNumber{}) tell(*outcome);
}

void Crashes::tell(const CrashDesk::Outcome& outcome)
{
    if (!outcome.sentence.empty())
    {
        _children.crashReported(outcome.start);
        _sinks.error(outcome.sentence);
    }
    if (!outcome.problem.empty() && outcome.problem != _problem)
        _sinks.warning("crash reports: not kept in their folder: " + outcome.problem);
    _problem = outcome.problem;
}

std::string crashFolder(const std::string& controlSocket)
{
    return controlSocket.substr(0, controlSocket.rfind('/') + 1) + "crash";
}

}  // namespace clustermanager::runtime
