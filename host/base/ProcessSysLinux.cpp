#include "base/ProcessSysLinux.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace clustermanager {

namespace {

std::uint64_t micros(const timeval& time)
{
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
}

ExitStatus decodeStatus(const siginfo_t& info)
{
    if (info.si_code == CLD_EXITED) return {ExitStatus::Kind::Exited, info.si_status, false};
    return {ExitStatus::Kind::Signaled, info.si_status, info.si_code == CLD_DUMPED};
}

Result<std::optional<DeadProcess>> peek(idtype_t kind, pid_t pid)
{
    siginfo_t info = {};
    rusage use = {};
    long result = 0;
    // libc's waitid() hides the kernel's fifth parameter, and only it gives the resource use without reaping.
    do result = ::syscall(SYS_waitid, kind, pid, &info, WEXITED | WNOHANG | WNOWAIT, &use);
    while (result < 0 && errno == EINTR);
    if (result < 0) return SysError{"waitid", "", errno};
    if (info.si_pid == 0) return std::optional<DeadProcess>{};

    DeadProcess dead;
    dead.pid = info.si_pid;
    dead.status = decodeStatus(info);
    dead.use.userMicros = micros(use.ru_utime);
    dead.use.systemMicros = micros(use.ru_stime);
    dead.use.maxRssKiB = static_cast<std::uint64_t>(use.ru_maxrss);
    return std::optional<DeadProcess>{dead};
}

}  // namespace

Result<pid_t> ProcessSysLinux::forkLeader()
{
    const pid_t pid = ::fork();
    if (pid < 0) return SysError{"fork", "", errno};
    // Both sides do it, so that neither has to wait for the other. It fails only where it is done already or
    // the new process has ended.
    (void)::setpgid(pid, pid);
    return pid;
}

Result<std::optional<DeadProcess>> ProcessSysLinux::peekDead()
{
    return peek(P_ALL, 0);
}

Result<std::optional<DeadProcess>> ProcessSysLinux::peekDead(pid_t pid)
{
    return peek(P_PID, pid);
}

void ProcessSysLinux::reap(pid_t pid)
{
    while (::waitpid(pid, nullptr, WNOHANG) < 0 && errno == EINTR)
    {}
}

void ProcessSysLinux::kill(pid_t pid, int signal)
{
    (void)::kill(pid, signal);
}

void ProcessSysLinux::killGroup(pid_t leader, int signal)
{
    (void)::kill(-leader, signal);
}

}  // namespace clustermanager
