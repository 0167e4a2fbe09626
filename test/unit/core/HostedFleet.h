#pragma once

#include <utility>
#include <vector>

#include "core/Supervisor.h"
#include "unit/core/ActionList.h"

namespace clustermanager::core {

/// A Supervisor with a made-up clock, and the shortest words for what happens to it.
class HostedFleet
{
public:
    explicit HostedFleet(std::vector<GroupPolicy> groups) : core(std::move(groups), 1) {}

    Supervisor core;
    TimePoint now{std::chrono::hours(1)};

    Actions tell(const Event& event) { return core.handle(event, now); }
    Actions passDeadline()
    {
        now = *core.deadline();
        return tell(TimePassed{});
    }

    Actions begin() { return core.begin(now); }
    Actions open(std::uint32_t generation = 1) { return tell(GenerationOpened{GenerationId{generation}}); }
    /// Opens every generation and makes every child ready.
    void makeReady()
    {
        begin();
        for (std::size_t i = 0; i < core.groupCount(); ++i) open(static_cast<std::uint32_t>(i + 1));
        for (std::size_t i = 0; i < core.childCount(); ++i) becomeReady(i);
    }
    void appear(std::size_t position) { tell(Spawned{start(position), pid()}); }
    void becomeReady(std::size_t position)
    {
        appear(position);
        tell(BecameReady{start(position)});
    }
    Actions end(std::size_t position, ExitStatus status) { return tell(Exited{start(position), status}); }
    Actions exitWith(std::size_t position, int code)
    {
        return end(position, {ExitStatus::Kind::Exited, code, false});
    }
    Actions exitAsked(std::size_t position)
    {
        return tell(ExitChildAsked{static_cast<ChildId>(position + 1)});
    }

    StartNumber start(std::size_t position) const { return core.child(position).start; }
    ChildState state(std::size_t position) const { return core.child(position).state; }

private:
    pid_t pid() { return ++_pid; }

    pid_t _pid = 1'000;
};

}  // namespace clustermanager::core
