#include "config/BoundedFile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/FileDescriptor.h"
#include "base/SysError.h"

namespace clustermanager::config {

namespace {

std::string fileKind(mode_t mode)
{
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

std::string failure(const std::string& operation, const std::string& path)
{
    return SysError{operation, path, errno}.text();
}

/// Reads to the end, but not more than one byte beyond the limit.
std::optional<std::string> readUpTo(int fd, std::size_t limit)
{
    std::string content;
    while (content.size() <= limit)
    {
        char buffer[4096];
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        content.append(buffer, static_cast<std::size_t>(got));
    }
    return content;
}

bool sameState(const struct stat& before, const struct stat& after)
{
    return before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
           before.st_mtim.tv_nsec == after.st_mtim.tv_nsec;
}

}  // namespace

std::variant<BoundedFile, std::string> readBoundedFile(const std::string& path, std::size_t limit)
{
    // Without O_NONBLOCK the open of a FIFO waits for a writer that may never come.
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) return failure("open", path);

    struct stat before = {};
    if (::fstat(file.get(), &before) != 0) return failure("stat", path);
    if (!S_ISREG(before.st_mode)) return "'" + path + "' is " + fileKind(before.st_mode) + ", not a file";

    std::optional<std::string> content = readUpTo(file.get(), limit);
    if (!content) return failure("read", path);
    if (content->size() > limit)
        return "'" + path + "' is larger than the limit of " + std::to_string(limit) + " bytes";

    struct stat after = {};
    if (::fstat(file.get(), &after) != 0) return failure("stat", path);
    if (!sameState(before, after)) return "'" + path + "' was changed while it was read: try again";
    return BoundedFile{std::move(*content), before.st_mode, before.st_uid};
}

}  // namespace clustermanager::config
