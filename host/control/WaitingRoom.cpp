#include "control/WaitingRoom.h"

namespace clustermanager::control {

namespace {

bool takeOne(std::atomic<std::size_t>& free)
{
    std::size_t before = free;
    while (before > 0)
        if (free.compare_exchange_weak(before, before - 1)) return true;
    return false;
}

}  // namespace

WaitingRoom::Seat::Seat(WaitingRoom& room) : _room(room), _taken(takeOne(room._free)) {}

WaitingRoom::Seat::~Seat()
{
    if (_taken) ++_room._free;
}

}  // namespace clustermanager::control
