#pragma once

#include <Poco/Channel.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "child/LogFile.h"

namespace clustermanager::child {

/// The Poco channel of a child's log file: a LogFile with FileChannel's property names.
///
///     path         the file
///     rotation     "never", a size ("50 M", "100 K", "1 G", plain bytes)
///     archive      "number", the only one
///     purgeCount   archives kept, "none": without limit
///
/// FileChannel's other properties are refused with a text that names them, except `flush`, which has no
/// meaning here: each record is written at once.
///
/// log() never throws and may be called from any thread; the lock is held over our own system calls only.
class ChildFileChannel : public Poco::Channel
{
public:
    ChildFileChannel() : ChildFileChannel(LogFile::Rotation{}) {}
    explicit ChildFileChannel(LogFile::Rotation rotation);

    /// `path` gives the path when it is first wanted: with the first record, or when it is asked for.
    ChildFileChannel(LogFile::Rotation rotation, std::function<std::string()> path);
    ChildFileChannel(const ChildFileChannel&) = delete;
    ChildFileChannel& operator=(const ChildFileChannel&) = delete;

    void log(const Poco::Message& message) override;
    /// The first record does it as well. Throws Poco::OpenFileException where the file cannot be opened.
    void open() override;
    void close() override { reopen(); }

    void setProperty(const std::string& name, const std::string& value) override;
    std::string getProperty(const std::string& name) const override;

    void setPath(const std::string& path);
    void setRotation(LogFile::Rotation rotation);
    /// What the records look like that are written here, for those of the channel itself.
    void setFormatter(const Poco::Formatter::Ptr& formatter);

    /// The next record opens the file again by its path, as after a logrotate.
    void reopen() noexcept;

    std::uint64_t dropped() const;

    /// LogFile::lastLines() of the channel that was last logged to. For a signal handler.
    static std::size_t latestLines(char* to, std::size_t size) noexcept;

protected:
    ~ChildFileChannel() override;

private:
    void findPath() const;

    mutable std::mutex _mutex;
    mutable LogFile _file;                               // guarded by _mutex
    mutable std::function<std::string()> _pathToBeMade;  // guarded by _mutex; empty: _file has its path
    static std::atomic<ChildFileChannel*> _latest;  // written to where it changes alone: its page is shared
};

}  // namespace clustermanager::child
