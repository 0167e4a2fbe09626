#include "app/PidFile.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/FileIdentity.h"
#include "base/SysError.h"
#include "runtime/StartError.h"

namespace clustermanager::app {
namespace {

constexpr int kUnavailable = 69;
constexpr int kCannotCreate = 73;

[[noreturn]] void fail(const std::string& path, const std::string& why, int exitCode = kCannotCreate)
{
    throw runtime::StartError(exitCode, "pid file '" + path + "': " + why);
}

}  // namespace

PidFile::PidFile(const std::string& path)
    : _path(path), _file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644))
{
    if (!_file) fail(path, errno == ELOOP ? "it is a symbolic link" : errnoText(errno));
    struct stat facts = {};
    if (::fstat(_file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) fail(path, "it is not a regular file");
    if (::flock(_file.get(), LOCK_EX | LOCK_NB) != 0)
        fail(path, "another running process holds it", kUnavailable);
    struct stat named = {};
    if (::stat(path.c_str(), &named) != 0 || named.st_ino != facts.st_ino || named.st_dev != facts.st_dev)
        fail(path, "another process has just removed it; try again", kUnavailable);

    const std::string text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(_file.get(), 0) != 0 ||
        ::write(_file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        fail(path, errnoText(errno));
}

PidFile::~PidFile()
{
    if (FileIdentity::of(_file.get()).isAt(_path)) (void)::unlink(_path.c_str());
}

}  // namespace clustermanager::app
