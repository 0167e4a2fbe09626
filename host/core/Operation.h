#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/Types.h"

/// What an operator asked for and what became of it, child by child. Plain values.
namespace clustermanager::core {

enum class OperationKind : std::uint8_t
{
    Exit,
    Reload,
    Scale,
    Start,
    Stop,
    Upgrade,
    kLast = Upgrade
};
const char*
name(OperationKind kind);  // "exit", "reload", "scale", "start", "stop", "upgrade": the only spelling

enum class OperationState : std::uint8_t
{
    Waiting,  // another one has to end first
    Running,
    Done,
    Failed,
    Replaced,  // by a later one, before it had done anything
    kLast = Replaced
};
const char* name(OperationState state);  // "waiting", "running", "done", "failed", "replaced"

enum class StepState : std::uint8_t
{
    Running,
    Ready,    // a fresh process serves
    Stopped,  // no process, as wanted
    Failed,
    kLast = Failed
};
const char* name(StepState state);  // "running", "ready", "stopped", "failed"

struct OperationStep
{
    ChildId child{};
    StartNumber before{};  // what is to be replaced
    StepState state = StepState::Running;
    std::string reason = {};  // what holds it up, or why it failed
    TimePoint begun = {};
    std::optional<TimePoint> ended = std::nullopt;

    template <class IO>
    void fields(IO& io)
    {
        io(child);
        io(before);
        io(state);
        io(reason);
        io(begun);
        io(ended);
    }
};

struct Operation
{
    OperationId id{};
    OperationKind kind{};
    std::string group;  // "": all
    OperationState state = OperationState::Running;
    std::string phase = {};     // of a reload
    std::string reason = {};    // why it failed or was replaced
    GenerationId generation{};  // of a reload: the one that is to take over
    TimePoint begun = {};
    std::optional<TimePoint> ended = std::nullopt;
    std::vector<OperationStep> steps = {};  // in the order in which they began

    bool over() const { return state != OperationState::Waiting && state != OperationState::Running; }

    template <class IO>
    void fields(IO& io)
    {
        io(id);
        io(kind);
        io(group);
        io(state);
        io(phase);
        io(reason);
        io(generation);
        io(begun);
        io(ended);
        io(steps);
    }
};

}  // namespace clustermanager::core
