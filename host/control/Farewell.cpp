#include "control/Farewell.h"

namespace clustermanager::control {

void Farewell::arrive()
{
    std::unique_lock<std::mutex> lock(_mutex);
    ++_arrived;
    _changed.notify_all();
    _changed.wait(lock, [this] { return _stopped; });
}

bool Farewell::waitForArrivals(std::size_t workers, Millis patience)
{
    std::unique_lock<std::mutex> lock(_mutex);
    return _changed.wait_for(lock, patience, [&] { return _arrived >= workers; });
}

void Farewell::serverStopped()
{
    const std::lock_guard<std::mutex> lock(_mutex);
    _stopped = true;
    _changed.notify_all();
}

/// The first thing Poco's HTTP session does is to poll for the request.
bool FarewellSocket::poll(const Poco::Timespan&, int)
{
    _farewell->arrive();
    return false;
}

}  // namespace clustermanager::control
