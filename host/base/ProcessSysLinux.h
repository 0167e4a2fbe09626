#pragma once

#include "base/ProcessSys.h"

namespace clustermanager {

class ProcessSysLinux : public ProcessSys
{
public:
    Result<pid_t> forkLeader() override;
    Result<std::optional<DeadProcess>> peekDead() override;

    /// The same for one process; ECHILD where it is not ours, or was reaped.
    Result<std::optional<DeadProcess>> peekDead(pid_t pid);

    void reap(pid_t pid) override;
    void kill(pid_t pid, int signal) override;
    void killGroup(pid_t leader, int signal) override;
};

}  // namespace clustermanager
