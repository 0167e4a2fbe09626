#pragma once

#include <sys/types.h>

#include <cstddef>
#include <deque>
#include <optional>

#include "base/Types.h"
#include "link/Link.h"
#include "link/Messages.h"

namespace clustermanager::spawner {

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

    /// Gives an order, with the child's link, to the spare that has waited longest. Its pid, or nothing where
    /// no spare lives. The caller's `childLink` stays open.
    std::optional<pid_t> handOver(const link::SpawnOrder& order, const FileDescriptor& childLink);

    /// A process has ended; nothing where it was no spare.
    void remove(pid_t pid, TimePoint now);

    /// Closes all links. None is wanted any more.
    void letGo();

private:
    struct Spare
    {
        pid_t pid;
        link::Link link;
    };

    std::size_t _wanted;
    std::deque<Spare> _waiting;
    TimePoint _notBefore{};
};

}  // namespace clustermanager::spawner
