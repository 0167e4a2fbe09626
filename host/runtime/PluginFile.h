#pragma once

#include <cstdint>
#include <string>

#include "base/FileDescriptor.h"
#include "runtime/ElfFacts.h"

namespace clustermanager::runtime {

/// A plugin as it was at one moment: a private, sealed copy that nobody can change or cut short any more, and
/// what is known of it. The dropped file itself is never mapped by any process of ours.
struct PluginFile
{
    std::string path;  // where it was copied from
    std::uint64_t size = 0;
    FileDescriptor copy;
    ElfFacts facts;
};

/// Opens, checks and copies. Throws StartError: 69 where the file is missing or cannot be a plugin, 77 where
/// we may not read it or must not trust it (we are root, and others can write it or its folders).
PluginFile stagePlugin(const std::string& path);

}  // namespace clustermanager::runtime
