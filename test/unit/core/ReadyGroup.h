#pragma once

#include <set>
#include <string>
#include <utility>

#include "unit/core/HostedFleet.h"

namespace clustermanager::core {

/// One group all of whose children are ready in generation 1, and the shortest words for what an operator
/// asks of it. Children stand in their positions: the first that stands in comes after the last member.
class ReadyGroup : public HostedFleet
{
public:
    explicit ReadyGroup(GroupPolicy policy) : HostedFleet({std::move(policy)}) { makeReady(); }

    static GroupPolicy policyOf(unsigned count, RestartMode mode = RestartMode::Always)
    {
        GroupPolicy policy{"hello"};
        policy.count = count;
        policy.restart = mode;
        return policy;
    }

    Actions reload(std::uint64_t operation = 0)
    {
        return tell(ReloadAsked{GroupId{1}, OperationId{operation}});
    }
    Actions scale(unsigned count, std::uint64_t operation = 0)
    {
        return tell(ScaleAsked{GroupId{1}, count, OperationId{operation}});
    }
    Actions stopGroup(std::uint64_t operation = 0)
    {
        return tell(StopGroupAsked{GroupId{1}, OperationId{operation}});
    }
    Actions startGroup(std::uint64_t operation = 0)
    {
        return tell(StartGroupAsked{GroupId{1}, OperationId{operation}});
    }
    Actions recycle(std::size_t position) { return tell(RecycleAsked{start(position)}); }

    /// It appears and becomes ready, and that is what this returns.
    Actions serve(std::size_t position)
    {
        appear(position);
        return tell(BecameReady{start(position)});
    }
    /// It goes as it was asked to, and its successor serves.
    Actions replace(std::size_t position)
    {
        exitWith(position, 0);
        return serve(position);
    }
    /// A reload of which the child that stands in is ready, so that the first slot has been asked to exit.
    Actions surge(std::uint64_t operation = 0)
    {
        reload(operation);
        open(2);
        return serve(core.childCount() - 1);
    }
    Actions crash(std::size_t position) { return exitWith(position, 1); }
    Actions fail(std::uint32_t generation)
    {
        return tell(GenerationFailed{GenerationId{generation}, "it is torn"});
    }

    std::string phase() const { return core.group(0).phase; }
    std::uint32_t generation() const { return number(core.group(0).generation); }
    std::uint32_t generationOf(std::size_t position) const { return number(core.child(position).generation); }
    std::size_t readyCount() const { return countIn(ChildState::Ready); }
    std::size_t countIn(ChildState state) const
    {
        std::size_t count = 0;
        for (std::size_t i = 0; i < core.childCount(); ++i) count += core.child(i).state == state ? 1U : 0U;
        return count;
    }
    /// All members serve in this generation, and nobody stands in.
    bool allServeIn(std::uint32_t generation, std::size_t count) const
    {
        bool all = core.childCount() == count && readyCount() == count;
        for (std::size_t i = 0; all && i < count; ++i) all = generationOf(i) == generation;
        return all;
    }
    const Operation& operation(std::uint64_t id) const
    {
        for (const auto& operation : core.operations())
            if (number(operation->id) == id) return *operation;
        static const Operation kNone{};
        return kNone;
    }
    std::string stateOf(std::uint64_t id) const { return name(operation(id).state); }
};

}  // namespace clustermanager::core
