#include "base/Signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace clustermanager {

sigset_t signalSet(std::initializer_list<int> signals)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) sigaddset(&set, signal);
    return set;
}

Result<int> setSignalMask(const sigset_t& blocked)
{
    const int error = ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
    if (error != 0) return SysError{"pthread_sigmask", "", error};
    return 0;
}

Result<FileDescriptor> openSignalFd(const sigset_t& signals)
{
    FileDescriptor opened(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!opened) return SysError{"signalfd", "", errno};
    return opened;
}

std::optional<int> nextSignal(const FileDescriptor& signalFd)
{
    signalfd_siginfo info = {};
    ssize_t got = 0;
    do got = ::read(signalFd.get(), &info, sizeof info);
    while (got < 0 && errno == EINTR);
    if (got != static_cast<ssize_t>(sizeof info)) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

void resetDispositions()
{
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        (void)::sigaction(signal, &action, nullptr);  // SIGKILL, SIGSTOP and libc's own refuse: fine

    action.sa_handler = SIG_IGN;
    (void)::sigaction(SIGPIPE, &action, nullptr);
}

Result<int> resetSignals()
{
    resetDispositions();
    return setSignalMask(signalSet({}));
}

}  // namespace clustermanager
