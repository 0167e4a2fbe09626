#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <variant>

namespace clustermanager::config {

struct BoundedFile
{
    std::string content;
    mode_t mode = 0;
    uid_t owner = 0;
};

/// The whole of a regular file of at most `limit` bytes, or one sentence that says why not. Never waits,
/// whatever lies there: a folder, a FIFO, a device. A file that changes while it is read is refused, so that
/// what is returned once stood on the disk like this.
std::variant<BoundedFile, std::string> readBoundedFile(const std::string& path, std::size_t limit);

}  // namespace clustermanager::config
