#pragma once

#include <cstdint>

namespace clustermanager {

/// What the kernel lets a child have at most. Where the hard limit of the host is lower, that one holds.
struct ProcessLimits
{
    std::uint64_t coreBytes = 0;
    std::uint64_t openFiles = 0;     // 0: as many as the host
    std::uint64_t addressBytes = 0;  // 0: as much as the host

    template <class IO>
    void fields(IO& io)
    {
        io(coreBytes);
        io(openFiles);
        io(addressBytes);
    }
};

}  // namespace clustermanager
