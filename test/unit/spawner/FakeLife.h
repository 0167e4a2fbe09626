#pragma once

#include <cstdint>

namespace clustermanager::test {

/// What a child of FakeWorkshop does after its Hello: the order's `index`. The order's `restarts` is a number
/// for it.
enum class FakeLife : std::uint32_t
{
    Exit,             // with the number as its code
    Raise,            // the number as a signal
    Pause,            // until a signal ends it
    IgnoreTerm,       // pauses, and SIGTERM does nothing
    LeaveInGroup,     // starts a process in its group, tells its pid in a PluginMessage, pauses
    LeaveInSession,   // the same, but that one calls setsid and ignores SIGTERM
    OrphanInSession,  // as before, but exits 0 after telling
    Describe          // tells what it was born with in a Farewell, exits 0
};

}  // namespace clustermanager::test
