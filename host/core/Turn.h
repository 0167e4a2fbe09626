#pragma once

#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "base/Types.h"
#include "core/Action.h"
#include "core/Change.h"

namespace clustermanager::core {

/// One step of the supervisor: when it happens, what came of it and what it changed. Orders are taken out
/// before announcements, so that no start waits for words, and Finish comes last of all.
class Turn
{
public:
    explicit Turn(TimePoint now) : _now(now) {}

    TimePoint now() const { return _now; }

    template <class Order>
    void order(const Order& order)
    {
        _orders.emplace_back(order);
    }

    void announce(Announce::Severity severity, std::string text)
    {
        _announcements.emplace_back(Announce{severity, std::move(text)});
    }

    void note(Change change) { _changes.push_back(std::move(change)); }

    void finish(Finish finish) { _finish = std::move(finish); }

    /// Everything, in the order in which it is to be carried out.
    Actions take()
    {
        Actions all = std::move(_orders);
        std::move(_announcements.begin(), _announcements.end(), std::back_inserter(all));
        if (_finish.has_value()) all.emplace_back(*std::move(_finish));
        return all;
    }

    Changes takeChanges() { return std::move(_changes); }

private:
    TimePoint _now;
    Actions _orders;
    Actions _announcements;
    Changes _changes;
    std::optional<Finish> _finish;
};

}  // namespace clustermanager::core
