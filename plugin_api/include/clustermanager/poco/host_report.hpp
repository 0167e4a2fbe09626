#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "clustermanager/plugin.hpp"

namespace cm::detail {

/// What the servers of this folder tell the host without a line of the plugin's code: that they are alive,
/// how many requests they have served, and what they hold. Cheap to copy.
class HostReport
{
public:
    HostReport() = default;  // nobody is told: a server without a child behind it

    explicit HostReport(const Child& child) : _child(child)
    {
        constexpr std::int64_t kPauseMin = 10;
        constexpr std::int64_t kPauseMax = 3'600'000;
        const std::int64_t watchdog = child.watchdog().count();
        if (watchdog > 0) _beatPauseMs = static_cast<int>(std::clamp(watchdog / 4, kPauseMin, kPauseMax));
    }

    /// The longest time, in milliseconds, that a thread may sleep between two beats. -1, as poll(2) takes it:
    /// for ever.
    int beatPauseMs() const { return _beatPauseMs; }

    void beat() const
    {
        if (_beatPauseMs >= 0) _child->beat();
    }

    void countRequest() const
    {
        if (_child) _child->countRequests();
    }

    void countAccepted() const
    {
        if (_child) _child->countAccepted();
    }

    void hold(std::int32_t change) const
    {
        if (_child) _child->hold(change);
    }

private:
    std::optional<Child> _child;
    int _beatPauseMs = -1;
};

}  // namespace cm::detail
