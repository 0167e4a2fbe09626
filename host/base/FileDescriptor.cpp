#include "base/FileDescriptor.h"

#include <fcntl.h>
#include <unistd.h>

namespace clustermanager {

void FileDescriptor::reset(int fd) noexcept
{
    if (_fd >= 0) (void)::close(_fd);
    _fd = fd;
}

std::vector<HandedFd> handed(const std::vector<FileDescriptor>& fds)
{
    std::vector<HandedFd> numbers;
    numbers.reserve(fds.size());
    for (const FileDescriptor& fd : fds) numbers.push_back(handed(fd));
    return numbers;
}

FileDescriptor adopt(HandedFd fd)
{
    if (fd.number >= 0) (void)::fcntl(fd.number, F_SETFD, FD_CLOEXEC);
    return FileDescriptor(fd.number);
}

std::vector<FileDescriptor> adopt(const std::vector<HandedFd>& fds)
{
    std::vector<FileDescriptor> owned;
    owned.reserve(fds.size());
    for (const HandedFd fd : fds) owned.push_back(adopt(fd));
    return owned;
}

}  // namespace clustermanager
