#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/Types.h"

namespace clustermanager::core {

/// Which ends of a child are followed by another start. The seed's autoRestart is Always or Never.
enum class RestartMode : std::uint8_t
{
    Always,
    OnFailure,  // exit code 0 is an end, everything else a failure
    Never,
    kLast = Never
};

/// What the host does when a group has failed.
enum class GiveUpMode : std::uint8_t
{
    Keep,  // stay, and show it
    Exit,  // stop the host with exit code 70, so that a container's orchestrator sees it
    kLast = Exit
};

/// Everything the supervisor needs to know of a group to decide. Checked by config before it gets here.
struct GroupPolicy
{
    std::string name;
    std::string plugin = {};  // its file, for messages; "": embedded in the executable
    unsigned count = 1;

    RestartMode restart = RestartMode::Always;
    Millis backoffMin{100};
    Millis backoffMax{30'000};
    Millis minUptime{1'000};       // a run this long clears the backoff
    unsigned maxRestarts = 10;     // more starts after a failure than this ...
    Millis restartWindow{60'000};  // ... within this: the child has failed. maxRestarts 0: no limit
    GiveUpMode onGiveUp = GiveUpMode::Keep;

    Millis startTimeout{30'000};  // load of the plugin, and start of a child until ready
    Millis drainDelay{0};         // a ready child that is to exit goes on serving this long first
    Millis shutdownTimeout{10'000};
    Millis watchdog{0};  // longer without a beat: the child hangs. 0: none is asked for

    unsigned maxCount = 1'024;              // what an operator may scale to
    std::optional<unsigned> maxSurge = {};  // children beyond count while others are replaced: see surge()
    unsigned maxUnavailable = 0;            // children that may be missing meanwhile; never both 0

    unsigned minReady = 1;  // ready children without which the host is not ready; of `count` at most

    std::vector<std::string> after = {};  // groups that have to be ready before this one starts

    /// Enough that one does not wait for the other all the time, and few enough that the memory is there.
    unsigned surge() const
    {
        constexpr unsigned kShare = 10;
        constexpr unsigned kEnoughForTwo = 4;
        return maxSurge.value_or(std::max(count < kEnoughForTwo ? 1U : 2U, count / kShare));
    }

    template <class IO>
    void fields(IO& io)
    {
        io(name);
        io(plugin);
        io(count);
        io(restart);
        io(backoffMin);
        io(backoffMax);
        io(minUptime);
        io(maxRestarts);
        io(restartWindow);
        io(onGiveUp);
        io(startTimeout);
        io(drainDelay);
        io(shutdownTimeout);
        io(watchdog);
        io(maxCount);
        io(maxSurge);
        io(maxUnavailable);
        io(minReady);
        io(after);
    }
};

}  // namespace clustermanager::core
