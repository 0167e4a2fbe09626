#include "Proc.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <sstream>

#include "integration/Files.h"
#include "integration/Processes.h"
#include "integration/Waiting.h"

namespace clustermanager::bench {

namespace {

using integration::readFile;

std::string folderOf(pid_t pid)
{
    return "/proc/" + std::to_string(pid);
}

/// The number behind "NAME:" in a file of such lines; 0 where there is none.
double number(const std::string& text, const std::string& name)
{
    const std::size_t at = text.find("\n" + name + ":");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
}

std::map<pid_t, pid_t> parentsOfAll()
{
    std::map<pid_t, pid_t> parents;
    for (const auto& entry : std::filesystem::directory_iterator("/proc"))
        if (const pid_t pid = std::atoi(entry.path().filename().c_str()); pid > 0)
            parents[pid] = integration::parentOf(pid);
    return parents;
}

/// Of all its threads, and of a process that has ended: none.
std::chrono::nanoseconds cpuTimeOf(pid_t pid)
{
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return {};
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

Memory memoryOf(pid_t pid)
{
    const std::string text = readFile(folderOf(pid) + "/smaps_rollup");
    return {number(text, "Pss"), number(text, "Private_Dirty")};
}

std::map<pid_t, ThreadUse> threadsOf(pid_t pid)
{
    std::map<pid_t, ThreadUse> threads;
    std::error_code ignored;
    for (const auto& task : std::filesystem::directory_iterator(folderOf(pid) + "/task", ignored))
    {
        const std::string folder = task.path().string();
        ThreadUse use;
        use.name = readFile(folder + "/comm");
        if (!use.name.empty()) use.name.pop_back();
        std::istringstream(readFile(folder + "/schedstat")) >> use.cpuNs;
        use.wakeUps =
            static_cast<std::uint64_t>(number(readFile(folder + "/status"), "voluntary_ctxt_switches"));
        threads[std::stoi(task.path().filename().string())] = use;
    }
    return threads;
}

std::chrono::nanoseconds cpuTimeBelow(const std::vector<pid_t>& roots)
{
    const std::map<pid_t, pid_t> parents = parentsOfAll();
    const auto isRoot = [&](pid_t pid) { return std::find(roots.begin(), roots.end(), pid) != roots.end(); };
    std::chrono::nanoseconds all{0};
    for (const auto& [pid, parent] : parents)
    {
        pid_t above = pid;
        for (auto up = parents.find(above); !isRoot(above) && up != parents.end(); up = parents.find(above))
            above = up->second;
        if (isRoot(above)) all += cpuTimeOf(pid);
    }
    return all;
}

void waitUntilQuiet(const std::vector<pid_t>& roots, Millis rest)
{
    constexpr int kRestsWanted = 3;
    constexpr Millis kPatience{300};
    int rests = 0;
    std::chrono::nanoseconds before{};
    TimePoint since = Clock::now();
    (void)integration::waitFor(
        [&] {
            const std::chrono::nanoseconds now = cpuTimeBelow(roots);
            rests = now == before ? rests + 1 : 0;
            if (rests == 0) since = Clock::now();
            before = now;
            return rests >= kRestsWanted && Clock::now() - since >= rest;
        },
        kPatience + 4 * rest);
}

}  // namespace clustermanager::bench
