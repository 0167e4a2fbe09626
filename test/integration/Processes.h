#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

/// What /proc knows.
namespace clustermanager::integration {

/// Running or stopped, but no zombie: none of its threads is left.
bool alive(pid_t pid);

/// Its first thread sleeps. What waits in poll and nowhere else has handled by then all that it was sent
/// before.
bool asleep(pid_t pid);

/// SIGSTOP, and waits until it has been obeyed.
void pauseProcess(pid_t pid);
/// SIGKILL, and waits until it has been obeyed: until then they look as alive as ever.
void killProcesses(const std::vector<pid_t>& pids);

/// "cm-spawner", "cm-spare", "cm-GROUP-ID", or the program's; "" where there is no such process.
std::string nameOf(pid_t pid);

pid_t parentOf(pid_t pid);
std::vector<pid_t> childrenOf(pid_t pid);
/// Its children that are alive: spawners and what was left by one, without the process of the history and
/// those that have not come to their exec.
std::vector<pid_t> spawnersOf(pid_t host);
std::size_t openDescriptors(pid_t pid);
std::size_t threadsOf(pid_t pid);

/// The connections of that process that came to 127.0.0.1:port, closed by the client or not.
std::size_t acceptedConnections(pid_t pid, std::uint16_t port);

/// Reaps every child of this process that has ended, but `spared`. The number of those that still run.
std::size_t reapStrays(pid_t spared);

/// Ends and reaps every child of this process but `spared`; their command lines.
std::vector<std::string> endStrays(pid_t spared);

}  // namespace clustermanager::integration
