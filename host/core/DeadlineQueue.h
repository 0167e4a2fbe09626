#pragma once

#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/Types.h"

namespace clustermanager::core {

/// The deadlines of many waiters, each with at most one. It mirrors what the waiters say, so there is no
/// timer that could outlive its reason. Ordered, because the loop asks for the earliest after every event,
/// and a scan over a thousand children each time would cost more than the event itself.
class DeadlineQueue
{
public:
    void set(ChildId waiter, std::optional<TimePoint> deadline)
    {
        const auto known = _deadlines.find(waiter);
        if (known != _deadlines.end())
        {
            if (known->second == deadline) return;
            _order.erase({known->second, waiter});
            _deadlines.erase(known);
        }
        if (!deadline.has_value()) return;
        _order.emplace(*deadline, waiter);
        _deadlines.emplace(waiter, *deadline);
    }

    std::optional<TimePoint> earliest() const
    {
        if (_order.empty()) return std::nullopt;
        return _order.begin()->first;
    }

    /// Whose deadline has been reached, the earliest first.
    std::vector<ChildId> due(TimePoint now) const
    {
        std::vector<ChildId> waiters;
        for (auto next = _order.begin(); next != _order.end() && next->first <= now; ++next)
            waiters.push_back(next->second);
        return waiters;
    }

private:
    std::unordered_map<ChildId, TimePoint> _deadlines;
    std::set<std::pair<TimePoint, ChildId>> _order;
};

}  // namespace clustermanager::core
