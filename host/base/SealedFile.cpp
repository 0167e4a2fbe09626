#include "base/SealedFile.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

namespace clustermanager {

namespace {

constexpr std::size_t kChunkBytes = 65'536;

/// Reads at `offset` into the buffer. 0 is the end.
Result<std::size_t> readAt(const FileDescriptor& file, std::vector<std::uint8_t>& buffer,
                           std::uint64_t offset)
{
    while (true)
    {
        const ssize_t got = ::pread(file.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return SysError{"pread", "", errno};
    }
}

/// Hands the content to `take(bytes, size)`, which answers with a SysError to stop.
template <class Take>
std::optional<SysError> readChunks(const FileDescriptor& file, std::uint64_t sizeMax, Take take)
{
    std::vector<std::uint8_t> buffer(kChunkBytes);
    for (std::uint64_t offset = 0;;)
    {
        const Result<std::size_t> got = readAt(file, buffer, offset);
        if (!got) return got.error();
        if (got.value() == 0) return std::nullopt;
        offset += got.value();
        if (offset > sizeMax) return SysError{"read", "", EFBIG};
        if (std::optional<SysError> refused = take(buffer.data(), got.value())) return refused;
    }
}

}  // namespace

Result<SealedDraft> SealedDraft::open(const std::string& name)
{
    FileDescriptor memory(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (memory) return SealedDraft(std::move(memory), true);
    if (errno != ENOSYS && errno != EPERM && errno != EACCES) return SysError{"memfd_create", name, errno};

    const char* configured = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): read only
    const std::string folder = configured != nullptr && *configured != '\0' ? configured : "/tmp";
    FileDescriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file) return SysError{"open a temporary file in", folder, errno};
    return SealedDraft(std::move(file), false);
}

std::optional<SysError> SealedDraft::append(const std::uint8_t* bytes, std::size_t size)
{
    while (size > 0)
    {
        const ssize_t written = ::write(_file.get(), bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return SysError{"write", "sealed copy", errno};
        bytes += written;
        size -= static_cast<std::size_t>(written);
    }
    return std::nullopt;
}

Result<FileDescriptor> SealedDraft::seal(Seals seals) &&
{
    if (_sealable)
    {
        const int writing = seals == Seals::Journal ? F_SEAL_WRITE : F_SEAL_FUTURE_WRITE;
        if (::fcntl(_file.get(), F_ADD_SEALS, writing | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
            return SysError{"fcntl(F_ADD_SEALS)", "", errno};
        return std::move(_file);
    }
    // It has no name. But the loader opens it again by its descriptor, maybe as another user.
    if (::fchmod(_file.get(), S_IRUSR | S_IRGRP | S_IROTH) != 0) return SysError{"fchmod", "", errno};
    const std::string path = "/proc/self/fd/" + std::to_string(_file.get());
    FileDescriptor readOnly(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!readOnly) return SysError{"open", path, errno};
    return readOnly;
}

Result<FileDescriptor> sealBytes(const std::string& name, const std::uint8_t* bytes, std::size_t size,
                                 Seals seals)
{
    Result<SealedDraft> draft = SealedDraft::open(name);
    if (!draft) return draft.error();
    if (std::optional<SysError> failed = draft.value().append(bytes, size)) return *failed;
    return std::move(draft.value()).seal(seals);
}

Result<FileDescriptor> sealCopy(const std::string& name, const FileDescriptor& source, std::uint64_t sizeMax)
{
    Result<SealedDraft> draft = SealedDraft::open(name);
    if (!draft) return draft.error();
    std::optional<SysError> failed =
        readChunks(source, sizeMax, [&](const std::uint8_t* bytes, std::size_t size) {
            return draft.value().append(bytes, size);
        });
    if (failed) return *failed;
    return std::move(draft.value()).seal();
}

Result<std::vector<std::uint8_t>> readWhole(const FileDescriptor& file, std::size_t sizeMax)
{
    std::vector<std::uint8_t> content;
    std::optional<SysError> failed = readChunks(
        file, sizeMax, [&](const std::uint8_t* bytes, std::size_t size) -> std::optional<SysError> {
            content.insert(content.end(), bytes, bytes + size);
            return std::nullopt;
        });
    if (failed) return *failed;
    return content;
}

}  // namespace clustermanager
