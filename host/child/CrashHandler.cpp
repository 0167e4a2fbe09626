#include "child/CrashHandler.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "base/Sanitizers.h"
#include "child/ChildFileChannel.h"
#include "child/CrashFacts.h"
#include "child/StackWalk.h"

namespace clustermanager::child {

namespace {

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

constexpr timeval kTimeLimit{2, 0};
constexpr int kWaitMs = 3'000;  // longer than that
constexpr int kSendLimitMs = 200;

/// For two handlers, one within the other, with the registers of a large processor each.
constexpr std::size_t kStackBytes = kSanitized ? 262'144 : 65'536;

enum class Stage
{
    Gathering,
    Sending
};

/// Memory that nobody touches before the crash, and so no child has of its own. The handler is the only one
/// to write to it, and only the thread that was first.
struct Room
{
    std::atomic<pid_t> thread{0};  // the first to crash
    std::atomic<Stage> stage{Stage::Gathering};
    std::atomic<int> signal{0};  // what the process dies of
    CrashFacts facts;
    CrashPacket packet;
    alignas(4096) std::array<char, kStackBytes> mainStack;
    alignas(4096) std::array<char, kStackBytes> threadStack;
};
Room room;

const CrashTarget* ourTarget = nullptr;  // set before the fork

void useStack(std::array<char, kStackBytes>& stack)
{
    stack_t alternate = {};
    alternate.ss_sp = stack.data();
    alternate.ss_size = stack.size();
    (void)::sigaltstack(&alternate, nullptr);
}

void setHandler(int signal, void (*handler)(int, siginfo_t*, void*))
{
    struct sigaction action = {};
    action.sa_sigaction = handler;
    // A fault in the handler is to come to the handler, not to end it.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    (void)::sigaction(signal, &action, nullptr);
}

void block(int how, int signal)
{
    sigset_t one;
    (void)::sigemptyset(&one);
    (void)::sigaddset(&one, signal);
    (void)::pthread_sigmask(how, &one, nullptr);
}

void setDefault(int signal)
{
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    (void)::sigaction(signal, &action, nullptr);
}

/// At once, from wherever this is called.
[[noreturn]] void die(int signal)
{
    setDefault(signal);
    block(SIG_UNBLOCK, signal);
    (void)::syscall(SYS_tgkill, ::getpid(), ::gettid(), signal);
    ::_exit(128 + signal);  // the first process of a container does not die of signals
}

/// When the handler has returned, where the signal came: so a core file shows the crash, and what it says of
/// the cause is the truth.
void dieAfterReturn(int signal, siginfo_t& info)
{
    setDefault(signal);
    block(SIG_BLOCK, signal);
    if (::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::gettid(), signal, &info) != 0) die(signal);
}

void onTimeout(int, siginfo_t*, void*)
{
    die(room.signal.load());
}

void limitTime()
{
    setHandler(SIGALRM, &onTimeout);
    block(SIG_UNBLOCK, SIGALRM);
    const itimerval limit{{}, kTimeLimit};
    (void)::setitimer(ITIMER_REAL, &limit, nullptr);
}

bool isLink(int socket)
{
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, SO_TYPE, &value, &size) == 0 && value == SOCK_SEQPACKET;
}

void send(int socket)
{
    room.stage = Stage::Sending;
    if (!isLink(socket)) return;  // the plugin has closed what is not its own
    const std::size_t size = encode(room.facts, room.packet);
    constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
    if (::send(socket, room.packet.data(), size, kFlags) >= 0 || (errno != EAGAIN && errno != ENOBUFS))
        return;
    pollfd writable{socket, POLLOUT, 0};
    if (::poll(&writable, 1, kSendLimitMs) == 1) (void)::send(socket, room.packet.data(), size, kFlags);
}

void gather(int signal, const siginfo_t& info, ucontext_t& context)
{
    CrashFacts& facts = room.facts;
    facts.signal = signal;
    facts.code = info.si_code;
    // The one or the other, by who made the signal: the kernel of a fault, or a process.
    if (info.si_code > 0)
        facts.address = reinterpret_cast<std::uint64_t>(info.si_addr);
    else
        facts.sender = info.si_pid;
    facts.thread = ::gettid();
    (void)::prctl(PR_GET_NAME, facts.threadName.bytes.data());
    while (facts.threadName.size < facts.threadName.bytes.size() &&
           facts.threadName.bytes[facts.threadName.size] != '\0')
        ++facts.threadName.size;
    facts.log.size = ChildFileChannel::latestLines(facts.log.bytes.data(), facts.log.bytes.size());
    walkStack(context, facts);
}

/// Another thread has crashed before and is about to end the process. (Or it was none of ours, but one that
/// shared our memory between vfork and exec: so not for ever.)
[[noreturn]] void waitForTheEnd(int signal)
{
    (void)::poll(nullptr, 0, kWaitMs);
    die(signal);
}

void onCrash(int signal, siginfo_t* info, void* context)
{
    const pid_t thread = ::gettid();
    pid_t first = 0;
    if (!room.thread.compare_exchange_strong(first, thread))
    {
        if (first != thread) waitForTheEnd(signal);
        if (room.stage == Stage::Gathering) send(ourTarget->socket);
        die(room.signal);
    }
    room.signal = signal;
    const int socket = ourTarget->socket;
    if (socket >= 0 && ourTarget->process == ::getpid())
    {
        limitTime();
        gather(signal, *info, *static_cast<ucontext_t*>(context));
        send(socket);
    }
    dieAfterReturn(signal, *info);
}

}  // namespace

void CrashHandler::install(const CrashTarget& target)
{
    prepareStackWalk();
    ourTarget = &target;
    useStack(room.mainStack);
    for (const int signal : kSignals) setHandler(signal, &onCrash);
}

void CrashHandler::guardThread()
{
    if (ourTarget != nullptr) useStack(room.threadStack);
}

}  // namespace clustermanager::child
