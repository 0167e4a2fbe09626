#include "base/FileDescriptor.h"

#include <unistd.h>

namespace clustermanager {

void FileDescriptor::reset(int fd) noexcept
{
    if (_fd >= 0) (void)::close(_fd);
    _fd = fd;
}

}  // namespace clustermanager
