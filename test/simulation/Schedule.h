#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/GroupPolicy.h"

/// One history as data: what the host looks like, and what happens to it. Steps are drawn before anything
/// runs and name their victims by "the n-th there is", so every part of a schedule is a schedule again, and
/// a failing one can be shrunk by leaving steps out.
namespace clustermanager::simulation {

enum class StepKind : std::uint8_t
{
    Proceed,       // something that is due anyway happens: a load ends, a spawn is answered, a child obeys
    Tick,          // time goes on to the next deadline
    Oversleep,     // ... and past it, before the supervisor is told
    Wait,          // time goes on, nobody is told
    LoadFails,     // a loading generation gets its verdict
    SpawnerDies,   //
    SpawnerHangs,  // it answers, reaps and signals no more until it is replaced
    Fork,          // a process exists, and nobody has told of it
    Refuse,        // a spawn is answered with SpawnFailed
    Ready,         // a process reports ready, perhaps before its Spawned
    Recycle,       // a process asks to be replaced
    Exit,          // a process ends with some status, and that is reported
    ExitUnseen,    // ... and that is not reported yet
    CloseLink,     // a process closes its link, so it can neither hear nor speak
    BeatMissed,    // the watchdog of a process has run out
    ExitChild,     // operators
    ExitGroup,
    ExitAll,
    Reload,  // to a generation whose children are well, crash, or never get ready
    Scale,
    StartGroup,
    StopGroup,
    AddGroup,
    RemoveGroup,
    PolicyChange,
    Upgrade,  // of the host: the supervisor is written down and read again
    Stop,
    StopFast,
    Stall,          // the master was absent
    StrayReport,    // about a start that is long over
    StraySpawned,   // a process nobody asked for
    StrayOfSpawner  // about a generation there is not
};
constexpr std::uint32_t kStepKinds = 32;

struct Step
{
    StepKind kind;
    std::uint32_t pick;    // which of those there are
    std::uint32_t amount;  // how long, which status
};

struct Schedule
{
    std::uint64_t seed = 0;
    std::vector<core::GroupPolicy> groups;
    std::vector<core::GroupPolicy> additions;  // that AddGroup draws from
    std::vector<Step> steps;
    std::uint64_t runMasters = 0;  // two bits for each generation: where its run_master is to run
};

/// The schedule of this seed; always the same.
Schedule scheduleOf(std::uint64_t seed);

/// The host of a schedule, for people.
std::string describe(const std::vector<core::GroupPolicy>& groups);

}  // namespace clustermanager::simulation
