#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/ExitStatus.h"
#include "base/Types.h"
#include "core/ChildState.h"

/// Orders, in the imperative: what the supervisor wants done. Whoever carries them out decides nothing.
namespace clustermanager::core {

/// Start a spawner for this generation of the group and let it load the plugin. Answer: GenerationOpened,
/// GenerationFailed or SpawnerLost.
struct OpenGeneration
{
    GroupId group;
    GenerationId generation;
};

/// The spawner of this generation died or does not answer: end it if it lives, start another from the same
/// plugin copy. Answer as for OpenGeneration; spawns that were open are answered one by one.
struct ReplaceSpawner
{
    GenerationId generation;
};

/// No child of the generation is left and none will come: let its spawner end.
struct CloseGeneration
{
    GenerationId generation;
};

/// Start a process. Answer: Spawned or SpawnFailed.
struct Spawn
{
    StartNumber start;
    ChildId child;
    GroupId group;
    std::uint32_t index;  // CM_CHILD_INDEX: 0..count-1 within the group; beyond in a child that stands in
    GenerationId generation;
    std::uint32_t restarts;  // CM_RESTART; 0 in the first run, where it is unset

    template <class IO>
    void fields(IO& io)
    {
        io(start);
        io(child);
        io(group);
        io(index);
        io(generation);
        io(restarts);
    }
};

/// Should the process of `start` die of a signal, then `next` is to be started at once, before anybody asks:
/// the same slot's next process, of the same generation. Answer, if it comes to that: Exited of `start` with
/// `successor`, and then as for a Spawn. At most one for each start, which may be cancelled and ordered
/// again.
struct OrderSuccessor
{
    StartNumber start;
    Spawn next;
};

/// ... no more. It may have been too late.
struct CancelSuccessor
{
    StartNumber start;
};

/// Ask the process to exit in its own time.
struct AskToStop
{
    StartNumber start;
};

/// SIGABRT to the process, so that a core file and a report can say where it hangs.
struct Abort
{
    StartNumber start;
};

/// SIGKILL to the process and its group.
struct Kill
{
    StartNumber start;
};

/// Nothing of the group is left.
struct ForgetGroup
{
    GroupId group;
};

/// One line for operators: stderr and the log, and an event of the stream. Once per thing that happened.
struct Announce
{
    enum class Severity : std::uint8_t
    {
        Debug,
        Info,
        Warning,
        Error
    };
    Severity severity;
    std::string text;  // "child 3 (hello): signal SIGSEGV after 1.2 s; next start in 400 ms"
};

/// Everything is down; the master may leave with this verdict. The last action there is.
struct Finish
{
    enum class Verdict : std::uint8_t
    {
        StoppedByOperator,  // 0
        GaveUp,             // 70: a group with onGiveUp=exit has failed
        CannotLoad          // 69: a plugin could not be loaded when the host started
    };
    Verdict verdict;
    std::string reason;
};

using Action = std::variant<OpenGeneration, ReplaceSpawner, CloseGeneration, Spawn, OrderSuccessor,
                            CancelSuccessor, AskToStop, Abort, Kill, ForgetGroup, Announce, Finish>;
using Actions = std::vector<Action>;

}  // namespace clustermanager::core
