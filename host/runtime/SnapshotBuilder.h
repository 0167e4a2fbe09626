#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
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
        core::PluginSnapshot plugin;
        std::optional<core::PluginSnapshot> next;
        pid_t spawnerPid = 0;
        core::MasterState masterState = core::MasterState::None;
        int masterResult = 0;
        std::string masterReason;
        std::string logFolder;
    };

    explicit SnapshotBuilder(core::MasterSnapshot master);

    /// The configuration was read again.
    void optionsChanged(std::vector<std::pair<std::string, std::string>> options, std::string countReason);

    /// There are other crash reports than before.
    void crashesChanged(std::shared_ptr<const core::CrashReports> crashes) { _crashes = std::move(crashes); }
    /// What the master's loop has measured of itself.
    void measured(core::LoopDelay delay, std::vector<core::QueueSnapshot> queues);

    /// What was known of this child is out of date.
    void childChanged(ChildId child);

    std::shared_ptr<const core::Snapshot> build(const core::Supervisor& supervisor, ChildTable& children,
                                                const LogLevels& levels,
                                                const std::vector<GroupFacts>& groups,
                                                std::vector<core::ListenerSnapshot> listeners, TimePoint now);

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

    struct Known
    {
        std::shared_ptr<const core::ChildSnapshot> picture;
        Seen seen;
        bool changed = true;
        std::uint64_t round = 0;  // of the last picture it was in
    };

    void forgetOthers(ChildTable& children);

    core::MasterSnapshot _master;
    std::shared_ptr<const core::CrashReports> _crashes;
    std::unordered_map<ChildId, Known> _children;
    std::uint64_t _round = 0;
    TimePoint _measuredAt;
};

}  // namespace clustermanager::runtime
