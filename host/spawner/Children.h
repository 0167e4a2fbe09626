#pragma once

#include <sys/types.h>

#include <vector>

#include "base/Types.h"
#include "link/Messages.h"
#include "spawner/Unforked.h"

namespace clustermanager::spawner {

/// The processes that the master asked for and that were not reaped yet. So a pid in here is nobody else's.
///
/// A plain list of small entries, which no child has: not one page of it is copied.
class Children
{
public:
    struct Child
    {
        StartNumber start{};
        pid_t pid = 0;
        bool exitReported = false;
        link::SpawnOrder successor = {};  // to be started where it dies of a signal; without a number: none
    };

    void add(StartNumber start, pid_t pid) { _children.push_back({start, pid}); }

    void remove(pid_t pid)
    {
        Child* child = find(pid);
        if (child == nullptr) return;
        if (child != &_children.back()) *child = _children.back();
        _children.pop_back();
    }

    Child* find(pid_t pid)
    {
        for (Child& child : _children)
            if (child.pid == pid) return &child;
        return nullptr;
    }

    Child* find(StartNumber start)
    {
        for (Child& child : _children)
            if (child.start == start) return &child;
        return nullptr;
    }

    bool empty() const { return _children.empty(); }

    /// Calls `act(pid)` for each.
    template <class Act>
    void forEach(Act act) const
    {
        for (const Child& child : _children) act(child.pid);
    }

private:
    std::vector<Child, UnforkedAllocator<Child>> _children;
};

}  // namespace clustermanager::spawner
