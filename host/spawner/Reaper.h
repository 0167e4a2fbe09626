#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/ProcessSys.h"
#include "link/Link.h"
#include "spawner/Children.h"
#include "spawner/Spares.h"

namespace clustermanager::spawner {

/// Takes the dead away, so that no exit is lost: a child is reaped only after the kernel has its report for
/// the master. Should this process die in between, the zombie goes to the master, which then sees for itself.
///
/// Where a child that died of a signal has a successor ordered, it is started as soon as the kernel has the
/// report that says so: before the dead one is taken away, as whoever waits for the successor waits for that.
/// A spare is woken even before the report, since it takes a while to come; it is let run after it.
///
/// What a child leaves behind in its process group ends with it. Dead spares, and strangers that lost their
/// own parent, are reaped without a word.
class Reaper
{
public:
    enum class Outcome : std::uint8_t
    {
        Done,    // nobody is dead any more
        More,    // `most` were taken, there may be others
        Blocked  // the master does not read: go on when the link could be written to
    };

    using Start = std::function<void(const link::SpawnOrder&, FileDescriptor link, std::optional<Spare>)>;

    Reaper(ProcessSys& sys, link::Link& master, Children& children, Spares& spares, Start start)
        : _sys(sys), _master(master), _children(children), _spares(spares), _start(std::move(start))
    {}

    Outcome takeDead(std::size_t most, TimePoint now);

    /// Makes the next successor's link, unless there is one: it is what can be done before anybody dies.
    void prepare();

    /// In a new process: what it has of others' successors.
    void letGo();

private:
    /// A successor whose predecessor's report is on its way to the kernel. Rare: mostly it is there at once.
    struct Due
    {
        pid_t dead;
        FileDescriptor link;
        std::optional<Spare> spare;  // a process already, which is not let run yet
    };

    /// True when the child may be reaped.
    bool report(const DeadProcess& dead, Children::Child& child);

    FileDescriptor callSuccessor(const link::SpawnOrder& successor, pid_t dead);
    std::vector<Due>::iterator dueAfter(pid_t dead);
    bool startDue(const link::SpawnOrder& successor, pid_t dead);

    ProcessSys& _sys;
    link::Link& _master;
    Children& _children;
    Spares& _spares;
    Start _start;
    std::vector<Due> _due;
    std::optional<link::LinkPair> _nextLink;
};

}  // namespace clustermanager::spawner
