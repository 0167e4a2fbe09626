#pragma once

#include <atomic>
#include <cstdint>

namespace clustermanager::child {

/// Log records lost by all channels of this process. Any thread.
class LogLosses
{
public:
    static void add() noexcept { _count.fetch_add(1, std::memory_order_relaxed); }
    static std::uint64_t inAll() noexcept { return _count.load(std::memory_order_relaxed); }

private:
    inline static std::atomic<std::uint64_t> _count{0};
};

}  // namespace clustermanager::child
