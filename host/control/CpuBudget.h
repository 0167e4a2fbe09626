#pragma once

#include <chrono>
#include <mutex>

#include "base/Types.h"

namespace clustermanager::control {

/// What one way into the control port may take of the CPUs over time, whoever asks and however often: a share
/// of one CPU. What was not used is not lost at once, so who asks now and then waits for nothing; who asks
/// again and again waits until it is paid for. Nobody waits longer than kLongestRest.
///
/// Thread-safe. The time is passed in.
class CpuBudget
{
public:
    static constexpr int kShare = 3;                        // a third
    static constexpr std::chrono::milliseconds kSaved{10};  // of CPU time, at most
    static constexpr std::chrono::milliseconds kLongestRest{20};

    /// A thread has used so much.
    void spent(std::chrono::nanoseconds cpu, TimePoint now);

    /// When who is about to answer goes on; the past where nothing is owed.
    TimePoint restUntil(TimePoint now) const;

    /// From now on nobody rests: what has come in is to be answered quickly.
    void waive();

private:
    mutable std::mutex _mutex;
    bool _waived = false;
    TimePoint _paidUntil{};  // what was used is this far ahead of what the share has given
};

/// What the calling thread has used of a CPU since it last asked.
std::chrono::nanoseconds cpuTimeSinceLast();

}  // namespace clustermanager::control
