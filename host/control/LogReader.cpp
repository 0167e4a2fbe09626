#include "control/LogReader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace clustermanager::control {

namespace {

/// A file is followed by the next younger archive, as far as that is looked for.
constexpr unsigned kArchives = 16;

/// How long a writer may go on with a file that was moved away: it looks once a second.
constexpr Millis kChangeOver{3'000};

std::string archive(const std::string& path, unsigned number)
{
    return path + '.' + std::to_string(number);
}

bool sameFile(const struct stat& one, const struct stat& other)
{
    return one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

struct OpenFile
{
    FileDescriptor file;
    struct stat facts = {};
};

/// O_NONBLOCK: opening a FIFO must not wait for its writer. It means nothing to a regular file.
std::optional<OpenFile> openRegular(const std::string& path)
{
    OpenFile opened;
    opened.file.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (!opened.file || ::fstat(opened.file.get(), &opened.facts) != 0) return std::nullopt;
    errno = EINVAL;
    if (!S_ISREG(opened.facts.st_mode)) return std::nullopt;
    return opened;
}

}  // namespace

LogReader::Opened LogReader::open()
{
    std::optional<OpenFile> opened = openRegular(_path);
    if (!opened) return errno == ENOENT ? Opened::Missing : Opened::Refused;
    _file = std::move(opened->file);
    _facts = opened->facts;
    _position = 0;
    return Opened::Yes;
}

std::uint64_t LogReader::toTail(std::size_t lines)
{
    const auto size = static_cast<std::uint64_t>(std::max<off_t>(_facts.st_size, 0));
    const std::uint64_t bound = size > kTailBytes ? size - kTailBytes : 0;
    std::array<char, 65536> block;  // filled by the kernel
    std::uint64_t begin = size;     // of what was looked at
    std::uint64_t oldest = size;    // beginning of a line that is known
    while (begin > bound && lines > 0)
    {
        const std::size_t wanted = std::min<std::uint64_t>(block.size(), begin - bound);
        const std::size_t count = readAt(block.data(), wanted, begin - wanted);
        if (count != wanted) break;  // truncated meanwhile
        begin -= wanted;
        for (std::size_t i = wanted; i > 0 && lines > 0; --i)
        {
            const std::uint64_t after = begin + i;
            if (block[i - 1] != '\n' || after == size) continue;
            oldest = after;
            --lines;
        }
    }
    _position = lines == 0 ? oldest : begin == 0 || oldest == size ? begin : oldest;
    return size;
}

std::size_t LogReader::read(char* buffer, std::size_t size)
{
    const std::size_t count = readAt(buffer, size, _position);
    _position += count;
    return count;
}

std::size_t LogReader::readAt(char* buffer, std::size_t size, std::uint64_t position) const
{
    if (!_file) return 0;
    const ssize_t count = ::pread(_file.get(), buffer, size, static_cast<off_t>(position));
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

LogReader::Look LogReader::look()
{
    if (!_file) return open() == Opened::Yes ? Look::Other : Look::Nothing;
    if (_complete) return changeOver();
    struct stat named = {};
    const bool exists = ::lstat(_path.c_str(), &named) == 0;
    if (exists && sameFile(named, _facts))
    {
        _replaced.reset();
        if (static_cast<std::uint64_t>(named.st_size) >= _position) return Look::Nothing;
        _position = 0;
        return Look::Other;
    }
    if (successor() == _path && !(exists && writtenTo(named))) return Look::Nothing;
    _complete = true;
    return Look::Again;
}

/// There is one writer: when it has written to the new file it has done with ours.
bool LogReader::writtenTo(const struct stat& newFile)
{
    const TimePoint now = Clock::now();
    if (!_replaced) _replaced = now;
    return newFile.st_size > 0 || now - *_replaced >= kChangeOver;
}

bool LogReader::isOurs(const std::string& path) const
{
    struct stat named = {};
    return ::lstat(path.c_str(), &named) == 0 && sameFile(named, _facts);
}

/// More than one rotation may have passed: then it is an archive too.
std::string LogReader::successor() const
{
    for (unsigned number = 1; number < kArchives; ++number)
        if (isOurs(archive(_path, number))) return archive(_path, number - 1);
    return _path;
}

LogReader::Look LogReader::changeOver()
{
    const std::string path = successor();
    std::optional<OpenFile> opened = openRegular(path);
    // Another rotation may have come between the two looks.
    if (!opened || path != successor()) return Look::Nothing;
    _file = std::move(opened->file);
    _facts = opened->facts;
    _position = 0;
    _replaced.reset();
    _complete = false;
    return Look::Other;
}

}  // namespace clustermanager::control
