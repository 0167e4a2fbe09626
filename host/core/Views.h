#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/Types.h"
#include "core/ChildState.h"
#include "core/GroupPolicy.h"

/// What other layers can read of the supervisor: plain values, copied out.
namespace clustermanager::core {

/// Where a group's generation is in its life.
enum class GenerationState : std::uint8_t
{
    Loading,  // spawner started, plugin not yet vetted
    Open,     // takes spawns
    Lost,     // its spawner died; another is started at the deadline
    Failed,   // the plugin cannot be loaded
    Closed,   // told to end
    kLast = Closed
};
/// "loading", "open", "lost", "failed", "closed": the only spelling.
const char* name(GenerationState state);

/// What can be read of one child's slot. Plain values; the shell copies them into its Snapshot.
struct ChildView
{
    ChildId id;
    GroupId group;
    std::uint32_t index;
    bool standsIn;  // a child beyond count, while others are replaced
    ChildState state;
    bool wanted;
    StartNumber start;        // of the present or the last process; 0 before the first
    GenerationId generation;  // of that process
    pid_t pid;                // 0: none
    std::uint32_t restarts;   // CM_RESTART of the present or next process
    std::optional<TimePoint> readySince;
    std::string reason;  // why it is in Backoff or Failed, else ""
};

/// What an operator wants of a group, and what holds it up.
enum class GroupState : std::uint8_t
{
    Waiting,  // for another group to be ready, or for a removed one of its name to end
    Running,
    Stopped,  // by an operator
    Removed,  // on its way out
    kLast = Removed
};
/// "waiting", "running", "stopped", "removed": the only spelling.
const char* name(GroupState state);

struct GroupView
{
    GroupId id;
    const GroupPolicy* policy;
    GroupState state;
    bool mayReload;  // one that has never been opened takes its plugin as it is when it is
    GenerationId generation;
    GenerationState generationState;
    std::string reason;  // why the generation is Lost or Failed, or the group waits for its name, else ""

    // While children are replaced, else "".
    std::string phase;            // "loading", "surging", "replacing", "reverting", "leaving"
    GenerationId nextGeneration;  // 0: there is none

    // Of the last reload, until the next.
    GenerationId failedGeneration;  // 0: it did not fail
    std::string failedReason;

    std::optional<ChildView> runMaster;  // where it has a process of its own
};

}  // namespace clustermanager::core
