#include <Poco/Logger.h>

#include <algorithm>
#include <utility>

#include "runtime/Master.h"

/// How the master goes on in another image of its process.
namespace clustermanager::runtime {
namespace {

Poco::Logger& logger()
{
    return Poco::Logger::get("clustermanager");
}

/// "run_master", or whose as well: "run_master of a, b".
std::string runMastersOf(const std::vector<std::string>& groups)
{
    std::string text = "run_master";
    for (const std::string& group : groups) text += (&group == &groups.front() ? " of " : ", ") + group;
    return text;
}

}  // namespace

Upgrade::Ports Master::upgradePorts()
{
    return {[this] { return _started ? std::string() : "the host is still starting"; },
            [this] { return _setup.seal(handover()); },
            [this] {
                _commands.close(core::CommandReply::Outcome::Upgrading);
                // All were told; one that hangs may be waited for longer than an upgrade can.
                _levels.confirmations().answerAll();
                _logReopening.confirmations().answerAll();
                _groupFunctions.stopAll();
                return std::max(kLeavePatience, functionPatience());
            },
            [this] { return obstacle(); },
            [this] { _commands.open(); },
            [this](core::Event event) { tell(std::move(event)); },
            [](const std::string& text) { logger().information(text); },
            [](const std::string& text) { logger().error(text); }};
}

Handover Master::handover() const
{
    Handover all;
    all.config = _setup.config;
    FieldWriter supervisor;
    _supervisor.save(supervisor);
    all.supervisor = supervisor.take();
    all.children = _children.state();
    all.groups = _groups.state();
    all.listeners = _listeners.state();
    all.levels = _levels.state();
    all.functions = _groupFunctions.state();
    all.metrics = _metrics.state();
    if (_folder) all.folder = _folder->told();
    all.lastOperation = _operations.last();
    all.lastOccurrence = _journal.last();
    all.upgrade = _upgrade.operation();
    const core::MasterSnapshot& picture = _snapshots.latest()->master;
    all.upgrades = picture.upgrades;
    all.startedAt = picture.startedAt;
    all.startedSteady = picture.startedSteady;
    all.leftAt = Clock::now();
    return all;
}

void Master::resume(const Handover& handover)
{
    _operations = OperationNumbers(handover.lastOperation);
    _levels.resume(handover.levels);
    _metrics.resume(handover.metrics);
    _children.resume(handover.children);
    _groups.resume(handover.groups);
    _groupFunctions.resume(handover.functions);
    for (std::size_t i = 0; i < _supervisor.childCount(); ++i)
    {
        const core::ChildView child = _supervisor.child(i);
        if (child.state != core::ChildState::Ready) continue;
        const ChildProcess* process = _children.find(child.start);
        const config::Group* group = _groups.find(child.group);
        if (process != nullptr && group != nullptr)
            _watches.ready(*process, *group, *child.readySince, _loop.now());
    }
    _children.forEach([this](ChildProcess& process) {
        if (isRunMaster(process.order.child)) _groupFunctions.spawned(process.order);
    });
    // One that waited for a run_master in the host waits no more.
    for (const auto& [id, group] : _groups.all()) _events.push_back(core::RunMasterInside{id, false});
    _told = handover.folder;
    if (const auto away = std::chrono::duration_cast<Millis>(_loop.now() - handover.leftAt);
        away > kStallLimit)
        _events.push_back(core::MasterStalled{away});
    watchSources();
    reap();  // what has ended meanwhile told the image before
    _begun = _resumed = true;
    _narrator.resume();
    const bool upgraded = _setup.upgradeProblem.empty();
    _narrator.host(upgraded ? core::HostChanged::What::Upgraded : core::HostChanged::What::NotUpgraded,
                   upgraded ? "the host goes on as version " + _setup.version : "the upgrade came to nothing",
                   _setup.upgradeProblem);
    _events.push_back(core::UpgradeEnded{handover.upgrade, _setup.upgradeProblem});
}

std::string Master::obstacle() const
{
    if (!functions().silent()) return runMastersOf(functions().runningOf());
    if (_reconfiguration.reading()) return "reading of the configuration";
    if (_crashes.busy()) return "a crash report";
    return _groups.copying() ? "copying of a plugin" : "";
}

void Master::upgradeFailed(const std::string& why)
{
    _upgrade.fail(why);
}

}  // namespace clustermanager::runtime
