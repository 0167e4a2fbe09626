#include "runtime/GroupFunctions.h"

#include <fcntl.h>

#include <memory>
#include <utility>

namespace clustermanager::runtime {

// NOLINTNEXTLINE(readability-function-size): each parameter is a part of its own
GroupFunctions::GroupFunctions(const core::Supervisor& supervisor, ChildTable& children, Groups& groups,
                               const core::SnapshotSource& snapshots, Find find,
                               std::function<void(core::Event)> tell)
    : _supervisor(supervisor), _children(children), _groups(groups), _find(std::move(find)),
      _tell(std::move(tell)), _isolated(children),
      _functions(
          snapshots,
          [this](GroupId group, std::int32_t to, const std::string& data) { toChildren(group, to, data); },
          [this](GroupId group) {
              _tell(core::RunMasterInside{group, false});
          })
{}

void GroupFunctions::follow()
{
    if (_supervisor.stopping()) return;
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
    {
        const core::GroupView group = _supervisor.group(i);
        const bool goes =
            group.state == core::GroupState::Stopped || group.state == core::GroupState::Removed;
        if (goes && _startedFor.erase(group.id) != 0) _functions.askToStop(group.id);
        if (group.state != core::GroupState::Running || group.generationState != core::GenerationState::Open)
            continue;
        const auto last = _startedFor.find(group.id);
        if ((last != _startedFor.end() && last->second == group.generation) || hasToWait(group)) continue;
        _startedFor[group.id] = group.generation;
        start(group);
    }
}

/// The one before has a process of its own, which has not ended; or it runs here, of a removed group of this
/// name.
bool GroupFunctions::hasToWait(const core::GroupView& group) const
{
    if (_groups.runMasterOf(group.generation) != config::RunMaster::Inside) return false;
    if (group.runMaster && core::traits(group.runMaster->state).mayHaveProcess) return true;
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
    {
        const core::GroupView other = _supervisor.group(i);
        if (other.id != group.id && other.policy->name == group.policy->name && _functions.running(other.id))
            return true;
    }
    return false;
}

void GroupFunctions::start(const core::GroupView& view)
{
    _functions.askToStop(view.id);
    if (_groups.runMasterOf(view.generation) != config::RunMaster::Inside) return;
    const config::Group& group = *_groups.find(view.id);
    MasterFunction::Setting setting;
    setting.group = group.policy.name;
    setting.generation = number(view.generation);
    setting.settings.assign(group.settings.begin(), group.settings.end());
    // A copy of its own: the generation may have ended when the thread comes to it.
    const int sealed = _groups.find(view.generation)->plugin().get();
    const auto copy =
        std::make_shared<const FileDescriptor>(sealed < 0 ? sealed : ::fcntl(sealed, F_DUPFD_CLOEXEC, 0));
    setting.find = [find = _find, copy, embedded = sealed < 0,
                    path = group.pluginPath]() -> std::variant<MasterFunction::Entry, std::string> {
        if (!embedded && !*copy) return "no descriptor is left to load '" + path + "'";
        return find(copy->get(), path);
    };
    _functions.start(view.id, std::move(setting));
    _tell(core::RunMasterInside{view.id, true});
}

void GroupFunctions::spawned(const core::Spawn& order)
{
    _isolated.spawned(order, _groups.find(order.group)->policy.name);
}

void GroupFunctions::toChildren(GroupId group, std::int32_t to, const std::string& data)
{
    _children.forEach([&](ChildProcess& process) {
        if (process.order.group != group || isRunMaster(process.order.child)) return;
        if (to != CM_TO_ALL_CHILDREN && static_cast<std::int64_t>(number(process.order.child)) != to) return;
        (void)_children.send(process, link::PluginMessage{CM_TO_MASTER, data});
    });
}

void GroupFunctions::fromChild(const ChildProcess& process, link::PluginMessage message)
{
    const GroupId group = process.order.group;
    const bool ofChild = !isRunMaster(process.order.child);
    if (ofChild != (message.peer == CM_TO_MASTER) || message.data.size() > CM_MESSAGE_MAX)
        return _children.countDropped(process);
    if (!ofChild) return toChildren(group, message.peer, message.data);
    const auto from = static_cast<std::int32_t>(number(process.order.child));
    const bool taken = _functions.running(group) ? _functions.deliver(group, from, std::move(message.data))
                                                 : _isolated.deliver(group, from, std::move(message.data));
    if (!taken) _children.countDropped(process);
}

void GroupFunctions::stopAll()
{
    for (auto started = _startedFor.begin(); started != _startedFor.end();)
        started = _functions.running(started->first) ? _startedFor.erase(started) : std::next(started);
    _functions.askToStop();
}

GroupFunctions::State GroupFunctions::state() const
{
    State state;
    for (const auto& [group, generation] : _startedFor)
        if (const auto how = _functions.state(group); how && !_functions.running(group))
            state.ended.push_back({group, generation, *how});
    return state;
}

void GroupFunctions::resume(const State& state)
{
    for (const State::Ended& ended : state.ended)
    {
        _startedFor[ended.group] = ended.generation;
        _functions.endedBefore(ended.group, ended.how);
    }
}

void GroupFunctions::forget(GroupId group)
{
    _functions.askToStop(group);
    _isolated.forget(group);
    _startedFor.erase(group);
}

}  // namespace clustermanager::runtime
