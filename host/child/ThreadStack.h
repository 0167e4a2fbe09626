#pragma once

#include <cstddef>

namespace clustermanager::child {

/// Memory for a thread's stack, with a page below it that must not be touched. Mapped before a fork, so that
/// children need not each map their own; nothing of it is copied, as nobody has written to it then.
class ThreadStack
{
public:
    explicit ThreadStack(std::size_t bytes);
    ~ThreadStack();
    ThreadStack(const ThreadStack&) = delete;
    ThreadStack& operator=(const ThreadStack&) = delete;

    /// False: there was no memory.
    explicit operator bool() const { return _mapped != nullptr; }

    /// What pthread_attr_setstack wants, with the bytes asked for.
    void* usable() const;

private:
    void* _mapped = nullptr;
    std::size_t _guard;
    std::size_t _bytes;
};

}  // namespace clustermanager::child
