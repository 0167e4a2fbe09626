#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/Types.h"

namespace clustermanager::control {

/// Says in the log what clients can make happen as often as they like: the first time at once, then at most
/// once a minute with the number of those since.
///
/// Thread-safe.
class RareWarning
{
public:
    /// `others` says what there were more of: "more attempts were refused". `warn` may be empty.
    RareWarning(std::function<void(const std::string&)> warn, std::string others)
        : _warn(std::move(warn)), _others(std::move(others))
    {}

    void note(TimePoint now, const std::string& text);

private:
    std::function<void(const std::string&)> _warn;
    std::string _others;
    std::mutex _mutex;  // guards what follows
    std::optional<TimePoint> _said;
    std::uint64_t _unsaid = 0;
};

}  // namespace clustermanager::control
