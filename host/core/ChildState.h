#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace clustermanager::core {

/// Where one supervised child is in its life. The state decides everything else: whether a process may
/// exist and whether a deadline is armed are columns of kStateTraits, never extra bools.
enum class ChildState : std::uint8_t
{
    Stopped,   // no process; one is started as soon as one is wanted and its generation is open
    Spawning,  // spawn requested, not answered: a process may exist already
    Starting,  // process exists, run_child has not reported ready
    Ready,     // serving
    Stopping,  // asked to exit, waiting for it to end
    Killing,   // SIGKILL sent to its process group, waiting for it to end
    Backoff,   // no process, the next start waits for the deadline
    Failed,    // no process, gave up, waits for an operator
    kLast = Failed
};

struct StateTraits
{
    ChildState state;
    std::string_view name;  // the only spelling: logs, JSON, metrics, tests
    bool mayHaveProcess;
    bool hasDeadline;
};

constexpr std::size_t kChildStates = 8;

constexpr std::array<StateTraits, kChildStates> kStateTraits{{
    {ChildState::Stopped, "stopped", false, false},
    {ChildState::Spawning, "spawning", true, true},
    {ChildState::Starting, "starting", true, true},
    {ChildState::Ready, "ready", true, false},
    {ChildState::Stopping, "stopping", true, true},
    {ChildState::Killing, "killing", true, true},
    {ChildState::Backoff, "backoff", false, true},
    {ChildState::Failed, "failed", false, false},
}};

constexpr bool stateRowsMatchEnum()
{
    for (std::size_t i = 0; i < kStateTraits.size(); ++i)
        if (kStateTraits[i].state != static_cast<ChildState>(i)) return false;
    return kChildStates == static_cast<std::size_t>(ChildState::kLast) + 1;
}
static_assert(stateRowsMatchEnum(), "kStateTraits needs one row per ChildState, in enum order");

constexpr const StateTraits& traits(ChildState state)
{
    return kStateTraits[static_cast<std::size_t>(state)];
}

}  // namespace clustermanager::core
