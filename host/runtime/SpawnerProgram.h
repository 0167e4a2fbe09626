#pragma once

#include <string>

#include "base/FileDescriptor.h"

namespace clustermanager::runtime {

/// The executable that becomes the spawner of a plugin: the host's part clustermanager-spawner. It is opened
/// once, so that the one that fits us is run, whatever lies at its path by the next reload. An executable
/// that does not find it is its own spawner.
class SpawnerProgram
{
public:
    SpawnerProgram();

    /// For exec, in this process and in what it forks.
    std::string path() const;

    /// Our own executable, as it was when it was started. Where children run what is linked into it there is
    /// no other.
    static std::string ownImage() { return "/proc/self/exe"; }

private:
    FileDescriptor _file;  // none: our own
};

}  // namespace clustermanager::runtime
