#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace clustermanager::runtime {

/// What can be known of a plugin's file before any of its code is mapped.
struct ElfFacts
{
    std::string buildId;              // hexadecimal, "" where it has none
    std::vector<std::string> needed;  // sonames of the libraries it was linked to
    bool hasRunChild = false;
    bool hasRunMaster = false;

    // From the note that CM_PLUGIN leaves; hasNote false: the plugin says nothing of itself.
    bool hasNote = false;
    std::uint32_t abiVersion = 0;
    std::string name;
    std::string version;
    std::uint32_t pocoVersion = 0;  // 0: built without clustermanager/poco.hpp
};

/// Reads them from an open file that nobody writes to any more. The sentence says what is wrong with the
/// file: foreign, cut off, no shared object, no run_child, another ABI.
std::variant<ElfFacts, std::string> readElfFacts(int fd, std::uint64_t fileSize);

}  // namespace clustermanager::runtime
