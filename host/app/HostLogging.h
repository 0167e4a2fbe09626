#pragma once

#include <Poco/Channel.h>
#include <Poco/ErrorHandler.h>

#include <cstdint>
#include <mutex>
#include <string>

#include "base/FileDescriptor.h"
#include "config/HostConfig.h"
#include "core/LogLevel.h"

namespace clustermanager::app {

/// The master's console: standard error, one write a record. A reader that does not read (a full pipe, a
/// stopped terminal) costs the record, never the caller's time; the next one that fits says how many were
/// lost.
class StderrChannel : public Poco::Channel
{
public:
    void log(const Poco::Message& message) override;

protected:
    ~StderrChannel() override = default;

private:
    void open() override;
    std::size_t write(const std::string& text);

    std::mutex _mutex;  // guards what follows
    bool _opened = false;
    bool _socket = false;
    FileDescriptor _own;
    bool _torn = false;  // guarded by _mutex: a line was cut, so the next one begins with a newline
    std::uint64_t _dropped = 0;
};

/// Exceptions that Poco's threads would swallow go to the log.
class LoggingErrorHandler : public Poco::ErrorHandler
{
public:
    void exception(const Poco::Exception& problem) override;
    void exception(const std::exception& problem) override;
    void exception() override;
};

/// The loggers of the master, before and without any logging.* key: everything to standard error.
void logToStderr(core::LogLevel level);

/// Everything to LOGFOLDER/clustermanager.log: a daemon has no standard error that anybody reads.
void logToFile(const config::DefaultLog& log);

/// The level of a logger ("": all), now and for those made later.
void applyLogLevel(const std::string& logger, core::LogLevel level);

}  // namespace clustermanager::app
