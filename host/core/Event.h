#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <variant>

#include "base/ExitStatus.h"
#include "base/Types.h"
#include "core/GroupPolicy.h"

/// Facts, in the past tense: what the supervisor is told. Each report about a process carries the start
/// number it belongs to; one of an older start is void.
namespace clustermanager::core {

// --- a generation's spawner ---

/// The plugin is loaded and vetted; this generation takes spawns. Sent again after a ReplaceSpawner.
struct GenerationOpened
{
    GenerationId generation;
    bool isolatesRunMaster = false;  // it has a run_master, which is to have a process of its own
};

/// The plugin cannot be used: missing, foreign, crashed or hung while it was loaded. The verdict on the
/// plugin, with the sentence an operator reads.
struct GenerationFailed
{
    GenerationId generation;
    std::string reason;
};

/// The spawner died. Every spawn it had not answered has been, or will be, answered one by one (Spawned or
/// SpawnFailed): the shell finds out which processes exist. Children that live are adopted by the shell and
/// go on.
struct SpawnerLost
{
    GenerationId generation;
    std::string reason;
};

/// The group's run_master runs in the host itself, or does no more. Another one, with a process of its own,
/// is not started before it has ended; nor is one of another group of that name, when this one was removed.
struct RunMasterInside
{
    GroupId group;
    bool runs;
};

// --- one start of a child ---

struct Spawned
{
    StartNumber start;
    pid_t pid;
};

/// No process exists for this start, and none will.
struct SpawnFailed
{
    StartNumber start;
    std::string reason;
};

struct BecameReady
{
    StartNumber start;
};

/// The child asked to be replaced by a fresh process, or has reached a limit of its life: a graceful restart
/// that is no failure. Granted as soon as its group can spare it.
struct RecycleAsked
{
    StartNumber start;
    std::string reason = {};
};

/// The child has not beaten its watchdog in time.
struct BeatMissed
{
    StartNumber start;
};

/// The process ended. Comes exactly once for each Spawned.
struct Exited
{
    StartNumber start;
    ExitStatus status;
    std::string reason = {};  // what the child itself or the kernel told of the cause, if anything
    StartNumber successor =
        {};  // its successor as ordered: Spawned or SpawnFailed follows; {}: there is none
};

/// The child's end of its link has been closed for a while, and no end of it was reported: it can no longer
/// be asked for anything, or it has ended and its spawner does not say so. Or it sent what is no message, and
/// the link was closed on our side.
struct LinkLost
{
    StartNumber start;
};

// --- an operator's will ---

struct ExitChildAsked
{
    ChildId child;
    OperationId operation{};
};
struct ExitGroupAsked
{
    std::string group;
    OperationId operation{};
};
struct ExitAllAsked
{
    OperationId operation{};
};

/// A new version of the group's plugin, or of what its children read when they start, is to take over: the
/// answer to the OpenGeneration that follows decides. Waits while the group is being replaced already. Of no
/// effect where GroupView::mayReload is false.
struct ReloadAsked
{
    GroupId group;
    OperationId operation{};
};
struct ScaleAsked
{
    GroupId group;
    unsigned count;
    OperationId operation{};
};
struct StartGroupAsked
{
    GroupId group;
    OperationId operation{};
};
struct StopGroupAsked
{
    GroupId group;
    OperationId operation{};
};

/// The host is to go on in another process image. It is carried out outside; nothing of the policy depends on
/// it.
struct UpgradeBegun
{
    OperationId operation;
};
/// It does, or does not and `problem` says why.
struct UpgradeEnded
{
    OperationId operation;
    std::string problem;
};

/// A group that the host did not have. A plugin of it that cannot be loaded ends nothing else. It waits for
/// the last process of a group of that name that was removed.
struct GroupAdded
{
    GroupPolicy policy;
};
/// The group is to go: its children exit, and ForgetGroup follows when no run_master of it runs in the host.
struct GroupRemoved
{
    GroupId group;
};
/// The same group by other rules, from now on. The name stays.
struct PolicyChanged
{
    GroupId group;
    GroupPolicy policy;
};

enum class StopMode : std::uint8_t
{
    Graceful,
    Fast  // SIGKILL at once
};
/// The host is to end. A second one may make it faster, never slower.
struct StopAsked
{
    StopMode mode;
};

// --- time ---

/// Time has passed; sent when deadline() is reached.
struct TimePassed
{};

/// The master itself was stopped or starved for this long: children are not punished for our own absence, so
/// all deadlines move by it.
struct MasterStalled
{
    Millis absence;
};

using Event =
    std::variant<GenerationOpened, GenerationFailed, SpawnerLost, RunMasterInside, Spawned, SpawnFailed,
                 BecameReady, RecycleAsked, BeatMissed, Exited, LinkLost, ExitChildAsked, ExitGroupAsked,
                 ExitAllAsked, ReloadAsked, ScaleAsked, StartGroupAsked, StopGroupAsked, UpgradeBegun,
                 UpgradeEnded, GroupAdded, GroupRemoved, PolicyChanged, StopAsked, TimePassed, MasterStalled>;

}  // namespace clustermanager::core
