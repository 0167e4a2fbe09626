#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <Poco/Exception.h>

#include <cerrno>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

#include "base/FileDescriptor.h"
#include "base/SysError.h"

namespace clustermanager::runtime {

/// How other threads hand things to the loop: bounded, never blocks, wakes the reader through an eventfd.
/// Any number of writers, one reader.
template <class T>
class WakingQueue
{
public:
    explicit WakingQueue(std::size_t capacity)
        : _capacity(capacity), _wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    {
        if (!_wake) throw Poco::SystemException(SysError{"eventfd", "", errno}.text());
    }

    /// False where the queue is full; nothing was taken then.
    bool push(T&& item)
    {
        // No memory is asked for under the lock: who waits for some would keep the reader waiting.
        std::list<T> fresh;
        fresh.push_back(std::move(item));
        {
            const std::lock_guard<std::mutex> lock(_mutex);
            if (_items.size() < _capacity) _items.splice(_items.end(), fresh);
        }
        if (!fresh.empty())
        {
            item = std::move(fresh.front());
            return false;
        }
        const std::uint64_t one = 1;
        (void)!::write(_wake.get(), &one,
                       sizeof one);  // fails only where the counter is full, and so readable already
        return true;
    }

    /// Readable until take() has found nothing more, so a reader may take a few at a time.
    int wakeFd() const { return _wake.get(); }

    std::size_t size() const
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        return _items.size();
    }
    bool empty() const { return size() == 0; }

    std::optional<T> take()
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        if (_items.empty())
        {
            std::uint64_t ignored = 0;
            (void)!::read(_wake.get(), &ignored, sizeof ignored);
            return std::nullopt;
        }
        std::optional<T> first(std::move(_items.front()));
        _items.pop_front();
        return first;
    }

private:
    const std::size_t _capacity;
    mutable std::mutex _mutex;
    std::list<T> _items;  // guarded by _mutex
    FileDescriptor _wake;
};

}  // namespace clustermanager::runtime
