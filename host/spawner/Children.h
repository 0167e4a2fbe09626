#pragma once

#include <sys/types.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "link/Messages.h"
#include "spawner/Spares.h"

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
        link::SpawnOrder successor = {};  // to be started where it dies of a signal; without a number: none
        FileDescriptor successorsLink = {};         // once it is to be
        std::optional<Spare> successorsSpare = {};  // ... and has a process already, which is not let run yet
    };

    void add(StartNumber start, pid_t pid) { _children.push_back({start, pid}); }

    void remove(pid_t pid)
    {
        Child* child = find(pid);
        if (child == nullptr) return;
        if (child != &_children.back()) *child = std::move(_children.back());
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

    /// In a new process: what it has of others' successors.
    void letGoSuccessors()
    {
        for (Child& child : _children)
        {
            child.successorsLink.reset();
            child.successorsSpare.reset();
        }
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
