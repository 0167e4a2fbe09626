#pragma once

#include <cstdint>
#include <string>

namespace clustermanager {

/// How one process ended. Decoded once from the kernel's words, at the border; nobody else looks at those.
struct ExitStatus
{
    enum class Kind : std::uint8_t
    {
        Exited,    // number is the exit code, 0..255
        Signaled,  // number is the signal
        Unknown,   // the process is gone, and nobody could be asked how (its spawner died unheard)
        kLast = Unknown
    };

    Kind kind = Kind::Unknown;
    int number = 0;
    bool coreDumped = false;

    bool success() const { return kind == Kind::Exited && number == 0; }

    /// "exit code 3", "signal SIGSEGV (core dumped)", "unknown"
    std::string text() const;

    template <class IO>
    void fields(IO& io)
    {
        io(kind);
        io(number);
        io(coreDumped);
    }
};

/// "SIGSEGV" for 11; "SIG40" for a number without a name.
std::string signalName(int number);

/// What one process used up, as the kernel accounted it when the process was reaped.
struct ResourceUse
{
    std::uint64_t userMicros = 0;
    std::uint64_t systemMicros = 0;
    std::uint64_t maxRssKiB = 0;

    template <class IO>
    void fields(IO& io)
    {
        io(userMicros);
        io(systemMicros);
        io(maxRssKiB);
    }
};

}  // namespace clustermanager
