#include "runtime/StopSignals.h"

#include <csignal>

namespace clustermanager::runtime {

std::optional<core::StopMode> StopSignals::take(int signal, TimePoint now)
{
    if (signal != SIGTERM && signal != SIGINT && signal != SIGQUIT) return std::nullopt;
    const bool first = !_firstAt;
    if (signal == SIGTERM && !first && now - *_firstAt < kSameSignal) return std::nullopt;
    if (first) _firstAt = now;
    _urgent = !first || signal == SIGQUIT;
    return _urgent ? core::StopMode::Fast : core::StopMode::Graceful;
}

}  // namespace clustermanager::runtime
