#include "child/ProcessUse.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <system_error>

#include "base/FileDescriptor.h"

namespace clustermanager::child {

std::uint64_t residentKiB()
{
    // "SIZE RESIDENT ..." in pages. Read without stdio, which takes pages of memory for it in each child.
    const FileDescriptor file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    if (!file || ::read(file.get(), text.data(), text.size()) <= 0) return 0;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const char* const number = std::find(begin, end, ' ');
    unsigned long resident = 0;
    if (number == end || std::from_chars(number + 1, end, resident).ec != std::errc{}) return 0;
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
