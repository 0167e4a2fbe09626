#pragma once

#include <sys/types.h>

#include <csignal>
#include <optional>

#include "base/ExitStatus.h"
#include "base/SysError.h"

namespace clustermanager {

/// A process that has ended and still waits to be reaped, so its pid (and the process group named after it)
/// cannot belong to anybody else.
struct DeadProcess
{
    pid_t pid = 0;
    ExitStatus status;
    ResourceUse use;
};

/// What those who supervise processes ask of the kernel, and nothing else. Production passes ProcessSysLinux,
/// tests pass FakeProcessSys.
class ProcessSys
{
public:
    virtual ~ProcessSys() = default;

    /// Like fork(2): 0 in the new process. That one leads a process group of its own, and both sides may rely
    /// on it from the first moment.
    virtual Result<pid_t> forkLeader() = 0;

    /// One of our dead processes, which stays a zombie; nothing where none is dead; ECHILD where we have none
    /// at all. The same one again until it is reaped.
    virtual Result<std::optional<DeadProcess>> peekDead() = 0;

    /// Takes a dead process away. Its pid is free afterwards.
    virtual void reap(pid_t pid) = 0;

    /// To one process or to a whole group. Only for processes that were not reaped; those that are dead
    /// already do not mind.
    virtual void kill(pid_t pid, int signal) = 0;
    virtual void killGroup(pid_t leader, int signal) = 0;
};

/// SIGKILL to a process and to the group it was made the leader of: it may have left that for another one,
/// and must end all the same.
inline void killAll(ProcessSys& sys, pid_t pid)
{
    sys.killGroup(pid, SIGKILL);
    sys.kill(pid, SIGKILL);
}

}  // namespace clustermanager
