#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

#include "base/Types.h"

namespace clustermanager::spawner {

/// The processes that the master asked for and that were not reaped yet. So a pid in here is nobody else's.
///
/// A plain list: after each fork every page that this process writes to is copied, and a tree writes to many.
class Children
{
public:
    struct Child
    {
        StartNumber start{};
        pid_t pid = 0;
        bool exitReported = false;
    };

    void add(StartNumber start, pid_t pid) { _children.push_back({start, pid, false}); }

    void remove(pid_t pid)
    {
        Child* child = find(pid);
        if (child == nullptr) return;
        *child = _children.back();
        _children.pop_back();
    }

    Child* find(pid_t pid)
    {
        for (Child& child : _children)
            if (child.pid == pid) return &child;
        return nullptr;
    }

    std::optional<pid_t> pidOf(StartNumber start) const
    {
        for (const Child& child : _children)
            if (child.start == start) return child.pid;
        return std::nullopt;
    }

    bool empty() const { return _children.empty(); }

    /// Calls `act(pid)` for each.
    template <class Act>
    void forEach(Act act) const
    {
        for (const Child& child : _children) act(child.pid);
    }

private:
    std::vector<Child> _children;
};

}  // namespace clustermanager::spawner
