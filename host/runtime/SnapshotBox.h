#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "core/Ports.h"

namespace clustermanager::runtime {

/// Holds the latest picture for readers on other threads. The lock covers the exchange of one pointer, no
/// more.
class SnapshotBox : public core::SnapshotSource
{
public:
    std::shared_ptr<const core::Snapshot> latest() const override
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        return _latest;
    }

    std::shared_ptr<const core::Snapshot> newerThan(const std::shared_ptr<const core::Snapshot>& known,
                                                    std::chrono::milliseconds patience) const override
    {
        std::unique_lock<std::mutex> lock(_mutex);
        (void)_published.wait_for(lock, patience, [&] { return _latest != known; });
        return _latest;
    }

    void publish(std::shared_ptr<const core::Snapshot> snapshot)
    {
        {
            const std::lock_guard<std::mutex> lock(_mutex);
            _latest.swap(snapshot);
        }
        _published.notify_all();
    }

private:
    mutable std::mutex _mutex;
    mutable std::condition_variable _published;
    std::shared_ptr<const core::Snapshot> _latest = std::make_shared<const core::Snapshot>();
};

}  // namespace clustermanager::runtime
