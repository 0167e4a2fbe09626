#include "runtime/Reconfiguration.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include "base/DroppedFile.h"
#include "base/ListenSocket.h"
#include "runtime/FromConfig.h"
#include "runtime/StartError.h"
#include "runtime/WholePlugin.h"

namespace clustermanager::runtime {
namespace {

constexpr int kUnavailable = 69;

const config::Group& named(const config::HostConfig& host, const std::string& name)
{
    return *std::find_if(host.groups.begin(), host.groups.end(),
                         [&](const config::Group& group) { return group.policy.name == name; });
}

const config::Listener& listenerNamed(const config::HostConfig& host, const std::string& name)
{
    return *std::find_if(host.listeners.begin(), host.listeners.end(),
                         [&](const config::Listener& listener) { return listener.name == name; });
}

/// "" where it is not on TCP, or the kernel chooses its port.
std::string controlAddress(const config::HostConfig& host)
{
    if (host.webServerPort <= 0) return "";
    const std::string name = host.webServerAddress == "localhost" ? "127.0.0.1" : host.webServerAddress;
    return addressToBind(name, static_cast<std::uint16_t>(host.webServerPort));
}

std::string changeText(const config::KeyChange& change)
{
    const auto shown = [](const std::string& value) { return value.empty() ? "(unset)" : value; };
    return change.key + ": " + shown(change.before) + " -> " + shown(change.after);
}

}  // namespace

Reconfiguration::Reconfiguration(ConfigReader::Read read, config::HostConfig& host,
                                 const core::Supervisor& supervisor, Groups& groups, Listeners& listeners,
                                 OperationNumbers& numbers, Sinks sinks)
    : _reader(std::move(read)), _host(host), _supervisor(supervisor), _groups(groups), _listeners(listeners),
      _numbers(numbers), _sinks(std::move(sinks))
{}

void Reconfiguration::begin(Asker asker)
{
    if (_reader.reading())
    {
        _again = std::max(_again.value_or(asker), asker);
        return;
    }
    _asker = asker;
    _reader.start();
}

void Reconfiguration::begin(std::promise<core::CommandReply> reply)
{
    (_reader.reading() ? _next : _served).push_back(std::move(reply));
    begin(Asker::Operator);
}

void Reconfiguration::receive()
{
    std::optional<config::ConfigSource::Outcome> outcome = _reader.take();
    if (!outcome) return;
    core::CommandReply reply;
    if (_supervisor.stopping())
        reply.outcome = core::CommandReply::Outcome::Stopping;
    else if (auto* good = std::get_if<config::HostConfig>(&*outcome))
        reply = apply(std::move(*good));
    else
        reply = refusal(std::get<std::vector<config::ConfigProblem>>(*outcome));

    if (reply.outcome == core::CommandReply::Outcome::Refused) _sinks.error(reply.sentence());
    _sinks.beforeAnswer(reply);
    for (std::promise<core::CommandReply>& promise : std::exchange(_served, {})) promise.set_value(reply);
    _served = std::exchange(_next, {});
    if (const std::optional<Asker> again = std::exchange(_again, std::nullopt)) begin(*again);
}

void Reconfiguration::cancel()
{
    core::CommandReply stopping;
    stopping.outcome = core::CommandReply::Outcome::Stopping;
    for (Replies* replies : {&_served, &_next})
        for (std::promise<core::CommandReply>& promise : std::exchange(*replies, {}))
            promise.set_value(stopping);
}

core::CommandReply Reconfiguration::refusal(const std::vector<config::ConfigProblem>& problems)
{
    core::CommandReply reply;
    reply.outcome = core::CommandReply::Outcome::Refused;
    reply.text = "the configuration is wrong, and the one in force stays";
    for (const config::ConfigProblem& problem : problems) reply.details.push_back(problem.sentence());
    return reply;
}

/// A listener that nobody can find any more has another address than the one that is wanted.
config::HostConfig Reconfiguration::inForce() const
{
    config::HostConfig host = _host;
    const std::vector<std::string> lost = _listeners.lost();
    for (config::Listener& listener : host.listeners)
        if (std::find(lost.begin(), lost.end(), listener.name) != lost.end())
            listener.address += " (its file was removed)";
    return host;
}

/// What can fail comes first.
core::CommandReply Reconfiguration::apply(config::HostConfig after)
{
    core::CommandReply reply;
    leaveOutHalfWritten(after);
    const config::ConfigDifference difference = config::difference(inForce(), after);
    std::function<void()> changeControl;
    try
    {
        requireFolder(after, difference);
        requireControlPort(after);
        changeControl = _sinks.prepareControl(after);
        openListeners(after, difference);
    }
    catch (const StartError& problem)
    {
        reply.outcome = core::CommandReply::Outcome::Refused;
        reply.text = "nothing is changed: " + problem.message();
        reply.details.push_back(problem.message());
        return reply;
    }
    const std::vector<std::string> warnings = std::exchange(_host, std::move(after)).warnings;
    for (const config::KeyChange& change : difference.changes) reply.details.push_back(changeText(change));

    std::set<std::string> replaced;
    for (const std::string& name : difference.groupsRemoved) removeGroup(name, reply);
    for (const config::GroupDifference& group : difference.groups)
    {
        changeGroup(group, reply);
        if (group.need == config::GroupNeed::NewProcesses) replaced.insert(group.name);
    }
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
    {
        const core::GroupView view = _supervisor.group(i);
        if (replaced.count(view.policy->name) != 0 || !view.mayReload) continue;
        if (_groups.fileChanged(view.id))
            takeUpPlugin(view, reply);
        else if (_asker == Asker::Operator && view.failedGeneration != GenerationId{})
            reload(view.id, "its last one failed: " + view.failedReason, reply);
    }
    for (const std::string& name : difference.groupsAdded) addGroup(named(_host, name), reply);
    closeListeners(difference);
    changeControlPort(changeControl, reply);
    _sinks.applyToHost(difference, reply.details);
    for (const std::string& sentence : difference.notApplied) reply.details.push_back(sentence);
    reply.text = reply.details.empty() ? "nothing has changed" : "applied";
    for (const std::string& line : reply.details) _sinks.information("configuration: " + line);
    warn(warnings, reply);
    return reply;
}

/// All else is in force by then.
void Reconfiguration::changeControlPort(const std::function<void()>& change, core::CommandReply& reply)
{
    std::string problem;
    try
    {
        change();
    }
    catch (const Poco::Exception& thrown)
    {
        problem = thrown.displayText();
    }
    catch (const std::exception& thrown)
    {
        problem = thrown.what();
    }
    if (problem.empty()) return;
    problem = "the control port is not as wanted: " + problem +
              "; read the configuration again when that is mended";
    _sinks.warning(problem);
    reply.details.push_back("warning: " + problem);
}

/// Of what was not there before.
void Reconfiguration::warn(const std::vector<std::string>& before, core::CommandReply& reply) const
{
    for (const std::string& warning : _host.warnings)
    {
        if (std::find(before.begin(), before.end(), warning) != before.end()) continue;
        _sinks.warning(warning);
        reply.details.push_back("warning: " + warning);
    }
}

/// A new plugin that is still being copied becomes a group when it is whole: the folder tells.
void Reconfiguration::leaveOutHalfWritten(config::HostConfig& after) const
{
    const auto halfWritten = [this](const config::Group& group) {
        return _groups.idOf(group.policy.name) == GroupId{} && !group.pluginPath.empty() &&
               !whyNotWhole(group.pluginPath).empty();
    };
    after.groups.erase(std::remove_if(after.groups.begin(), after.groups.end(), halfWritten),
                       after.groups.end());
}

/// One that is half-written, or broken, is no reason to reload: the one that runs stays.
void Reconfiguration::takeUpPlugin(const core::GroupView& group, core::CommandReply& reply)
{
    const std::string& path = _groups.find(group.id)->pluginPath;
    const std::string why = whyNotWhole(path);
    if (why.empty()) return reload(group.id, "its plugin has changed", reply);
    reply.details.push_back("group " + group.policy->name + ": is not reloaded: plugin '" + path +
                            "': " + why);
}

/// A folder that is gone says nothing of the plugins that run from it.
void Reconfiguration::requireFolder(const config::HostConfig& after,
                                    const config::ConfigDifference& difference) const
{
    if (after.pluginsFolder != _host.pluginsFolder || FileState::of(after.pluginsFolder).error == 0) return;
    for (const std::string& name : difference.groupsRemoved)
    {
        const config::Group& group = named(_host, name);
        if (group.pluginPath != droppedPlugin(after.pluginsFolder, name)) continue;
        throw StartError(kUnavailable, "the folder '" + after.pluginsFolder + "' is not there, and group " +
                                           name + " runs from it: put the folder back, or an empty one");
    }
}

void Reconfiguration::openListeners(const config::HostConfig& after,
                                    const config::ConfigDifference& difference)
{
    std::vector<config::Listener> wanted;
    for (const auto* names : {&difference.listenersAdded, &difference.listenersChanged})
        for (const std::string& name : *names) wanted.push_back(listenerNamed(after, name));
    _listeners.open(wanted, {difference.listenersRemoved, _groups.heldSockets(), controlAddress(_host)});
}

/// Its socket cannot be taken over from children that serve on it.
void Reconfiguration::requireControlPort(const config::HostConfig& after) const
{
    if (after.webServerPort == _host.webServerPort && after.webServerAddress == _host.webServerAddress)
        return;
    const std::string address = controlAddress(after);
    const std::string who = _listeners.whoHas(address, {{}, _groups.heldSockets(), controlAddress(_host)});
    if (who.empty()) return;
    throw StartError(kUnavailable,
                     "cluster.webServerPort: the control port cannot have " + address + "; " + who);
}

void Reconfiguration::closeListeners(const config::ConfigDifference& difference)
{
    for (const std::string& name : difference.listenersRemoved) _listeners.close(name);
}

void Reconfiguration::addGroup(const config::Group& group, core::CommandReply& reply)
{
    reply.details.push_back("group " + group.policy.name + ": added");
    _groups.add(_supervisor.nextGroup(), {group, std::nullopt});
    _sinks.tell(core::GroupAdded{policyOf(group)});
}

void Reconfiguration::removeGroup(const std::string& name, core::CommandReply& reply)
{
    reply.details.push_back("group " + name + ": removed");
    _sinks.tell(core::GroupRemoved{_groups.idOf(name)});
}

/// How many an operator has scaled it to stays, unless the files have another number.
void Reconfiguration::changeGroup(const config::GroupDifference& change, core::CommandReply& reply)
{
    const config::Group& group = named(_host, change.name);
    const GroupId id = _groups.idOf(change.name);
    _groups.change(id, group);
    core::GroupPolicy policy = policyOf(group);
    const std::string count = "plugin." + change.name + ".count";
    const unsigned before = _supervisor.findGroup(id)->policy->count;
    if (std::find(change.keys.begin(), change.keys.end(), count) == change.keys.end()) policy.count = before;
    const bool reloads =
        change.need == config::GroupNeed::NewProcesses && _supervisor.findGroup(id)->mayReload;
    // A reload brings the new count with it; else it is an operation that may be waited for.
    const unsigned wanted = reloads ? policy.count : std::exchange(policy.count, before);
    _sinks.tell(core::PolicyChanged{id, std::move(policy)});
    if (reloads) return reload(id, "what its children read at their start", reply);
    if (wanted == before) return;
    reply.operations.push_back(_numbers.next());
    reply.details.push_back("group " + change.name + ": scaled to " + std::to_string(wanted));
    _sinks.tell(core::ScaleAsked{id, wanted, reply.operations.back()});
}

void Reconfiguration::reload(GroupId id, const std::string& why, core::CommandReply& reply)
{
    const OperationId operation = _numbers.next();
    reply.operations.push_back(operation);
    reply.details.push_back("group " + _groups.find(id)->policy.name + ": rolling reload: " + why);
    _sinks.tell(core::ReloadAsked{id, operation});
}

}  // namespace clustermanager::runtime
