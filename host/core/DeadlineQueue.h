#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/Types.h"

namespace clustermanager::core {

/// The deadlines of a fixed number of waiters, each with at most one. It mirrors what the waiters say, so
/// there is no timer that could outlive its reason. Ordered, because the loop asks for the earliest after
/// every event, and a scan over a thousand children each time would cost more than the event itself.
class DeadlineQueue
{
public:
    explicit DeadlineQueue(std::size_t waiters) : _deadlines(waiters) {}

    void set(std::size_t waiter, std::optional<TimePoint> deadline)
    {
        if (_deadlines[waiter] == deadline) return;
        if (_deadlines[waiter].has_value()) _order.erase({*_deadlines[waiter], waiter});
        if (deadline.has_value()) _order.emplace(*deadline, waiter);
        _deadlines[waiter] = deadline;
    }

    std::optional<TimePoint> earliest() const
    {
        if (_order.empty()) return std::nullopt;
        return _order.begin()->first;
    }

    /// Whose deadline has been reached, the earliest first.
    std::vector<std::size_t> due(TimePoint now) const
    {
        std::vector<std::size_t> waiters;
        for (auto next = _order.begin(); next != _order.end() && next->first <= now; ++next)
            waiters.push_back(next->second);
        return waiters;
    }

private:
    std::vector<std::optional<TimePoint>> _deadlines;
    std::set<std::pair<TimePoint, std::size_t>> _order;
};

}  // namespace clustermanager::core
