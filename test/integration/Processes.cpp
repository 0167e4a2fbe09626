#include "Processes.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "Files.h"
#include "Waiting.h"

namespace clustermanager::integration {

namespace {

std::string proc(pid_t pid, const std::string& file)
{
    return "/proc/" + std::to_string(pid) + "/" + file;
}

/// The fields of /proc/PID/stat behind the name: state, parent, ...
std::vector<std::string> statFields(pid_t pid)
{
    const std::string text = readFile(proc(pid, "stat"));
    const std::size_t nameEnd = text.rfind(')');
    if (nameEnd == std::string::npos) return {"X", "0"};
    std::istringstream rest(text.substr(nameEnd + 1));
    return {std::istream_iterator<std::string>(rest), {}};
}

std::size_t entries(const std::string& folder)
{
    std::error_code failed;
    const std::filesystem::directory_iterator begin(folder, failed);
    if (failed) return 0;
    return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
}

}  // namespace

bool alive(pid_t pid)
{
    const std::string state = statFields(pid)[0];
    return state != "X" && state != "Z";
}

void pauseProcess(pid_t pid)
{
    ::kill(pid, SIGSTOP);
    waitFor([pid] { return statFields(pid)[0] == "T"; });
}

pid_t parentOf(pid_t pid)
{
    return std::stoi(statFields(pid)[1]);
}

std::vector<pid_t> childrenOf(pid_t pid)
{
    std::vector<pid_t> result;
    std::error_code ignored;
    for (const auto& task : std::filesystem::directory_iterator(proc(pid, "task"), ignored))
    {
        std::istringstream list(readFile(task.path().string() + "/children"));
        result.insert(result.end(), std::istream_iterator<pid_t>(list), {});
    }
    return result;
}

std::size_t openDescriptors(pid_t pid)
{
    return entries(proc(pid, "fd"));
}

std::size_t threadsOf(pid_t pid)
{
    return entries(proc(pid, "task"));
}

std::size_t reapStrays(pid_t spared)
{
    std::size_t running = 0;
    for (const pid_t pid : childrenOf(::getpid()))
        if (pid != spared && ::waitpid(pid, nullptr, WNOHANG) == 0) ++running;
    return running;
}

std::vector<std::string> endStrays(pid_t spared)
{
    std::vector<std::string> ended;
    // Each end may bring further orphans to us.
    for (std::vector<pid_t> strays = childrenOf(::getpid()); !strays.empty();)
    {
        bool any = false;
        for (const pid_t pid : strays)
        {
            if (pid == spared) continue;
            any = true;
            std::string words = readFile(proc(pid, "cmdline"));
            for (char& c : words)
                if (c == '\0') c = ' ';
            ended.push_back(std::to_string(pid) + " (" + statFields(pid)[0] + ") " + words);
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
        strays = any ? childrenOf(::getpid()) : std::vector<pid_t>();
    }
    return ended;
}

}  // namespace clustermanager::integration
