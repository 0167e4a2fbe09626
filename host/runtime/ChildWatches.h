#pragma once

#include <functional>
#include <optional>

#include "base/Types.h"
#include "config/HostConfig.h"
#include "core/Event.h"
#include "runtime/BeatWatch.h"
#include "runtime/ChildTable.h"
#include "runtime/RecycleWatch.h"

namespace clustermanager::runtime {

/// What is watched of children that run: that they beat, and that they grow neither too old nor too large.
/// The supervisor is told; it decides.
///
/// Threading: the master's loop thread only.
class ChildWatches
{
public:
    explicit ChildWatches(std::function<void(core::Event)> tell) : _tell(std::move(tell)) {}

    /// It is ready since then, and belongs to this group.
    void ready(const ChildProcess& process, const config::Group& group, TimePoint since, TimePoint now);
    void ended(StartNumber start);
    /// It was asked to exit: it need not beat any more.
    void stops(StartNumber start) { _beats.forget(start); }
    void beat(StartNumber start, TimePoint now) { _beats.beat(start, now); }
    void reported(StartNumber start, std::uint64_t rssKiB) { _limits.reported(start, rssKiB); }
    void forgive(Millis absence) { _beats.forgive(absence); }

    std::optional<TimePoint> deadline() const;
    void passTime(TimePoint now);

private:
    std::function<void(core::Event)> _tell;
    BeatWatch _beats;
    RecycleWatch _limits;
};

}  // namespace clustermanager::runtime
