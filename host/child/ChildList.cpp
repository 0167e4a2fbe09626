#include "child/ChildList.h"

#include <algorithm>
#include <cstring>

namespace clustermanager::child {

namespace {

cm_child_info infoOf(const link::ChildRow& row)
{
    cm_child_info info = {};
    info.id = static_cast<std::int32_t>(number(row.child));
    info.index = row.index;
    info.pid = row.pid;
    info.restarts = row.restarts;
    info.generation = row.generation;
    info.ready = row.ready ? 1 : 0;
    std::memcpy(info.state, row.state.data(), std::min(row.state.size(), sizeof info.state - 1));
    return info;
}

}  // namespace

void ChildList::take(const link::ChildrenSeen& seen)
{
    {
        const std::lock_guard lock(_mutex);
        if (seen.anew) _children.clear();
        for (const link::ChildRow& row : seen.rows)
        {
            const cm_child_info info = infoOf(row);
            if (row.gone)
                _children.erase(info.id);
            else
                _children.insert_or_assign(info.id, info);
        }
        _complete = _complete || !seen.more;
    }
    _completed.notify_all();
}

void ChildList::waitUntilComplete(Millis limit)
{
    std::unique_lock lock(_mutex);
    (void)_completed.wait_for(lock, limit, [this] { return _complete; });
}

std::size_t ChildList::copy(cm_child_info* infos, std::size_t capacity) const
{
    const std::lock_guard lock(_mutex);
    std::size_t next = 0;
    for (const auto& [id, info] : _children)
    {
        if (infos == nullptr || next == capacity) break;
        infos[next++] = info;
    }
    return _children.size();
}

std::optional<std::int32_t> ChildList::pidOf(std::int32_t id) const
{
    const std::lock_guard lock(_mutex);
    const auto found = _children.find(id);
    return found == _children.end() ? std::nullopt : std::optional(found->second.pid);
}

}  // namespace clustermanager::child
