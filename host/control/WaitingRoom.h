#pragma once

#include <atomic>
#include <cstddef>

namespace clustermanager::control {

/// Bounds how many of a transport's threads may wait for an operation to end, so that the others always
/// answer, and ends all waiting when the transport stops.
///
/// Thread-safe.
class WaitingRoom
{
public:
    /// Held by who waits. False where the room is full.
    class Seat
    {
    public:
        explicit Seat(WaitingRoom& room);
        ~Seat();
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;

        explicit operator bool() const { return _taken; }

    private:
        WaitingRoom& _room;
        bool _taken;
    };

    explicit WaitingRoom(std::size_t seats) : _free(seats) {}

    /// Those who wait look here between two steps of their waiting.
    bool closed() const { return _closed; }
    void close() { _closed = true; }

private:
    std::atomic<std::size_t> _free;
    std::atomic<bool> _closed{false};
};

}  // namespace clustermanager::control
