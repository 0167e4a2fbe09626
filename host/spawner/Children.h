#pragma once

#include <sys/types.h>

#include <map>
#include <optional>

#include "base/Types.h"

namespace clustermanager::spawner {

/// The processes that the master asked for and that were not reaped yet. So a pid in here is nobody else's.
class Children
{
public:
    struct Child
    {
        StartNumber start{};
        bool exitReported = false;
    };

    void add(StartNumber start, pid_t pid)
    {
        _pids[start] = pid;
        _children[pid] = Child{start, false};
    }

    void remove(pid_t pid)
    {
        if (const Child* child = find(pid); child != nullptr) _pids.erase(child->start);
        _children.erase(pid);
    }

    Child* find(pid_t pid)
    {
        const auto found = _children.find(pid);
        return found == _children.end() ? nullptr : &found->second;
    }

    std::optional<pid_t> pidOf(StartNumber start) const
    {
        const auto found = _pids.find(start);
        return found == _pids.end() ? std::nullopt : std::optional<pid_t>(found->second);
    }

    bool empty() const { return _children.empty(); }

    /// Calls `act(pid)` for each.
    template <class Act>
    void forEach(Act act) const
    {
        for (const auto& [pid, child] : _children) act(pid);
    }

private:
    std::map<pid_t, Child> _children;
    std::map<StartNumber, pid_t> _pids;
};

}  // namespace clustermanager::spawner
