#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/SysError.h"

/// Files without a name whose content can never change: what one process reads or maps is what another one
/// wrote and checked. A memfd with all seals; where the kernel or a filter refuses memfd_create, an unlinked
/// file in the folder for temporary files, open for reading only. Either can be loaded through /proc/self/fd.
namespace clustermanager {

/// Either keeps everybody, who holds the descriptor too, from changing the content.
enum class Seals
{
    Quick,  // F_SEAL_FUTURE_WRITE: the kernel neither waits nor refuses; there is no writable mapping of ours
    Journal  // F_SEAL_WRITE, which systemd's journal asks for. While anybody looks at a page (a compaction, a
             // splice) the kernel waits for up to 0.2 s, and then refuses by EBUSY
};

/// A sealed file in the making, for content that comes in pieces.
class SealedDraft
{
public:
    /// `name` is for the eyes of an operator (it shows in /proc/PID/maps).
    static Result<SealedDraft> open(const std::string& name);

    std::optional<SysError> append(const std::uint8_t* bytes, std::size_t size);

    /// After this nobody can change the content, not even who holds the descriptor.
    Result<FileDescriptor> seal(Seals seals = Seals::Quick) &&;

private:
    SealedDraft(FileDescriptor file, bool sealable) : _file(std::move(file)), _sealable(sealable) {}

    FileDescriptor _file;
    bool _sealable;  // a memfd, not the file in its stead
};

Result<FileDescriptor> sealBytes(const std::string& name, const std::uint8_t* bytes, std::size_t size,
                                 Seals seals = Seals::Quick);

/// The content of a regular file, from its start. Fails with EFBIG where it is longer than `sizeMax`.
Result<FileDescriptor> sealCopy(const std::string& name, const FileDescriptor& source, std::uint64_t sizeMax);

/// The whole file, from its start, wherever its offset is. Fails with EFBIG where it is longer than
/// `sizeMax`.
Result<std::vector<std::uint8_t>> readWhole(const FileDescriptor& file, std::size_t sizeMax);

}  // namespace clustermanager
