#pragma once

#include <utility>
#include <vector>

namespace clustermanager {

/// Sole owner of one open file descriptor.
///
/// Invariants:
///  - holds -1 or a descriptor nobody else closes;
///  - every descriptor that enters here is close-on-exec. What another process may have is passed
///    explicitly (SCM_RIGHTS, or a file action of the spawner's exec) and never left to chance.
///
/// Move-only. Not thread-safe: hand the object over, do not share it.
class FileDescriptor
{
public:
    FileDescriptor() noexcept = default;
    explicit FileDescriptor(int fd) noexcept : _fd(fd) {}
    ~FileDescriptor() { reset(); }

    FileDescriptor(FileDescriptor&& other) noexcept : _fd(other.release()) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept
    {
        if (this != &other) reset(other.release());
        return *this;
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    explicit operator bool() const noexcept { return _fd >= 0; }
    int get() const noexcept { return _fd; }
    int release() noexcept { return std::exchange(_fd, -1); }

    /// Closes what is held, then holds `fd`. An error of close(2) is ignored on purpose: on Linux
    /// the descriptor is gone even after EINTR, so closing again could hit somebody else's file.
    void reset(int fd = -1) noexcept;

private:
    int _fd = -1;
};

/// The number of a descriptor on its way into another process image of this process: whoever holds it owns
/// nothing. -1: none.
struct HandedFd
{
    int number = -1;
};
inline HandedFd handed(const FileDescriptor& fd)
{
    return {fd.get()};
}
std::vector<HandedFd> handed(const std::vector<FileDescriptor>& fds);

/// Owns it from now on, close-on-exec again.
FileDescriptor adopt(HandedFd fd);
std::vector<FileDescriptor> adopt(const std::vector<HandedFd>& fds);

}  // namespace clustermanager
