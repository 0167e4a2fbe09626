#pragma once

#include <sys/types.h>

#include <cstddef>
#include <deque>
#include <optional>

#include "base/Types.h"
#include "link/Link.h"
#include "link/Messages.h"

namespace clustermanager::spawner {

/// A process that was forked ahead. It takes an order and then waits to be let run, and ends where its link
/// closes before that.
struct Spare
{
    pid_t pid;
    link::Link link;

    /// False: it is dead.
    bool letRun();
};

/// In a spare that has its order. False: it is not wanted.
bool awaitRun(link::Link& orders);

/// Processes forked ahead that wait for an order, each at the other end of a link of its own. A spare whose
/// link closes ends by itself.
///
/// Where forking fails, or spares die while they wait, the next one is put off by kPause, so that a system in
/// trouble is not given more of it.
class Spares
{
public:
    static constexpr Millis kPause{1'000};

    explicit Spares(std::size_t wanted) : _wanted(wanted) {}

    /// When the next spare is to be forked; a time in the past means now. Nothing where there are enough.
    std::optional<TimePoint> nextFork() const;

    void add(pid_t pid, link::Link link);
    void forkFailed(TimePoint now) { _notBefore = now + kPause; }

    /// Gives an order, with the child's link, to the spare that has waited longest. Nothing where no spare
    /// lives. The caller's `childLink` stays open.
    std::optional<Spare> handOver(const link::SpawnOrder& order, const FileDescriptor& childLink);

    /// A process has ended; nothing where it was no spare.
    void remove(pid_t pid, TimePoint now);

    /// Closes all links. None is wanted any more.
    void letGo();

private:
    std::size_t _wanted;
    std::deque<Spare> _waiting;
    TimePoint _notBefore{};
};

}  // namespace clustermanager::spawner
