#include "child/LogFile.h"

#include <Poco/Message.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/StandardError.h"
#include "child/LogArchives.h"
#include "child/LogText.h"

namespace clustermanager::child {

namespace {

/// mkdir -p of the folder of `path`. Whether it worked is seen by the open that follows.
void makeFolderOf(const std::string& path)
{
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
        (void)::mkdir(path.substr(0, slash).c_str(), 0750);
}

/// O_NONBLOCK: opening a FIFO must not wait for its reader. It means nothing to a regular file. Reading is
/// needed to see whether the last line is whole.
int openAppending(const std::string& path)
{
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                  0640);
}

const char* refusalOf(const struct stat& facts)
{
    if (!S_ISREG(facts.st_mode)) return "refused, as it is not a regular file";
    if (facts.st_uid != ::geteuid() && facts.st_uid != 0) return "refused, as it belongs to another user";
    return nullptr;
}

bool endsInNewline(int fd, std::uint64_t size)
{
    char last = '\n';
    return size == 0 || ::pread(fd, &last, 1, static_cast<off_t>(size - 1)) != 1 || last == '\n';
}

using Parts = std::array<iovec, 3>;

void skip(Parts& parts, std::size_t bytes)
{
    for (iovec& part : parts)
    {
        const std::size_t done = std::min(bytes, part.iov_len);
        part.iov_base = static_cast<char*>(part.iov_base) + done;
        part.iov_len -= done;
        bytes -= done;
    }
}

/// Returns how many of the `total` bytes were written; errno says why it were not all.
std::size_t writeAll(int fd, Parts& parts, std::size_t total)
{
    std::size_t written = 0;
    while (written < total)
    {
        const ssize_t step = ::writev(fd, parts.data(), static_cast<int>(parts.size()));
        if (step < 0 && errno == EINTR) continue;
        if (step == 0) errno = EIO;
        if (step <= 0) break;
        written += static_cast<std::size_t>(step);
        skip(parts, static_cast<std::size_t>(step));
    }
    return written;
}

}  // namespace

Result<FileDescriptor> openForAppend(const std::string& path)
{
    int fd = openAppending(path);
    if (fd < 0 && errno == ENOENT)
    {
        makeFolderOf(path);
        fd = openAppending(path);
    }
    if (fd < 0 && (errno == ELOOP || errno == ENXIO || errno == EISDIR))
        return SysError{"refused, as it is not a regular file: open", path, errno};
    if (fd < 0) return SysError{"open", path, errno};

    FileDescriptor file(fd);
    struct stat facts = {};
    if (::fstat(fd, &facts) != 0) return SysError{"fstat", path, errno};
    if (const char* refusal = refusalOf(facts))
        return SysError{std::string(refusal) + ": open", path, EINVAL};
    return file;
}

void LogFile::setPath(const std::string& path)
{
    if (path == _path) return;
    _path = path;
    reopen();
}

bool LogFile::writeLine(std::string_view line) noexcept
{
    try
    {
        if (ready(line.size() + 1) && sayWhatWasLost() && append(line)) return true;
    }
    catch (...)
    {
        _trouble = SysError{};  // no memory for an error's text: the count says enough
    }
    ++_dropped;
    ++_unreported;
    return false;
}

bool LogFile::ready(std::size_t bytes)
{
    lookAgain();
    if (!readyFile()) return false;
    const bool full = _rotation.bytes != 0 && _size != 0 && _size + bytes > _rotation.bytes;
    if (!full || Clock::now() < _rotationRetry) return true;
    rotate();
    return readyFile();
}

bool LogFile::readyFile()
{
    std::optional<SysError> trouble = tryOpen();
    if (trouble) noteTrouble(std::move(*trouble));
    return !trouble;
}

std::optional<SysError> LogFile::tryOpen()
{
    if (_file) return std::nullopt;
    Result<FileDescriptor> file = openForAppend(_path);
    if (!file) return file.error();
    struct stat facts = {};
    if (::fstat(file.value().get(), &facts) != 0) return SysError{"fstat", _path, errno};
    _file = std::move(file.value());
    _size = static_cast<std::uint64_t>(facts.st_size);
    _openedAt = _size;
    _readable = _file.get();
    _torn = !endsInNewline(_file.get(), _size);
    _lookedAt = Clock::now();
    return std::nullopt;
}

std::size_t LogFile::lastLines(char* to, std::size_t size) const noexcept
{
    const int fd = _readable;
    const std::uint64_t from = _openedAt;
    struct stat facts = {};
    if (fd < 0 || ::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) return 0;
    const auto end = static_cast<std::uint64_t>(facts.st_size);
    if (end <= from) return 0;
    const bool cut = end - from > size;
    const std::uint64_t start = cut ? end - size : from;
    const ssize_t got = ::pread(fd, to, static_cast<std::size_t>(end - start), static_cast<off_t>(start));
    if (got <= 0) return 0;
    const auto bytes = static_cast<std::size_t>(got);
    if (!cut) return bytes;
    std::size_t skipped = 0;
    while (skipped < bytes && to[skipped] != '\n') ++skipped;
    if (skipped == bytes) return 0;
    ++skipped;
    for (std::size_t i = skipped; i < bytes; ++i) to[i - skipped] = to[i];
    return bytes - skipped;
}

void LogFile::lookAgain()
{
    if (!_file) return;
    const TimePoint now = Clock::now();
    if (now - _lookedAt < _lookEvery) return;
    _lookedAt = now;
    struct stat facts = {};
    if (!isStillThere())
        reopen();
    else if (::fstat(_file.get(), &facts) == 0)
        _size = static_cast<std::uint64_t>(facts.st_size);  // others may truncate it
}

bool LogFile::isStillThere() const
{
    struct stat open = {};
    struct stat named = {};
    return ::fstat(_file.get(), &open) == 0 && ::lstat(_path.c_str(), &named) == 0 &&
           open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

void LogFile::rotate()
{
    if (archiveLog(_path, _rotation.archives))
        reopen();
    else  // a file that is too long is better than none
        _rotationRetry = Clock::now() + _lookEvery;
}

bool LogFile::sayWhatWasLost()
{
    if (_unreported == 0) return true;
    const std::string what =
        std::to_string(_unreported) + " records dropped" + (_trouble.code == 0 ? "" : ": " + _trouble.text());
    std::string line;
    const Poco::Message notice("log", what, Poco::Message::PRIO_WARNING);
    if (_formatter)
        _formatter->format(notice, line);
    else
        LineFormatter().format(notice, line);
    if (!append(plainLogText(line))) return false;
    _unreported = 0;
    return true;
}

bool LogFile::append(std::string_view line)
{
    char newline = '\n';
    const std::size_t before = _torn ? 1 : 0;
    const std::size_t total = before + line.size() + 1;
    Parts parts{{{&newline, before}, {const_cast<char*>(line.data()), line.size()}, {&newline, 1}}};
    const std::size_t written = writeAll(_file.get(), parts, total);
    const int problem = errno;
    if (written == total)
    {
        _torn = false;
        _size += written;
        return true;
    }
    if (written != 0) takeBack(written);
    noteTrouble(SysError{"write", _path, problem});
    if (problem != ENOSPC && problem != EDQUOT && problem != EFBIG) reopen();  // a stale or broken descriptor
    return false;
}

void LogFile::takeBack(std::size_t bytes)
{
    const off_t end = ::lseek(_file.get(), 0, SEEK_CUR);  // O_APPEND: where our own last write ended
    const off_t start = end - static_cast<off_t>(bytes);
    if (end >= 0 && start >= 0 && ::ftruncate(_file.get(), start) == 0) return;
    _torn = true;
    _size += bytes;
}

void LogFile::noteTrouble(SysError reason)
{
    const bool isNew = _unreported == 0 || _trouble.code != reason.code;
    _trouble = std::move(reason);
    if (!isNew) return;
    tellStandardError("log: " + _trouble.text() +
                      "; records are dropped and counted until it can be written");
}

}  // namespace clustermanager::child
