#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/Types.h"
#include "core/Action.h"
#include "core/Snapshot.h"
#include "link/Messages.h"
#include "runtime/ChildTable.h"

namespace clustermanager::runtime {

/// The processes that run a group's run_master, as far as they differ from children: what they are told of
/// the group's children, and the messages to them.
///
/// Bounded: one that does not read its link is told nothing more until it does, and then of what is true by
/// then.
///
/// Threading: the master's loop thread only.
class IsolatedRunMasters
{
public:
    explicit IsolatedRunMasters(ChildTable& children) : _children(children) {}

    /// Such a process was ordered. It takes the place of the one before it.
    void spawned(const core::Spawn& order, const std::string& groupName);
    void forget(GroupId group) { _entries.erase(group); }

    /// A message of a child. False: the group has no such process; what it does not read counts as dropped.
    bool deliver(GroupId group, std::int32_t from, std::string data);

    /// Tells each of them what has changed among its children since it was last told.
    void show(const core::Snapshot& picture);

private:
    struct Entry
    {
        StartNumber start;
        std::string groupName;
        bool told = false;                        // of all that there were
        std::map<ChildId, link::ChildRow> shown;  // what it knows
    };

    ChildProcess* processOf(const Entry& entry);
    static std::vector<link::ChildRow> news(Entry& entry, const core::Snapshot& picture);

    ChildTable& _children;
    std::map<GroupId, Entry> _entries;
};

}  // namespace clustermanager::runtime
