#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/Types.h"
#include "link/Crashed.h"

namespace clustermanager::crash {

/// Where the files are that a crashed process had mapped, as far as its own words do not say it.
struct CrashFiles
{
    int plugin = -1;  // the sealed copy that its generation runs; -1: it was embedded in the program
    std::string pluginPath;
    std::string program;  // what this program is called
};

struct NamedFrame
{
    std::uint64_t address = 0;
    std::string module;   // "": none has it
    std::string buildId;  // hexadecimal
    std::uint64_t offset = 0;
    std::string function;  // "": not known
    bool inPlugin = false;
};

/// The stack with names. The process's words are not trusted: a file it names is read where it is a regular
/// one, and names something only where its build id is the one that the process had mapped.
std::vector<NamedFrame> nameFrames(const link::Crashed& crashed, const CrashFiles& files, TimePoint deadline);

std::string hexadecimal(std::uint64_t number);  // "0x1f"

}  // namespace clustermanager::crash
