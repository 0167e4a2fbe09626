#pragma once

#include <poll.h>

#include <chrono>

/// Waiting for an event with a deadline. The only pause in these tests is the one between two looks.
namespace clustermanager::integration {

using Millis = std::chrono::milliseconds;

/// Deadlines of slow builds (sanitizers) and slow machines are longer: CM_TEST_TIME_FACTOR in the
/// environment, or what the build was configured with.
int timeFactor();

template <class Predicate>
bool waitFor(Predicate&& holds, Millis patience = Millis(8000))
{
    const auto deadline = std::chrono::steady_clock::now() + patience * timeFactor();
    while (!holds())
    {
        if (std::chrono::steady_clock::now() > deadline) return false;
        ::poll(nullptr, 0, 3);
    }
    return true;
}

}  // namespace clustermanager::integration
