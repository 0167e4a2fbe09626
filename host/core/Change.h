#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/ExitStatus.h"
#include "base/Types.h"
#include "core/ChildState.h"

/// What one step of the supervisor has changed, for those who tell or count it. Nothing follows from these.
namespace clustermanager::core {

/// Why a process has ended: in few words, for who counts.
enum class EndCause : std::uint8_t
{
    Crash,         // a signal that nobody of us sent
    Exit,          // of itself
    Asked,         // an operator or the end of the host
    Replaced,      // by a reload
    Recycled,      // it asked for it, or had reached a limit of its life
    Watchdog,      // it did not beat
    StartTimeout,  // it was not ready in time
    LinkLost,      // it closed its link to the master, or sent what is no message
    kLast = LinkLost
};
constexpr std::size_t kEndCauses = static_cast<std::size_t>(EndCause::kLast) + 1;
/// "crash", "exit", "asked", "replaced", "recycled", "watchdog", "start_timeout", "link_lost"
const char* name(EndCause cause);

/// A process of a slot has ended.
struct ChildEnded
{
    ChildId child;
    GroupId group;
    StartNumber start;
    GenerationId generation;
    pid_t pid;
    std::uint32_t restarts;
    ExitStatus status;
    std::string reason;  // what the child itself or the kernel told of the cause, if anything
    Millis uptime;
    bool expected;  // it was asked to, or to be replaced
    EndCause cause;
};

/// A slot is in another state.
struct ChildEntered
{
    ChildId child;
    GroupId group;
    StartNumber start;  // of the present process, or of the last
    GenerationId generation;
    ChildState from;
    ChildState to;
    pid_t pid;  // 0: none
    std::uint32_t restarts;
    std::string reason;  // why it is in Backoff or Failed, else ""
};

using Change = std::variant<ChildEnded, ChildEntered>;
using Changes = std::vector<Change>;

}  // namespace clustermanager::core
