#pragma once

#include <cstdint>
#include <optional>

#include "base/FileDescriptor.h"

namespace clustermanager {

/// The connections that wait in the kernel to be accepted, and how many may.
struct AcceptQueue
{
    std::uint32_t length = 0;
    std::uint32_t limit = 0;
};

/// Of a listening TCP or Unix socket; nothing where the kernel does not say. A system call or a few, no wait.
std::optional<AcceptQueue> acceptQueue(const FileDescriptor& socket);

}  // namespace clustermanager
