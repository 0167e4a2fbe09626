#include "child/OutputFile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "child/LogArchives.h"

namespace clustermanager::child {

namespace {

constexpr int kOutputs[] = {STDOUT_FILENO, STDERR_FILENO};

}  // namespace

std::string OutputFile::open(std::string path, LogFile::Rotation rotation)
{
    _path = std::move(path);
    _rotation = rotation;
    return reopen();
}

std::string OutputFile::reopen()
{
    if (_path.empty()) return "";
    const Result<FileDescriptor> file = openForAppend(_path);
    if (!file) return file.error().text();
    // O_NONBLOCK was for the opening only; whoever inherits these two should find plain ones.
    (void)::fcntl(file.value().get(), F_SETFL, O_APPEND);
    for (const int output : kOutputs)
    {
        const bool ours = _file.inode == 0 || FileIdentity::of(output) == _file;
        if (ours && ::dup2(file.value().get(), output) < 0) return SysError{"dup2", _path, errno}.text();
    }
    _file = FileIdentity::of(file.value().get());
    return "";
}

std::string OutputFile::rotateWhenFull()
{
    if (_rotation.bytes == 0) return "";
    for (const int output : kOutputs)
    {
        if (!(FileIdentity::of(output) == _file)) continue;
        struct stat facts = {};
        if (::fstat(output, &facts) != 0 || static_cast<std::uint64_t>(facts.st_size) <= _rotation.bytes)
            return "";
        // Without a descriptor for a new one it would go on in the archive.
        FileDescriptor room(::fcntl(output, F_DUPFD_CLOEXEC, 0));
        if (!room) return "";
        room.reset();
        // One that was moved away already is nobody's to archive.
        if (_file.isAt(_path) && !archiveLog(_path, _rotation.archives)) return "";
        return reopen();
    }
    return "";
}

}  // namespace clustermanager::child
