#include "runtime/GroupFunctions.h"

#include <utility>

namespace clustermanager::runtime {

GroupFunctions::GroupFunctions(const core::Supervisor& supervisor, ChildTable& children, Groups& groups,
                               const core::SnapshotSource& snapshots, Find find)
    : _supervisor(supervisor), _children(children), _groups(groups), _find(std::move(find)),
      _functions(snapshots, [this](GroupId group, std::int32_t to, const std::string& data) {
          toChildren(group, to, data);
      })
{}

void GroupFunctions::follow()
{
    if (_supervisor.stopping()) return;
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
    {
        const core::GroupView group = _supervisor.group(i);
        if (group.generationState != core::GenerationState::Open) continue;
        GenerationId& last = _startedFor[group.id];
        if (std::exchange(last, group.generation) != group.generation) start(group);
    }
}

void GroupFunctions::start(const core::GroupView& view)
{
    _functions.askToStop(view.id);
    const config::Group& group = *_groups.find(view.id);
    if (group.runMaster == config::RunMaster::Off || !_groups.hasRunMaster(view.generation)) return;
    MasterFunction::Setting setting;
    setting.group = group.policy.name;
    setting.generation = number(view.generation);
    setting.settings.assign(group.settings.begin(), group.settings.end());
    const int copy = _groups.find(view.generation)->plugin().get();
    setting.find = [find = _find, copy, path = group.pluginPath] { return find(copy, path); };
    _functions.start(view.id, std::move(setting));
}

void GroupFunctions::toChildren(GroupId group, std::int32_t to, const std::string& data)
{
    _children.forEach([&](ChildProcess& process) {
        if (process.order.group != group) return;
        if (to != CM_TO_ALL_CHILDREN && static_cast<std::int64_t>(number(process.order.child)) != to) return;
        (void)_children.send(process, link::PluginMessage{CM_TO_MASTER, data});
    });
}

void GroupFunctions::fromChild(const ChildProcess& process, link::PluginMessage message)
{
    const auto from = static_cast<std::int32_t>(number(process.order.child));
    if (message.peer != CM_TO_MASTER || message.data.size() > CM_MESSAGE_MAX ||
        !_functions.deliver(process.order.group, from, std::move(message.data)))
        _children.countDropped(process.order.child);
}

void GroupFunctions::stopAll()
{
    _functions.askToStop();
    _startedFor.clear();
}

void GroupFunctions::forget(GroupId group)
{
    _functions.askToStop(group);
    _startedFor.erase(group);
}

}  // namespace clustermanager::runtime
