#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/HostConfig.h"
#include "core/Snapshot.h"
#include "core/Supervisor.h"
#include "runtime/ChildTable.h"
#include "runtime/LogLevels.h"

namespace clustermanager::runtime {

/// Makes the pictures that other threads read. A picture shares with the one before it whatever has not
/// changed, so that one child's restart among a thousand costs one child.
///
/// Threading: the master's loop thread only; the pictures belong to everybody.
class SnapshotBuilder
{
public:
    /// What the builder cannot read from the supervisor and the table.
    struct GroupFacts
    {
        std::string pluginPath;
        std::string pluginName;
        std::string pluginVersion;
        pid_t spawnerPid = 0;
        core::MasterState masterState = core::MasterState::None;
        int masterResult = 0;
        std::string masterReason;
    };

    SnapshotBuilder(core::MasterSnapshot master, std::vector<core::ListenerSnapshot> listeners);

    /// What was known of this child is out of date.
    void childChanged(ChildId child);

    std::shared_ptr<const core::Snapshot> build(const core::Supervisor& supervisor, ChildTable& children,
                                                const LogLevels& levels,
                                                const std::vector<GroupFacts>& groups, TimePoint now);

private:
    /// What tells that the supervisor's part of a child has changed.
    struct Seen
    {
        core::ChildState state = core::ChildState::Stopped;
        bool wanted = false;
        StartNumber start{};
        std::uint32_t restarts = 0;
        bool operator==(const Seen& other) const;
    };

    std::shared_ptr<const core::ChildSnapshot> child(const core::ChildView& view, const std::string& group,
                                                     ChildTable& children, core::LogLevel level) const;
    static std::shared_ptr<const core::GroupSnapshot> group(const core::GroupView& view,
                                                            const GroupFacts& facts);
    void measureMaster(TimePoint now);

    core::MasterSnapshot _master;
    std::vector<core::ListenerSnapshot> _listeners;
    std::vector<std::shared_ptr<const core::ChildSnapshot>> _children;
    std::vector<Seen> _seen;
    std::vector<bool> _changed;
    TimePoint _measuredAt;
};

}  // namespace clustermanager::runtime
