#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/SysError.h"

/// Files without a name whose content can never change: what one process reads or maps is what another one
/// wrote and checked. A memfd with all seals; where the kernel or a filter refuses memfd_create, an unlinked
/// file in the folder for temporary files, open for reading only. Either can be loaded through /proc/self/fd.
namespace clustermanager {

/// `name` is for the eyes of an operator (it shows in /proc/PID/maps).
Result<FileDescriptor> sealBytes(const std::string& name, const std::uint8_t* bytes, std::size_t size);

/// The content of a regular file, from its start. Fails with EFBIG where it is longer than `sizeMax`.
Result<FileDescriptor> sealCopy(const std::string& name, const FileDescriptor& source, std::uint64_t sizeMax);

/// The whole file, from its start, wherever its offset is. Fails with EFBIG where it is longer than
/// `sizeMax`.
Result<std::vector<std::uint8_t>> readWhole(const FileDescriptor& file, std::size_t sizeMax);

}  // namespace clustermanager
