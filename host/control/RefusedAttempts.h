#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/Types.h"

namespace clustermanager::control {

/// Says in the log that somebody tried what they may not: the first time at once, then at most once a minute
/// with the number of those since. Nobody is locked out, so nobody can lock others out.
///
/// One thread.
class RefusedAttempts
{
public:
    explicit RefusedAttempts(std::function<void(const std::string&)> warn) : _warn(std::move(warn)) {}

    void note(TimePoint now, const std::string& route, const std::string& from, int status);

private:
    std::function<void(const std::string&)> _warn;
    std::optional<TimePoint> _said;
    std::uint64_t _unsaid = 0;
};

}  // namespace clustermanager::control
