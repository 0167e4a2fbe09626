#include "base/FileDescriptor.h"

#include <fcntl.h>
#include <unistd.h>

namespace clustermanager {

void FileDescriptor::reset(int fd) noexcept
{
    if (_fd >= 0) (void)::close(_fd);
    _fd = fd;
}

FileDescriptor adopt(HandedFd fd)
{
    if (fd.number >= 0) (void)::fcntl(fd.number, F_SETFD, FD_CLOEXEC);
    return FileDescriptor(fd.number);
}

}  // namespace clustermanager
