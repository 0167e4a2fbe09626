#include "Crash.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <map>
#include <stdexcept>
#include <thread>
#include <vector>

#include <Poco/Exception.h>

namespace {

void segv()
{
    // Not address 0: a sanitizer would report that before the kernel can.
    volatile std::uintptr_t nowhere = 16;
    *reinterpret_cast<volatile char*>(nowhere) = 1;
}

__attribute__((no_sanitize("undefined"))) void fpe()
{
    volatile int zero = 0;
    volatile int result = 1 / zero;
    static_cast<void>(result);
    std::raise(SIGFPE);  // where the processor divides by zero without a trap
}

void bus()
{
    const int file = ::memfd_create("short", MFD_CLOEXEC);
    auto* page = static_cast<volatile char*>(::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0));
    static_cast<void>(page[0]);  // mapped, but the file has no such byte
}

__attribute__((noinline, no_sanitize("address"))) int deeper(int depth)
{
    volatile char room[4096] = {};
    room[0] = static_cast<char>(depth);
    return depth < 0 ? 0 : deeper(depth + 1) + room[0];
}

__attribute__((noinline, no_sanitize("undefined"))) void callNothing()
{
    void (*volatile nothing)() = nullptr;
    nothing();
    static_cast<void>(nothing);  // so that it is no tail call
}

__attribute__((noinline, no_sanitize("address", "undefined"))) void corrupt()
{
    volatile char here = 0;
    volatile char* above = &here;
    for (int i = 0; i < 2'000; ++i) above[i] = 0x5a;
    segv();
}

__attribute__((noinline)) void inHandler()
{
    (void)::signal(SIGUSR1, [](int) { segv(); });
    std::raise(SIGUSR1);
    (void)::signal(SIGUSR1, SIG_DFL);
}

void withOwnHandler()
{
    (void)::signal(SIGSEGV, [](int) { ::_exit(42); });
    segv();
}

void inThreads(int count, void (*end)())
{
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([end] {
            (void)::pthread_setname_np(::pthread_self(), "crasher");
            end();
        });
    for (std::thread& thread : threads) thread.join();
}

void inAFork()
{
    const pid_t child = ::fork();
    if (child == 0) segv();
    (void)::waitpid(child, nullptr, 0);
    ::_exit(7);
}

/// As daemon(3), and deaf. What it has open is closed, so that nobody takes it for the process it came from.
void daemonise()
{
    if (::fork() != 0) ::_exit(0);
    ::setsid();
    (void)::signal(SIGTERM, SIG_IGN);
    ::closefrom(3);
    for (;;) ::pause();
}

}  // namespace

void crash(const std::string& kind)
{
    static const std::map<std::string, void (*)()> kinds{
        {"segv", segv},
        {"abort", [] { std::abort(); }},
        {"ill", [] { std::raise(SIGILL); }},
        {"fpe", fpe},
        {"bus", bus},
        {"stack", [] { std::_Exit(deeper(1)); }},
        {"terminate", [] { std::terminate(); }},
        {"kill", [] { std::raise(SIGKILL); }},
        {"_exit", [] { ::_exit(3); }},
        {"quick_exit", [] { std::quick_exit(3); }},
        {"exit", [] { std::exit(3); }},
        {"null", callNothing},
        {"corrupt", corrupt},
        {"handler", inHandler},
        {"own-handler", withOwnHandler},
        {"thread", [] { inThreads(1, segv); }},
        {"threads", [] { inThreads(8, segv); }},
        {"thread-stack", [] { inThreads(1, [] { std::_Exit(deeper(1)); }); }},
        {"fork", inAFork},
        {"pthread_exit", [] { ::pthread_exit(nullptr); }},
        {"exec", [] { ::execl("/bin/sleep", "sleep", "100000", nullptr); }},
        {"daemonise", daemonise},
        {"throw-std", [] { throw std::runtime_error("a standard misfortune"); }},
        {"throw-poco", [] { throw Poco::NotFoundException("a Poco misfortune"); }},
        {"throw-int", [] { throw 42; }},
    };
    const auto found = kinds.find(kind);
    if (found != kinds.end()) found->second();
    std::_Exit(99);
}
