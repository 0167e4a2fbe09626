#pragma once

#include <optional>

#include "base/Types.h"
#include "core/Event.h"

namespace clustermanager::runtime {

/// What the signals that stop a process ask for: SIGTERM and SIGINT a graceful stop, a second one a fast one,
/// SIGQUIT a fast one.
class StopSignals
{
public:
    /// Some tools send SIGTERM to a process and then to its group: within this time that is one stop.
    static constexpr Millis kSameSignal{100};

    /// Nothing where the signal asks for no stop, or for the one that is under way.
    std::optional<core::StopMode> take(int signal, TimePoint now);

    /// The last answer was a fast stop.
    bool urgent() const { return _urgent; }

private:
    std::optional<TimePoint> _firstAt;
    bool _urgent = false;
};

}  // namespace clustermanager::runtime
