#include "runtime/PluginFolder.h"

#include <algorithm>
#include <utility>

#include "runtime/WholePlugin.h"

namespace clustermanager::runtime {

PluginFolder::PluginFolder(std::string path, Sinks sinks, Millis settle)
    : _path(std::move(path)), _sinks(std::move(sinks)), _settle(settle), _watch(_path)
{
    eachEntry([this](const DroppedName& dropped) {
        Name& name = _names[dropped.stem];
        name.told[dropped.kind] =
            FileState::of(_path + '/' + dropped.stem + DroppedName::ending(dropped.kind));
        name.present = name.told;
    });
}

PluginFolder::Told PluginFolder::told() const
{
    Told all;
    for (const auto& [stem, name] : _names)
        if (name.told != States{})
            all.emplace(stem, std::vector<FileState>(name.told.begin(), name.told.end()));
    return all;
}

void PluginFolder::knows(const Told& told, TimePoint now)
{
    for (auto& [stem, name] : _names) name.told = {};
    for (const auto& [stem, states] : told)
    {
        Name& name = _names[stem];
        std::copy_n(states.begin(), std::min(states.size(), name.told.size()), name.told.begin());
        name.present = statesOf(stem);
    }
    for (auto& [stem, name] : _names)
        if (name.told != name.present) arm(stem, name, now);
}

void PluginFolder::wasRead(const std::vector<std::string>& added, const std::vector<std::string>& removed,
                           TimePoint now)
{
    onReadable(now);  // whatever the reading saw has made its event by now
    for (const auto& [restsAt, stem] : _order) _names.at(stem).told.fill(FileState::unknown());
    // What made no event: there was no watch, or the kernel lost it.
    for (const std::string& stem : added)
        if (const auto name = _names.find(stem);
            name == _names.end() || name->second.told[DroppedName::Plugin].absent())
            distrust(stem, now);
    // That one is gone whose file is there says nothing where the file is watched: it is not enabled.
    for (const std::string& stem : removed)
        if (const auto name = _names.find(stem);
            _watch.deadline() && name != _names.end() && !name->second.told[DroppedName::Plugin].absent())
            distrust(stem, now);
}

/// Whatever it is when it rests is to be told.
void PluginFolder::distrust(const std::string& stem, TimePoint now)
{
    if (_names.size() >= kDroppedEntriesMax && _names.count(stem) == 0) return;
    Name& name = _names[stem];
    name.told.fill(FileState::unknown());
    name.present = statesOf(stem);
    if (!name.restsAt) arm(stem, name, now);
}

void PluginFolder::onReadable(TimePoint now)
{
    take(_watch.read(now), now);
}

std::optional<TimePoint> PluginFolder::deadline() const
{
    const std::optional<TimePoint> look = _watch.deadline();
    if (_order.empty()) return look;
    return look ? std::min(*look, _order.begin()->first) : _order.begin()->first;
}

void PluginFolder::passTime(TimePoint now)
{
    take(_watch.passTime(now), now);
    for (std::size_t i = 0; i < kNamesPerCall && !_order.empty() && _order.begin()->first <= now; ++i)
    {
        const std::string stem = _order.begin()->second;
        _order.erase(_order.begin());
        Name& name = _names.at(stem);
        name.restsAt.reset();
        if (!_watch.found()) continue;  // what is seen now says nothing
        const States present = statesOf(stem);
        if (std::exchange(name.present, present) != present)
            arm(stem, name, now);
        else
            judge(stem, name);
        if (!name.restsAt && name.told == States{} && name.present == States{}) _names.erase(stem);
    }
}

void PluginFolder::take(const FolderWatch::Seen& seen, TimePoint now)
{
    if (!seen.problem.empty()) _sinks.warning(seen.problem);
    for (const std::string& file : seen.touched) touched(file, now);
    if (seen.lookThrough) lookThrough(now, seen.back);
}

void PluginFolder::touched(const std::string& file, TimePoint now)
{
    const std::optional<DroppedName> dropped = DroppedName::parse(file);
    if (!dropped) return touchLinks(now);
    if (_names.size() >= kDroppedEntriesMax && _names.count(dropped->stem) == 0) return;
    Name& name = _names[dropped->stem];
    name.present[dropped->kind] = FileState::of(_path + '/' + file);
    arm(dropped->stem, name, now);
}

/// Another name may be what a link leads over. A busy stranger must not keep links from resting, so this
/// postpones nothing.
void PluginFolder::touchLinks(TimePoint now)
{
    for (auto& [stem, name] : _names)
    {
        bool link = false;
        for (const FileState& state : name.present) link = link || state.link;
        if (!link || name.restsAt) continue;
        name.present = statesOf(stem);
        arm(stem, name, now);
    }
}

void PluginFolder::lookThrough(TimePoint now, bool back)
{
    eachEntry([&](const DroppedName& dropped) { (void)_names[dropped.stem]; });
    for (auto& [stem, name] : _names)
    {
        name.present = statesOf(stem);
        // What a folder that came back lacks was not removed by anybody's order: it runs on.
        for (std::size_t kind = 0; back && kind < name.present.size(); ++kind)
            if (name.present[kind].absent()) name.told[kind] = FileState();
        arm(stem, name, now);
    }
}

void PluginFolder::arm(const std::string& stem, Name& name, TimePoint now)
{
    if (name.restsAt) _order.erase({*name.restsAt, stem});
    name.restsAt = now + _settle;
    _order.emplace(*name.restsAt, stem);
}

PluginFolder::States PluginFolder::statesOf(const std::string& stem) const
{
    States states;
    for (const auto kind : {DroppedName::Plugin, DroppedName::Properties, DroppedName::Ini})
        states[kind] = FileState::of(_path + '/' + stem + DroppedName::ending(kind));
    return states;
}

/// All its files rest.
void PluginFolder::judge(const std::string& stem, Name& name)
{
    if (name.present == name.told) return;
    const FileState& plugin = name.present[DroppedName::Plugin];
    if (plugin.absent() && !name.told[DroppedName::Plugin].absent())
    {
        name.told = name.present;
        return _sinks.change(Removed{stem});
    }
    if (!plugin.absent() && plugin != name.told[DroppedName::Plugin])
    {
        // Asked again of one that was warned of: its owner or mode is no part of its state.
        const std::string path = _path + '/' + stem + DroppedName::ending(DroppedName::Plugin);
        const std::string why = whyNotWhole(path);
        if (!why.empty())
        {
            if (std::exchange(name.warned, plugin) == plugin) return;
            return _sinks.warning("plugin '" + path + "': " + why + "; nothing is changed by it");
        }
    }
    name.told = name.present;
    name.warned = FileState();
    _sinks.change(Changed{stem});
}

void PluginFolder::eachEntry(const std::function<void(const DroppedName&)>& each)
{
    if (!eachDropped(_path, each))
        _sinks.warning("the folder '" + _path + "' has more than " + std::to_string(kDroppedEntriesMax) +
                       " entries: the others are not looked at");
}

}  // namespace clustermanager::runtime
