#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/ProcessSys.h"
#include "base/Types.h"
#include "child/ChildMain.h"
#include "link/Link.h"
#include "spawner/Children.h"
#include "spawner/Reaper.h"
#include "spawner/Spares.h"

namespace clustermanager::spawner {

/// The spawner at work, from the moment the plugin is loaded until its last child has gone. Carries out the
/// master's orders and reports; decides nothing but how to end when the master has.
///
/// It reads an order only when everything it has said before was taken, so a master that does not read gets
/// no more answers to queue up, and none is lost. Its SpawnDone goes out before it looks at the dead again,
/// so the master hears of a start before it hears of its end.
class SpawnerLoop
{
public:
    SpawnerLoop(ProcessSys& sys, child::Workshop& workshop, link::Link master, FileDescriptor signals);

    /// Says what came of loading (nothing is forked before that), then works. Returns the exit code.
    int run(const link::FromSpawner& loaded);

private:
    enum class Phase : std::uint8_t
    {
        Serving,
        Closing,  // the master wants no more children: waits until the last one has ended by itself
        Ending,   // the master has ended: children were sent SIGTERM
        Killing   // and SIGKILL
    };

    void turn();
    std::optional<timespec> pollTimeout(const std::optional<TimePoint>& nextFork) const;
    void readOrders();
    void handle(link::Link::Packet packet);
    void spawn(const link::SpawnOrder& order, std::vector<FileDescriptor> fds);
    void start(const link::SpawnOrder& order, FileDescriptor childLink, std::optional<Spare> spare);
    void succeed(const link::SuccessorOrder& order);
    void signal(const link::SignalOrder& order);
    void tell(const link::FromSpawner& message);
    void refuse(const std::string& why);
    void forkSpare();
    void masterEnded();
    void passDeadline();
    bool finished() const;

    /// In a new process: closes what is the spawner's.
    void leaveSpawner();

    ProcessSys& _sys;
    child::Workshop& _workshop;
    link::Link _master;
    FileDescriptor _signals;
    Children _children;
    Spares _spares;
    Reaper _reaper;

    Phase _phase = Phase::Serving;
    std::optional<TimePoint> _deadline;  // of the phase
    TimePoint _now{};
    TimePoint _quietFrom{};  // from then on nothing that matters is delayed by a fork
    Reaper::Outcome _reaped = Reaper::Outcome::More;  // somebody may have died before we began
    bool _tooFewFiles = false;
    std::size_t _refused = 0;
};

}  // namespace clustermanager::spawner
