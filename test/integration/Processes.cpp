#include "Processes.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "Files.h"
#include "Waiting.h"
#include "base/FileDescriptor.h"
#include "base/Sanitizers.h"

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

/// ThreadSanitizer has one or two of its own in each process. They alone block every signal, faults too.
std::size_t sanitizersThreadsOf(pid_t pid)
{
    constexpr unsigned long long kFault = 1ULL << (SIGSEGV - 1);
    const std::string label = "\nSigBlk:\t";
    std::size_t count = 0;
    std::error_code failed;
    for (const auto& thread : std::filesystem::directory_iterator(proc(pid, "task"), failed))
    {
        const std::string status = readFile(thread.path().string() + "/status");
        const std::size_t at = status.find(label);
        if (at == std::string::npos) continue;
        if ((std::stoull(status.substr(at + label.size(), 16), nullptr, 16) & kFault) != 0) ++count;
    }
    return count;
}

/// From the moment of its exec, when its command line may still be empty, to its last, when its program is
/// gone.
bool keepsHistory(pid_t pid)
{
    std::error_code gone;
    const std::string program = std::filesystem::read_symlink(proc(pid, "exe"), gone);
    return program.find("/clustermanager-history") != std::string::npos || nameOf(pid) == "cm-history" ||
           readFile(proc(pid, "cmdline")).rfind("clustermanager: history", 0) == 0;
}

/// A duplicate of another process's descriptor, to ask the kernel about it.
FileDescriptor borrow(const FileDescriptor& process, int fd)
{
    return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), fd, 0)));
}

/// Whether it is a connection, not a listener, whose own end is 127.0.0.1:port.
bool isConnectionOf(const FileDescriptor& socket, std::uint16_t port)
{
    int listens = 0;
    socklen_t size = sizeof listens;
    sockaddr_in address = {};
    socklen_t length = sizeof address;
    return ::getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens == 0 &&
           ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
           address.sin_family == AF_INET && ntohs(address.sin_port) == port;
}

}  // namespace

std::size_t acceptedConnections(pid_t pid, std::uint16_t port)
{
    const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    std::size_t count = 0;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(proc(pid, "fd"), ignored))
        if (isConnectionOf(borrow(process, std::stoi(entry.path().filename().string())), port)) ++count;
    return count;
}

bool alive(pid_t pid)
{
    constexpr std::size_t kThreads = 17;
    const std::vector<std::string> fields = statFields(pid);
    if (fields[0] == "X") return false;
    // The first thread may be gone before the others, which still have all its files open.
    return fields[0] != "Z" || (fields.size() > kThreads && fields[kThreads] != "1");
}

bool asleep(pid_t pid)
{
    return statFields(pid)[0] == "S";
}

void pauseProcess(pid_t pid)
{
    ::kill(pid, SIGSTOP);
    waitFor([pid] { return statFields(pid)[0] == "T"; });
}

void killProcesses(const std::vector<pid_t>& pids)
{
    for (const pid_t pid : pids) ::kill(pid, SIGKILL);
    waitFor([&] { return std::none_of(pids.begin(), pids.end(), alive); });
}

std::string nameOf(pid_t pid)
{
    const std::string line = readFile(proc(pid, "comm"));
    return line.substr(0, line.find('\n'));
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

std::vector<pid_t> spawnersOf(pid_t host)
{
    const std::string program = nameOf(host);
    std::vector<pid_t> spawners;
    for (const pid_t pid : childrenOf(host))
        if (alive(pid) && nameOf(pid) != program && !keepsHistory(pid)) spawners.push_back(pid);
    return spawners;
}

std::size_t openDescriptors(pid_t pid)
{
    return entries(proc(pid, "fd"));
}

std::size_t threadsOf(pid_t pid)
{
    return entries(proc(pid, "task")) - (kThreadSanitizer ? sanitizersThreadsOf(pid) : 0);
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
