#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

#include "base/Types.h"
#include "control/DetachedSocket.h"

namespace clustermanager::control {

/// Makes the end of a Poco server certain and quick. Poco 1.11 wakes one idle worker when it stops; another
/// that goes to sleep in that moment sleeps out its idle time. So each worker is handed a farewell first, in
/// which it waits until the server is stopped, and then finds that it is.
///
/// Thread-safe.
class Farewell
{
public:
    /// A worker is here. Returns when the server is stopped.
    void arrive();

    /// Whether that many workers have arrived, which means that every request before them is answered.
    bool waitForArrivals(std::size_t workers, Millis patience);
    void serverStopped();

private:
    std::mutex _mutex;
    std::condition_variable _changed;
    std::size_t _arrived = 0;
    bool _stopped = false;
};

/// The connection by which a worker gets its farewell: without a request, and without an answer.
class FarewellSocket final : public DetachedSocket
{
public:
    FarewellSocket(int borrowed, std::shared_ptr<Farewell> farewell)
        : DetachedSocket(borrowed), _farewell(std::move(farewell))
    {}

    FarewellSocket(const FarewellSocket&) = delete;
    FarewellSocket& operator=(const FarewellSocket&) = delete;

    bool poll(const Poco::Timespan& timeout, int mode) override;

protected:
    ~FarewellSocket() override { tellAcquired(this); }

private:
    std::shared_ptr<Farewell> _farewell;
};

}  // namespace clustermanager::control
