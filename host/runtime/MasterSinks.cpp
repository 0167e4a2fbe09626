#include <Poco/Logger.h>

#include <algorithm>
#include <utility>

#include "base/DroppedFile.h"
#include "core/Phrases.h"
#include "runtime/Master.h"

/// What the master's parts tell it, and what follows.
namespace clustermanager::runtime {
namespace {

Poco::Logger& logger()
{
    return Poco::Logger::get("clustermanager");
}

void warn(const ChildProcess& process, const std::string& text)
{
    if (!text.empty()) logger().warning(core::slotText(process.order.child) + ": " + text);
}

}  // namespace

ChildTable::Sinks Master::childSinks()
{
    return {
        [this](core::Event event) { _events.push_back(std::move(event)); },
        [this](const ChildProcess& process, link::PluginMessage message) {
            _groupFunctions.fromChild(process, std::move(message));
        },
        [this](StartNumber start, std::uint64_t ticket) {
            _levels.confirmations().confirmed(start, ticket);
            _pace.changed(_loop.now());
        },
        [this](StartNumber start, std::uint64_t ticket) {
            _logReopening.confirmations().confirmed(start, ticket);
        },
        [this](StartNumber start) { _watches.beat(start, _loop.now()); },
        [this](StartNumber start, std::uint64_t rssKiB) { _watches.reported(start, rssKiB); },
        [this](const ChildProcess& process, const metrics::Growth& growth) {
            _metrics.grew(process.order.group, growth);
        },
        [this](const ChildProcess& process, const link::MetricDefined& metric) {
            const core::Spawn& order = process.order;
            warn(process, _metrics.defined(order.group, order.generation, order.start, metric));
        },
        [this](const ChildProcess& process, const link::MetricReport& report) {
            const core::Spawn& order = process.order;
            warn(process, _metrics.reported(order.group, order.generation, order.start, report));
        },
        &warn,
        [this](ChildId child) { _builder.childChanged(child); },
        [this](pid_t pid) { return _groups.isSpawner(pid) || _upgrade.isRehearsal(pid); },
        [this](const ChildProcess& process) {
            return _groups.mayBeOf(process.order.generation, process.pid);
        },
        [this](ChildProcess& process) { _orders.succeeded(process); },
        [this](ChildProcess& process, const core::LastExit& exit) { return _crashes.ended(process, exit); }};
}

Reconfiguration::Sinks Master::reconfigurationSinks()
{
    return {[this](core::Event event) {
                _events.push_back(std::move(event));
                settle();
            },
            [this](const config::ConfigDifference& difference, std::vector<std::string>& lines) {
                applyToHost(difference, lines);
            },
            _setup.prepareControl,
            [this](const core::CommandReply& reply) {
                publish();
                _narrator.configurationRead(reply);
            },
            [](const std::string& text) { logger().information(text); },
            [](const std::string& text) { logger().warning(text); },
            [](const std::string& text) { logger().error(text); }};
}

void Master::applyToHost(const config::ConfigDifference& difference, std::vector<std::string>& lines)
{
    _builder.optionsChanged(_setup.config.inForce, _setup.config.countReason);
    if (difference.logLevel)
        _levels.set({_setup.config.logLevel, "", "", std::nullopt}, _commandRunner.childrenByGroup(), {},
                    _loop.now());
    LogPorts::Change log = _setup.log.commit();
    if (log.level) _levels.masterConfigured(*log.level);
    if (!log.sentence.empty()) lines.push_back(std::move(log.sentence));
    if (difference.pluginsWatch) watchFolder();
    if (_folder)
        _folder->wasRead(droppedAmong(difference.groupsAdded), difference.groupsRemoved, _loop.now());
}

/// Those whose plugins lie in the watched folder.
std::vector<std::string> Master::droppedAmong(const std::vector<std::string>& groups) const
{
    std::vector<std::string> dropped;
    for (const config::Group& group : _setup.config.groups)
    {
        const std::string& name = group.policy.name;
        if (group.pluginPath == droppedPlugin(_setup.config.pluginsFolder, name) &&
            std::find(groups.begin(), groups.end(), name) != groups.end())
            dropped.push_back(name);
    }
    return dropped;
}

}  // namespace clustermanager::runtime
