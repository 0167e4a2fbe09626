#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/ExitStatus.h"
#include "base/Types.h"
#include "core/ChildState.h"

/// What one step of the supervisor has changed, for those who tell or count it. Nothing follows from these.
namespace clustermanager::core {

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
