#pragma once

#include <Poco/Formatter.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/FileDescriptor.h"
#include "base/SysError.h"
#include "base/Types.h"

namespace clustermanager::child {

/// Opens `path` for appending, close-on-exec, mode 0640, made with its folder where missing. What is not a
/// regular file (a link, a FIFO, a folder, a device), or belongs to another user than root or us, is refused.
Result<FileDescriptor> openForAppend(const std::string& path);

/// One log file that survives whatever happens to its disk, its folder and its writer.
///
/// Invariants:
///  - each line is written by one system call and is whole in the file, or is not in it at all: the rest of a
///    short write is completed or what was written is taken back, and the half line of a predecessor that
///    was killed gets its newline before the next line;
///  - a line that could not be written is counted, and the first line after trouble says how many;
///  - at most `archives` archives beside the file (LogArchives.h).
///
/// One process writes to a file at a time. Not thread-safe, throws nothing, keeps no line in memory.
class LogFile
{
public:
    struct Rotation
    {
        std::uint64_t bytes = 0;  // 0: never
        unsigned archives = 10;
    };

    static constexpr Millis kLookEvery{1'000};

    LogFile() = default;
    /// Looks at most every `lookEvery` whether the file was moved, deleted or truncated.
    LogFile(std::string path, Rotation rotation, Millis lookEvery = kLookEvery)
        : _path(std::move(path)), _rotation(rotation), _lookEvery(lookEvery)
    {}

    /// The next line goes to this file.
    void setPath(const std::string& path);
    void setRotation(Rotation rotation) { _rotation = rotation; }
    /// What the line about lost ones looks like; without one it is our line of text.
    void setFormatter(Poco::Formatter::Ptr formatter) { _formatter = std::move(formatter); }
    const std::string& path() const { return _path; }
    Rotation rotation() const { return _rotation; }

    /// Writes `line` and a newline. Opens the file where it is not open; looks at most once a second whether
    /// it was moved, deleted or truncated. False: it was dropped and counted.
    bool writeLine(std::string_view line) noexcept;

    /// Opens the file where it is not open. What stands in the way, or nothing.
    std::optional<SysError> tryOpen();

    /// Closes the file; the next line opens it again by its path.
    void reopen() noexcept
    {
        _readable = -1;
        _file.reset();
    }

    /// The last whole lines since the file was opened, as many as fit into `size`; returns their bytes. May
    /// be called in a signal handler, whatever this thread or another was doing here.
    std::size_t lastLines(char* to, std::size_t size) const noexcept;

    /// Lines lost since this object was made.
    std::uint64_t dropped() const noexcept { return _dropped; }

private:
    bool ready(std::size_t bytes);
    bool readyFile();
    void lookAgain();
    bool isStillThere() const;
    void rotate();
    bool sayWhatWasLost();
    bool append(std::string_view line);
    void takeBack(std::size_t bytes);
    void noteTrouble(SysError reason);

    std::string _path;
    Rotation _rotation;
    Millis _lookEvery = kLookEvery;
    Poco::Formatter::Ptr _formatter;
    FileDescriptor _file;
    std::uint64_t _size = 0;
    std::atomic<int> _readable{-1};           // the same descriptor, once _openedAt is right
    std::atomic<std::uint64_t> _openedAt{0};  // its size when it was opened
    bool _torn = false;                       // the file does not end in a newline
    TimePoint _lookedAt{};
    TimePoint _rotationRetry{};
    std::uint64_t _dropped = 0;
    std::uint64_t _unreported = 0;  // of _dropped
    SysError _trouble;              // why the last line was dropped
};

}  // namespace clustermanager::child
