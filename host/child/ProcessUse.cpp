#include "child/ProcessUse.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>

#include "base/FileDescriptor.h"

namespace clustermanager::child {

std::uint64_t residentKiB()
{
    const FileDescriptor file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    unsigned long resident = 0;
    if (!file || ::read(file.get(), text.data(), text.size() - 1) <= 0 ||
        std::sscanf(text.data(), "%*u %lu", &resident) != 1)
        return 0;
    return resident * (static_cast<unsigned long>(::sysconf(_SC_PAGESIZE)) / 1024);
}

std::uint64_t cpuMicros()
{
    timespec used = {};
    (void)::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(used.tv_nsec) / 1000;
}

}  // namespace clustermanager::child
