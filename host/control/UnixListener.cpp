#include "control/UnixListener.h"

#include <Poco/Exception.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/ListenSocket.h"
#include "base/SysError.h"

namespace clustermanager::control {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& why, int code)
{
    throw Poco::IOException("The control socket '" + path + "' cannot be opened: " + why, code);
}

/// What an operator can do about it.
std::string sentence(const SysError& problem)
{
    switch (problem.code)
    {
    case ENAMETOOLONG: return "the path must have 1 to 107 bytes; set a shorter controlSocket.";
    case ENOTSOCK: return "something that is no socket is there; remove it or set another controlSocket.";
    case EADDRINUSE: return "another host is running on it; stop that one or set another controlSocket.";
    default: return problem.text() + ".";
    }
}

std::string folderOf(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// Two hosts that start at once would otherwise both find a dead host's file, and the second would remove the
/// first one's new one. The lock lives as long as the descriptor.
FileDescriptor lockFolder(const std::string& path)
{
    const std::string folder = folderOf(path);
    FileDescriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock) fail(path, "the folder '" + folder + "' cannot be used (" + errnoText(errno) + ").", errno);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        fail(path, "another host is just starting in '" + folder + "'; try again.", EADDRINUSE);
    return lock;
}

}  // namespace

FileDescriptor UnixListener::listen()
{
    if (_path.empty() || _path.size() >= sizeof sockaddr_un{}.sun_path ||
        _path.find('\0') != std::string::npos)
        fail(_path, sentence({"bind", _path, ENAMETOOLONG}), ENAMETOOLONG);
    makeFolder();
    const FileDescriptor lock = lockFolder(_path);
    Result<FileDescriptor> socket = listenUnix(_path, _rights.mode, _rights.group);
    if (!socket) fail(_path, sentence(socket.error()), socket.error().code);
    struct stat made
    {};
    if (::lstat(_path.c_str(), &made) != 0) fail(_path, errnoText(errno) + ".", errno);
    _file = {made.st_dev, made.st_ino};
    if ((made.st_mode & 0777U & ~_rights.mode) != 0)
        fail(_path, "its folder gives new files more rights than asked for; set another controlSocket.",
             EPERM);
    return std::move(socket.value());
}

void UnixListener::makeFolder() const
{
    const std::string folder = folderOf(_path);
    if (::mkdir(folder.c_str(), 0700) != 0)
    {
        if (errno == EEXIST) return;
        fail(_path,
             "the folder '" + folder + "' does not exist and cannot be made (" + errnoText(errno) + ").",
             errno);
    }
    if ((_rights.mode & 0077U) == 0) return;
    const mode_t pass =
        0700U | ((_rights.mode & 0060U) != 0 ? 0010U : 0U) | ((_rights.mode & 0006U) != 0 ? 0001U : 0U);
    const FileDescriptor made(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const bool given = !_rights.group || ::fchown(made.get(), static_cast<uid_t>(-1), *_rights.group) == 0;
    if (!given || ::fchmod(made.get(), pass) != 0)
        fail(_path, "the folder '" + folder + "' cannot be given to its group (" + errnoText(errno) + ").",
             errno);
}

void UnixListener::change(const SocketRights& rights)
{
    _rights = rights;
    if (!intact()) return;  // it will be made again with them
    if (const Result<int> done = setRights(_path, rights.mode, rights.group); !done)
        fail(_path, done.error().text() + ".", done.error().code);
}

void UnixListener::remove() noexcept
{
    if (intact()) (void)::unlink(_path.c_str());
    _file = {};
}

}  // namespace clustermanager::control
