#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "Waiting.h"

namespace clustermanager::integration {

/// How a host is started.
struct Launch
{
    std::string program;
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment;  // added to a small clean one
    std::string workingFolder;
    std::string output;  // the file that standard output and error are appended to

    /// Runs in the new process before the host's program: limits, closed descriptors, dispositions.
    std::function<void()> before;
};

/// One started program, a child of the test. Ended by SIGKILL where the test forgot it.
class HostProcess
{
public:
    explicit HostProcess(const Launch& launch);
    ~HostProcess();
    HostProcess(const HostProcess&) = delete;
    HostProcess& operator=(const HostProcess&) = delete;

    pid_t pid() const { return _pid; }
    void signal(int number) const;

    /// The wait status, once it has ended. Does not wait.
    std::optional<int> ended();

    /// Waits for the end; nothing where it did not come in time.
    std::optional<int> waitForEnd(Millis patience = Millis(10'000));

private:
    pid_t _pid = -1;
    std::optional<int> _status;
};

/// The exit code, or 1000 + the signal.
int exitCode(int waitStatus);

}  // namespace clustermanager::integration
