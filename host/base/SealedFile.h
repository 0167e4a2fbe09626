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

/// A sealed file in the making, for content that comes in pieces.
class SealedDraft
{
public:
    /// `name` is for the eyes of an operator (it shows in /proc/PID/maps).
    static Result<SealedDraft> open(const std::string& name);

    std::optional<SysError> append(const std::uint8_t* bytes, std::size_t size);

    /// After this nobody can change the content, not even who holds the descriptor.
    Result<FileDescriptor> seal() &&;

private:
    SealedDraft(FileDescriptor file, bool sealable) : _file(std::move(file)), _sealable(sealable) {}

    FileDescriptor _file;
    bool _sealable;  // a memfd, not the file in its stead
};

Result<FileDescriptor> sealBytes(const std::string& name, const std::uint8_t* bytes, std::size_t size);

/// The content of a regular file, from its start. Fails with EFBIG where it is longer than `sizeMax`.
Result<FileDescriptor> sealCopy(const std::string& name, const FileDescriptor& source, std::uint64_t sizeMax);

/// The whole file, from its start, wherever its offset is. Fails with EFBIG where it is longer than
/// `sizeMax`.
Result<std::vector<std::uint8_t>> readWhole(const FileDescriptor& file, std::size_t sizeMax);

}  // namespace clustermanager
