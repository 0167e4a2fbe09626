#include <Poco/Logger.h>

#include <algorithm>

#include "base/Descendants.h"
#include "runtime/Master.h"

/// How the master ends when its last child has.
namespace clustermanager::runtime {
namespace {

Poco::Logger& logger()
{
    return Poco::Logger::get("clustermanager");
}

}  // namespace

/// How long the slowest run_master of those that run may take to return.
Millis Master::functionPatience() const
{
    Millis longest{0};
    for (const auto& [id, group] : _groups.all())
        if (functions().running(id)) longest = std::max(longest, group.config.policy.shutdownTimeout);
    return longest;
}

bool Master::leftBehind() const
{
    return functions().anyRunning();
}

bool Master::somethingRuns() const
{
    return leftBehind() || _groups.anySpawner() || _crashes.busy();
}

/// Every child is gone. Spawners end by themselves, run_master was asked to; both are waited for, but not for
/// ever.
void Master::leave()
{
    _commands.close(core::CommandReply::Outcome::Stopping);
    publish();
    TimePoint patience = _loop.now() + kLeavePatience;
    if (!_stopSignals.urgent()) patience = std::max(patience, *_stoppingSince + functionPatience());
    while (somethingRuns() && _loop.now() < patience)
    {
        (void)_loop.wait(patience);
        _loop.dispatch();
        _events.clear();
    }
    for (const auto& [id, group] : _groups.all())
        if (functions().running(id))
            logger().error("run_master of " + group.config.policy.name +
                           ": did not return in time; left behind");
}

void Master::endDescendants()
{
    if (!clustermanager::endDescendants(_sys, _setup.signals, kLeavePatience))
        logger().error("some process of a plugin did not end");
}

}  // namespace clustermanager::runtime
