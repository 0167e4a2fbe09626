#include <Poco/Logger.h>

#include <csignal>
#include <utility>

#include "base/Signals.h"
#include "runtime/Master.h"

/// What the master does about each signal.
namespace clustermanager::runtime {
namespace {

Poco::Logger& logger()
{
    return Poco::Logger::get("clustermanager");
}

}  // namespace

void Master::onSignal()
{
    while (const std::optional<int> signal = nextSignal(_setup.signals)) signalled(*signal);
}

void Master::signalled(int signal)
{
    if (signal == SIGCHLD) return reap();
    if (signal == SIGHUP)
    {
        logger().information("SIGHUP: reading the configuration again");
        return _reconfiguration.begin(Reconfiguration::Asker::Operator);
    }
    if (signal == SIGUSR1)
    {
        logger().information("SIGUSR1: opening the log files again");
        return _logReopening.begin({}, {}, _loop.now());
    }
    if (signal == SIGUSR2 && !_supervisor.stopping()) return upgradeBySignal();
    if (signal == SIGTTIN || signal == SIGTTOU)
        return _commandRunner.scaleAll(signal == SIGTTIN,
                                       [this](core::Event event) { tell(std::move(event)); });
    const std::optional<core::StopMode> mode = _stopSignals.take(signal, _loop.now());
    if (!mode) return logger().information(signalName(signal) + ": ignored");
    logger().information(signalName(signal) +
                         (*mode == core::StopMode::Fast ? ": stopping at once" : ": stopping"));
    if (*mode == core::StopMode::Fast) _orders.hurry();
    _events.push_back(core::StopAsked{*mode});
}

void Master::upgradeBySignal()
{
    const std::string why = _upgrade.whyNot();
    if (why.empty()) return _upgrade.begin(_operations.next());
    logger().warning("SIGUSR2: ignored, because " + why);
}

void Master::reap()
{
    _groups.reapSpawners();
    _children.reapAdopted();

    // A run_master may have processes of its own to wait for; whatever else is dead and ours was left to us.
    if (!functions().anyRunning()) _children.reapStrangers();
}

}  // namespace clustermanager::runtime
