#include "runtime/IsolatedRunMasters.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace clustermanager::runtime {
namespace {

link::ChildRow rowOf(const core::ChildSnapshot& child)
{
    link::ChildRow row;
    row.child = child.id;
    row.index = child.index;
    row.pid = child.pid;
    row.restarts = child.restarts;
    row.generation = child.generation;
    row.ready = child.state == core::ChildState::Ready;
    row.state = core::traits(child.state).name;
    return row;
}

bool same(const link::ChildRow& a, const link::ChildRow& b)
{
    return a.index == b.index && a.pid == b.pid && a.restarts == b.restarts && a.generation == b.generation &&
           a.state == b.state;
}

}  // namespace

void IsolatedRunMasters::spawned(const core::Spawn& order, const std::string& groupName)
{
    _entries.insert_or_assign(order.group, Entry{order.start, groupName, false, {}});
}

ChildProcess* IsolatedRunMasters::processOf(const Entry& entry)
{
    ChildProcess* process = _children.find(entry.start);
    return process != nullptr && process->link ? process : nullptr;
}

bool IsolatedRunMasters::deliver(GroupId group, std::int32_t from, std::string data)
{
    const auto found = _entries.find(group);
    ChildProcess* process = found == _entries.end() ? nullptr : processOf(found->second);
    if (process == nullptr) return false;
    (void)_children.send(*process, link::PluginMessage{from, std::move(data)});
    return true;
}

void IsolatedRunMasters::show(const core::Snapshot& picture)
{
    for (auto& [group, entry] : _entries)
    {
        ChildProcess* process = processOf(entry);
        if (process == nullptr || process->link.wantsWrite()) continue;
        std::vector<link::ChildRow> rows = news(entry, picture);
        const bool anew = !std::exchange(entry.told, true);
        if (rows.empty() && !anew) continue;
        for (std::size_t sent = 0; sent == 0 || sent < rows.size(); sent += link::kChildRowsMax)
        {
            const std::size_t end = std::min(sent + link::kChildRowsMax, rows.size());
            link::ChildrenSeen message;
            message.anew = anew && sent == 0;
            message.more = end < rows.size();
            const auto first = rows.begin() + static_cast<std::ptrdiff_t>(sent);
            message.rows.assign(first, first + static_cast<std::ptrdiff_t>(end - sent));
            (void)_children.send(*process, message);
        }
    }
}

/// What it does not know yet, which it knows from now on. Both sides are in order of id.
std::vector<link::ChildRow> IsolatedRunMasters::news(Entry& entry, const core::Snapshot& picture)
{
    std::vector<link::ChildRow> rows;
    auto known = entry.shown.begin();
    const auto goneBefore = [&](ChildId id) {
        while (known != entry.shown.end() && known->first < id)
        {
            link::ChildRow row;
            row.child = known->first;
            row.gone = true;
            rows.push_back(std::move(row));
            known = entry.shown.erase(known);
        }
    };
    for (const auto& child : picture.children)
    {
        if (child->group != entry.groupName) continue;
        goneBefore(child->id);
        link::ChildRow row = rowOf(*child);
        if (known == entry.shown.end() || known->first != child->id)
            known = entry.shown.emplace_hint(known, child->id, link::ChildRow{});
        if (!same(known->second, row) || known->second.child == ChildId{})
        {
            known->second = row;
            rows.push_back(std::move(row));
        }
        ++known;
    }
    goneBefore(ChildId{kFirstRunMaster});
    return rows;
}

}  // namespace clustermanager::runtime
