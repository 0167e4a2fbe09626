#include "base/Descendants.h"

#include <dirent.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

#include "base/Signals.h"

namespace clustermanager {

namespace {

/// A process that comes to us makes no signal, so we look again after this time.
constexpr Millis kLookAgain{20};

/// The fourth field of /proc/PID/stat. The second is a name in brackets and may hold anything, brackets too.
pid_t parentOf(const std::string& pid)
{
    std::ifstream file("/proc/" + pid + "/stat");
    std::string line;
    std::getline(file, line, '\0');
    const std::size_t nameEnd = line.rfind(')');
    constexpr std::size_t kParentOffset = 4;  // ") S 123"
    if (nameEnd == std::string::npos || line.size() <= nameEnd + kParentOffset) return 0;
    pid_t parent = 0;
    (void)std::from_chars(line.data() + nameEnd + kParentOffset, line.data() + line.size(), parent);
    return parent;
}

/// False where we have no process left, dead or alive.
bool reapDead(ProcessSys& sys)
{
    while (true)
    {
        const Result<std::optional<DeadProcess>> dead = sys.peekDead();
        if (!dead) return dead.error().code != ECHILD;
        if (!dead.value()) return true;
        sys.reap(dead.value()->pid);
    }
}

}  // namespace

std::vector<pid_t> processesWithParent(pid_t parent)
{
    std::vector<pid_t> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
    if (!proc) return found;
    while (const dirent* entry = ::readdir(proc.get()))  // NOLINT(concurrency-mt-unsafe): a stream of our own
    {
        pid_t pid = 0;
        const char* end = entry->d_name + std::strlen(entry->d_name);
        const auto [rest, error] = std::from_chars(entry->d_name, end, pid);
        if (error == std::errc{} && rest == end && parentOf(entry->d_name) == parent) found.push_back(pid);
    }
    return found;
}

bool endDescendants(ProcessSys& sys, const FileDescriptor& signals, Millis limit)
{
    const TimePoint deadline = Clock::now() + limit;
    while (reapDead(sys))
    {
        if (Clock::now() >= deadline) return false;
        for (const pid_t pid : processesWithParent(::getpid())) sys.kill(pid, SIGKILL);
        pollfd watched = {signals.get(), POLLIN, 0};
        (void)::poll(&watched, 1, static_cast<int>(kLookAgain.count()));
        while (nextSignal(signals))
        {}
    }
    return true;
}

}  // namespace clustermanager
