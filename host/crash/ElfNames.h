#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/Types.h"

namespace clustermanager::crash {

/// An address as the file has it, and the function that it lies in, as the file calls it; "": none known.
struct WantedName
{
    std::uint64_t address = 0;
    std::string name;
};

/// What an ELF file tells of functions. The file may be anything, and change while it is read: every number
/// in it is checked, it is read piece by piece into memory of ours and never mapped, and what does not fit is
/// not known.
class ElfNames
{
public:
    /// The file stays the caller's, open as long as this lives.
    explicit ElfNames(int fd);

    /// As bytes; "": it has none, or is no ELF file of this machine's kind.
    const std::string& buildId() const { return _buildId; }

    /// Fills in the names, from the full symbol table where the file still has it, else from that of what it
    /// exports. Gives up at the deadline.
    void find(std::vector<WantedName>& wanted, TimePoint deadline) const;

private:
    struct Table
    {
        std::uint64_t symbolsAt = 0;
        std::uint64_t symbolsSize = 0;
        std::uint64_t textsAt = 0;
        std::uint64_t textsSize = 0;
    };

    bool read(std::uint64_t at, void* to, std::size_t size) const;
    void readBuildId(std::uint64_t segmentsAt, unsigned count);
    void readTable(std::uint64_t sectionsAt, unsigned count);
    std::string textAt(std::uint64_t offset) const;

    int _fd;
    std::string _buildId;
    Table _table;
};

}  // namespace clustermanager::crash
