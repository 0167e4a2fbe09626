#include "runtime/Groups.h"

#include <algorithm>
#include <utility>

#include "base/FaultPoint.h"
#include "runtime/FromConfig.h"
#include "runtime/ProcessFacts.h"
#include "runtime/StartError.h"

namespace clustermanager::runtime {
namespace {

core::PluginSnapshot pictureOf(GenerationId id, const PluginFile& file)
{
    core::PluginSnapshot picture;
    picture.generation = number(id);
    picture.path = file.path;
    picture.name = file.facts.name;
    picture.version = file.facts.version;
    picture.size = file.size;
    picture.sha256 = file.sha256;
    picture.buildId = file.facts.buildId;
    if (!file.path.empty()) picture.modifiedAt = file.modified;
    return picture;
}

}  // namespace

Groups::Groups(EventLoop& loop, ChildTable& children, const Listeners& listeners,
               const config::HostConfig& host, Sinks sinks)
    : _loop(loop), _children(children), _listeners(listeners), _host(host), _sinks(std::move(sinks))
{}

Groups::State Groups::state() const
{
    State state;
    for (const auto& [id, group] : _groups) state.groups.push_back({id, group.config, group.taken});
    for (const auto& [id, entry] : _generations)
    {
        State::Entry& copy = state.generations.emplace_back();
        copy.id = id;
        copy.group = entry.group;
        copy.plugin = entry.plugin;
        copy.wantedRunMaster = entry.wantedRunMaster;
        copy.hasRunMaster = entry.hasRunMaster;
        if (entry.generation) copy.generation = entry.generation->state();
    }
    return state;
}

void Groups::resume(const State& state)
{
    for (const State::Group& group : state.groups)
        _groups.emplace(group.id, Group{group.config, std::nullopt, group.taken});
    for (const State::Entry& known : state.generations)
    {
        Entry& entry = _generations[known.id];
        entry.group = known.group;
        entry.plugin = known.plugin;
        entry.wantedRunMaster = known.wantedRunMaster;
        entry.hasRunMaster = known.hasRunMaster;
        if (known.generation)
            entry.generation = std::make_unique<Generation>(_loop, _children, _program, *known.generation,
                                                            sinksOf(known.id));
    }
}

void Groups::add(GroupId id, Group group)
{
    if (group.staged) group.taken = FileState::of(group.config.pluginPath);
    _groups.emplace(id, std::move(group));
}

void Groups::change(GroupId id, config::Group config)
{
    _groups.at(id).config = std::move(config);
}

void Groups::forget(GroupId id)
{
    _groups.erase(id);
}

const config::Group* Groups::find(GroupId id) const
{
    const auto found = _groups.find(id);
    return found == _groups.end() ? nullptr : &found->second.config;
}

GroupId Groups::idOf(const std::string& name) const
{
    const auto last = std::find_if(_groups.rbegin(), _groups.rend(), [&](const auto& entry) {
        return entry.second.config.policy.name == name;
    });
    return last == _groups.rend() ? GroupId{} : last->first;
}

// --- generations ---

void Groups::open(const core::OpenGeneration& order)
{
    CM_FAULT_POINT("reload.open");
    Group& group = _groups.at(order.group);
    _generations[order.generation].group = order.group;
    try
    {
        if (group.config.pluginPath.empty()) return start(order, {});
        const bool stale = group.staged && fileChanged(order.group);  // it has waited for other groups
        if (group.staged && !stale) return start(order, *std::exchange(group.staged, std::nullopt));
        group.staged.reset();
        group.taken = FileState::of(group.config.pluginPath);
        _copies.push_back({order, PluginCopy(group.config.pluginPath)});
    }
    catch (const StartError& problem)
    {
        failed(order.generation, problem.message());
    }
}

void Groups::proceed()
{
    for (auto copy = _copies.begin(); copy != _copies.end();)
    {
        const auto present = copy++;
        try
        {
            std::optional<PluginFile> whole = present->file.proceed();
            if (!whole) continue;
            CM_FAULT_POINT("reload.copied");
            start(present->order, std::move(*whole));
        }
        catch (const StartError& problem)
        {
            failed(present->order.generation, problem.message());
        }
        _copies.erase(present);
    }
}

Generation::Sinks Groups::sinksOf(GenerationId id)
{
    return {
        _sinks.event,
        [this, id](bool hasRunMaster) {
            _generations.at(id).hasRunMaster = hasRunMaster;
            _sinks.event(core::GenerationOpened{id, runMasterOf(id) == config::RunMaster::Isolated});
        },
        _sinks.warning,
    };
}

void Groups::start(const core::OpenGeneration& order, PluginFile file)
{
    const GenerationId id = order.generation;
    const config::Group& group = _groups.at(order.group).config;
    Entry& entry = _generations[id];
    entry.plugin = pictureOf(id, file);
    entry.wantedRunMaster = group.runMaster;
    entry.generation = std::make_unique<Generation>(_loop, _children, _program, planOf(_host, group, id),
                                                    std::move(file.copy),
                                                    _listeners.descriptors(group.listeners), sinksOf(id));
    entry.generation->open();
}

void Groups::failed(GenerationId id, const std::string& reason)
{
    _sinks.event(core::GenerationFailed{id, reason});
}

Generation* Groups::find(GenerationId id)
{
    const auto found = _generations.find(id);
    return found == _generations.end() ? nullptr : found->second.generation.get();
}

const FileDescriptor* Groups::pluginCopy(GenerationId id) const
{
    const auto found = _generations.find(id);
    const bool has =
        found != _generations.end() && found->second.generation && found->second.generation->plugin();
    return has ? &found->second.generation->plugin() : nullptr;
}

std::vector<const FileDescriptor*> Groups::heldSockets() const
{
    std::vector<const FileDescriptor*> sockets;
    for (const auto& [id, entry] : _generations)
        if (entry.generation)
            for (const FileDescriptor& socket : entry.generation->listeners()) sockets.push_back(&socket);
    return sockets;
}

/// A generation that never started is opened from the file as it is now.
void Groups::replaceSpawner(GenerationId id)
{
    if (Generation* generation = find(id); generation != nullptr) return generation->replaceSpawner();
    open({_generations.at(id).group, id});
}

void Groups::close(GenerationId id)
{
    _copies.remove_if([id](const Copy& copy) { return copy.order.generation == id; });
    if (Generation* generation = find(id); generation != nullptr) generation->close();
    if (Generation* generation = find(id); generation == nullptr || generation->ended())
        _generations.erase(id);
}

void Groups::reapSpawners()
{
    for (auto next = _generations.begin(); next != _generations.end();)
    {
        const auto present = next++;
        Generation* generation = present->second.generation.get();
        if (generation == nullptr) continue;
        generation->reapSpawner();
        if (generation->ended()) _generations.erase(present);
    }
}

bool Groups::isSpawner(pid_t pid) const
{
    return std::any_of(_generations.begin(), _generations.end(), [pid](const auto& entry) {
        return entry.second.generation && entry.second.generation->spawnerPid() == pid;
    });
}

bool Groups::mayBeOf(GenerationId id, pid_t pid) const
{
    const auto found = _generations.find(id);
    if (found == _generations.end() || !found->second.generation) return true;
    const std::optional<Account>& account = found->second.generation->plan().account;
    const std::optional<uid_t> user = account ? readUser(pid) : std::nullopt;
    return !user || *user == account->user;
}

bool Groups::anySpawner() const
{
    return std::any_of(_generations.begin(), _generations.end(), [](const auto& entry) {
        return entry.second.generation && entry.second.generation->spawnerPid() != 0;
    });
}

const core::PluginSnapshot& Groups::plugin(GenerationId id) const
{
    static const core::PluginSnapshot none;
    const auto found = _generations.find(id);
    return found == _generations.end() ? none : found->second.plugin;
}

std::string Groups::logFolder(GenerationId id) const
{
    const auto found = _generations.find(id);
    if (found == _generations.end() || !found->second.generation)
        return _host.logsConfigured ? "" : _host.defaultLog.folder;
    const link::GenerationPlan& plan = found->second.generation->plan();
    return plan.logsConfigured ? "" : plan.logFolder;
}

config::RunMaster Groups::runMasterOf(GenerationId id) const
{
    const auto found = _generations.find(id);
    const bool has = found != _generations.end() && found->second.hasRunMaster;
    return has ? found->second.wantedRunMaster : config::RunMaster::Off;
}

bool Groups::fileChanged(GroupId id) const
{
    const Group& group = _groups.at(id);
    if (group.config.pluginPath.empty()) return false;
    const FileState now = FileState::of(group.config.pluginPath);
    return !now.absent() && now != group.taken;
}

}  // namespace clustermanager::runtime
