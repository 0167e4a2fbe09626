#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace clustermanager::control {

/// Bounds how many there are of something whose life outlasts its maker's.
///
/// Thread-safe.
class Seats
{
public:
    explicit Seats(std::size_t count)
        : _count(count), _free(std::make_shared<std::atomic<std::size_t>>(count))
    {}

    /// Held by who has it; nothing where all are taken.
    std::shared_ptr<const void> take()
    {
        std::size_t before = *_free;
        while (before > 0)
            if (_free->compare_exchange_weak(before, before - 1))
                return {this, [free = _free](const void*) { ++*free; }};
        return nullptr;
    }

    std::size_t count() const { return _count; }

private:
    std::size_t _count;
    std::shared_ptr<std::atomic<std::size_t>> _free;
};

/// How many streams there may be over each transport, so that one cannot take the other's share.
struct StreamLimits
{
    std::size_t events = 2048;
    std::size_t logs = 1024;
};

/// Those of one transport.
struct StreamSeats
{
    explicit StreamSeats(const StreamLimits& limits) : events(limits.events), logs(limits.logs) {}

    Seats events;
    Seats logs;
};

}  // namespace clustermanager::control
