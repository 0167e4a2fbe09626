#pragma once

#include "Figure.h"

/// The phases of the bench. Each measures one subject, ours and the bare loop in turns, bounded in time, and
/// throws std::runtime_error where it could not measure.
namespace clustermanager::bench {

/// How much is measured. `quick` is for a test of the bench itself: a few samples of everything.
struct Extent
{
    bool quick = false;

    template <class T>
    T pick(T full, T few) const
    {
        return quick ? few : full;
    }
};

/// From SIGKILL of an idle child to the first statement of its successor's run_child.
Figures measureRestart(const Extent& extent);

/// From the start of many children to the first statement of the last one.
Figures measureStart(const Extent& extent);

/// Memory of many idle children, and what each costs the master.
Figures measureMemory(const Extent& extent);

/// What the master and the spawner do while nothing happens.
Figures measureIdle(const Extent& extent);

/// Requests answered per second, beside Poco's server alone.
Figures measureThroughput(const Extent& extent);

/// Whether a request waits behind a slow one while another child is free.
Figures measureSlowRequest(const Extent& extent);

/// What clients notice of reloads and of killed workers, beside a bare loop and nginx (where it is
/// installed).
Figures measureReload(const Extent& extent);

/// What the control port's answers take with many children, while many ask, and what that costs a restart.
Figures measureControl(const Extent& extent);

/// What a reload takes for each of many idle children.
Figures measureIdleReload(const Extent& extent);

}  // namespace clustermanager::bench
