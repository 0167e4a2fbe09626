#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/Types.h"

/// What /proc knows about a process's memory, time and sleep.
namespace clustermanager::bench {

struct Memory
{
    double pssKiB = 0;
    double privateDirtyKiB = 0;
};
Memory memoryOf(pid_t pid);

struct ThreadUse
{
    std::string name;
    std::uint64_t cpuNs = 0;
    std::uint64_t wakeUps = 0;  // voluntary context switches: each is followed by one
};

/// By thread id.
std::map<pid_t, ThreadUse> threadsOf(pid_t pid);

/// CPU time of the processes and of all below them: it rests while nothing runs. Looks at no thread: whoever
/// looks up a thread below /proc leaves an entry there that the kernel must take away when the thread ends,
/// and its parent, which waits for the process at that moment, spins meanwhile.
std::chrono::nanoseconds cpuTimeBelow(const std::vector<pid_t>& roots);

/// Waits until none of the processes nor anything below them has run for so long, and between a few looks: a
/// new child is up entirely then, and a spare is forked. On a machine that is never quiet it gives up: then
/// that is measured.
void waitUntilQuiet(const std::vector<pid_t>& roots, Millis rest = Millis{0});

}  // namespace clustermanager::bench
