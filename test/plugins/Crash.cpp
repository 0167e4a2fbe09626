#include "Crash.h"

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <map>
#include <stdexcept>

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
        {"throw-std", [] { throw std::runtime_error("a standard misfortune"); }},
        {"throw-poco", [] { throw Poco::NotFoundException("a Poco misfortune"); }},
        {"throw-int", [] { throw 42; }},
    };
    const auto found = kinds.find(kind);
    if (found != kinds.end()) found->second();
    std::_Exit(99);
}
