#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/FileDescriptor.h"
#include "base/Types.h"

namespace clustermanager::control {

/// Reads a log file that another process writes to, from near its end, and on through what happens to it:
/// truncation, and rotation by renaming, be it the writer's own (FILE.0 is the youngest archive) or
/// anybody's. Only regular files are read, and no symbolic link.
///
/// It looks at the file when it is asked; a watch of the kernel's would be one more thing of which there are
/// few, shared with all others of our user, and would still need these looks. May wait for the disk. Not
/// thread-safe.
class LogReader
{
public:
    /// The furthest that toTail() goes back.
    static constexpr std::uint64_t kTailBytes = std::uint64_t{4} * 1024 * 1024;

    explicit LogReader(std::string path) : _path(std::move(path)) {}

    enum class Opened : std::uint8_t
    {
        Yes,
        Missing,
        Refused  // no regular file, or not for us
    };
    /// At its beginning.
    Opened open();

    /// So many lines before its end, or as many as kTailBytes hold. Returns where the end is.
    /// REQUIRES: it is open.
    std::uint64_t toTail(std::size_t lines);

    /// The bytes that come next; 0: there are none now.
    std::size_t read(char* buffer, std::size_t size);
    /// Where the next byte is.
    std::uint64_t position() const { return _position; }

    enum class Look : std::uint8_t
    {
        Nothing,  // there is nothing new
        Again,    // read() once more
        Other     // read() goes on in another file, or at the beginning of this one: the last line has ended
    };
    /// Looks for what has come when read() gave nothing.
    Look look();

private:
    std::size_t readAt(char* buffer, std::size_t size, std::uint64_t position) const;
    bool isOurs(const std::string& path) const;
    std::string successor() const;
    bool writtenTo(const struct stat& newFile);
    Look changeOver();

    std::string _path;
    FileDescriptor _file;
    struct stat _facts = {};  // of the file, when it was opened: which one it is
    std::uint64_t _position = 0;
    std::optional<TimePoint> _replaced;  // since when the path is another file's
    bool _complete = false;              // ... and nobody writes to this one any more
};

}  // namespace clustermanager::control
