#pragma once

#include <functional>

#include "base/ExitStatus.h"
#include "base/ProcessSysLinux.h"
#include "base/Types.h"
#include "core/Action.h"
#include "core/Event.h"
#include "runtime/ChildTable.h"
#include "runtime/ChildWatches.h"
#include "runtime/Groups.h"
#include "runtime/LogLevels.h"
#include "runtime/OomCounter.h"

namespace clustermanager::runtime {

/// Carries out what the supervisor orders of children: through their spawner while it lives, by ourselves
/// where it does not.
///
/// Threading: the master's loop thread only.
class ChildOrders
{
public:
    ChildOrders(ChildTable& children, Groups& groups, LogLevels& levels, ChildWatches& watches,
                std::function<void(core::Event)> tell);

    void spawn(const core::Spawn& action);
    void succeed(const core::OrderSuccessor& action);
    void cancelSuccessor(StartNumber start);
    /// The log levels have changed: those who may come have to know.
    void renewSuccessors();
    /// One has come.
    void succeeded(ChildProcess& process);
    void askToStop(StartNumber start);
    void abort(StartNumber start);
    void kill(StartNumber start);

    /// From now on who is killed is killed because the host was told to stop at once.
    void hurry() { _urgent = true; }

    /// Asked after the restart is on its way.
    void explainKill(StartNumber start, const ExitStatus& status);

private:
    void post(const ChildProcess& process, const std::optional<core::Spawn>& successor);
    std::uint8_t levelOf(const core::Spawn& order) const;
    void signal(const ChildProcess& process, int signal);

    ChildTable& _children;
    Groups& _groups;
    LogLevels& _levels;
    ChildWatches& _watches;
    std::function<void(core::Event)> _tell;
    ProcessSysLinux _sys;
    OomCounter _oom;
    bool _urgent = false;
};

}  // namespace clustermanager::runtime
