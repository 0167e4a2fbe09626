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

    /// Starts the thread that it is for, detached and with every signal blocked but those of its own faults:
    /// the others are for the plugin's threads. 0, or an errno.
    int start(void* (*function)(void*), void* argument) const;

private:
    void* _mapped = nullptr;  // null: there was no memory
    std::size_t _guard;
    std::size_t _bytes;
};

}  // namespace clustermanager::child
