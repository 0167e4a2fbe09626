#include "Proc.h"

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

std::uint64_t slicesBelow(pid_t pid)
{
    std::uint64_t all = 0;
    std::error_code ignored;
    for (const auto& task : std::filesystem::directory_iterator(folderOf(pid) + "/task", ignored))
    {
        std::uint64_t ran = 0;
        std::uint64_t waited = 0;
        std::uint64_t slices = 0;
        std::istringstream(readFile(task.path().string() + "/schedstat")) >> ran >> waited >> slices;
        all += slices;
    }
    for (const pid_t child : integration::childrenOf(pid)) all += slicesBelow(child);
    return all;
}

void waitUntilQuiet(pid_t root, Millis rest)
{
    constexpr int kRestsWanted = 3;
    constexpr Millis kPatience{300};
    int rests = 0;
    std::uint64_t before = 0;
    TimePoint since = Clock::now();
    (void)integration::waitFor(
        [&] {
            const std::uint64_t now = slicesBelow(root);
            rests = now == before ? rests + 1 : 0;
            if (rests == 0) since = Clock::now();
            before = now;
            return rests >= kRestsWanted && Clock::now() - since >= rest;
        },
        kPatience + 4 * rest);
}

}  // namespace clustermanager::bench
