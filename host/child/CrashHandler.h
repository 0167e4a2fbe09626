#pragma once

#include <sys/types.h>

#include <atomic>

namespace clustermanager::child {

/// Where a process says that it dies, and which process that is: one that was forked from it says nothing.
struct CrashTarget
{
    std::atomic<pid_t> process{0};
    std::atomic<int> socket{-1};  // a child's end of its link; -1: nobody hears
};

/// What a process does when it dies of a fault (SIGSEGV, SIGBUS, SIGILL, SIGFPE) or of SIGABRT: it sends what
/// it knows to its master, in one packet, and dies of that very signal, by the system's own action.
///
///  - Everything in the handler is safe there: no memory is taken, no lock. It is bounded: after kTimeLimit
///    the process dies as it is.
///  - A second fault while it gathers ends the gathering; what there is is sent. A third ends the process.
///  - Whoever installs a handler of their own replaces this one.
///
/// Dispositions, and the alternate stack of the thread that forks, are inherited: once, before a fork, is
/// enough for all children.
class CrashHandler
{
public:
    CrashHandler() = delete;

    /// For this process and those forked from it. The target outlives them all.
    static void install(const CrashTarget& target);

    /// An alternate stack for the calling thread, which has none by birth. There is one for one such thread.
    static void guardThread();
};

}  // namespace clustermanager::child
