#include "app/LogFolderClaim.h"

#include <fcntl.h>

namespace clustermanager::app {
namespace {

struct flock wholeFile(short type)
{
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

}  // namespace

LogFolderClaim::LogFolderClaim(const std::string& folder)
    : _folder(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
{
    if (!_folder) return;
    struct flock ours = wholeFile(F_RDLCK);
    if (::fcntl(_folder.get(), F_OFD_SETLK, &ours) != 0) return;
    // Nobody takes a write lock: asking who would be in its way tells of the other readers.
    struct flock others = wholeFile(F_WRLCK);
    _shared = ::fcntl(_folder.get(), F_OFD_GETLK, &others) == 0 && others.l_type != F_UNLCK;
}

}  // namespace clustermanager::app
