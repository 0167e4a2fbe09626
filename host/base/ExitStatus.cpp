#include "base/ExitStatus.h"

#include <csignal>
#include <cstring>

namespace clustermanager {

std::string signalName(int number)
{
    const char* abbreviation = ::sigabbrev_np(number);
    if (abbreviation != nullptr) return std::string("SIG") + abbreviation;
    return "SIG" + std::to_string(number);  // the real-time signals have no fixed names
}

std::string ExitStatus::text() const
{
    switch (kind)
    {
    case Kind::Exited: return "exit code " + std::to_string(number);
    case Kind::Signaled: return "signal " + signalName(number) + (coreDumped ? " (core dumped)" : "");
    case Kind::Unknown: break;
    }
    return "unknown";
}

}  // namespace clustermanager
