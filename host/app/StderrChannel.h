#pragma once

#include <Poco/Channel.h>
#include <Poco/Formatter.h>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/FileDescriptor.h"

namespace clustermanager::app {

/// The master's console: standard error, one write a record. A reader that does not read (a full pipe, a
/// stopped terminal) costs the record, never the caller's time; the next one that fits says how many were
/// lost. Where standard error leads to the journal, each line begins with its priority in the way of
/// sd-daemon(3), so that the journal knows it.
class StderrChannel : public Poco::Channel
{
public:
    /// The longest line without its newline: what a pipe takes whole where it takes anything.
    static constexpr std::size_t kLineMax = PIPE_BUF - 1;

    void log(const Poco::Message& message) override;

    /// What the record about lost ones looks like; without one it is the plain text.
    void setFormatter(Poco::Formatter::Ptr formatter);

protected:
    ~StderrChannel() override = default;

private:
    void open() override;
    std::string line(const Poco::Message& message, const std::string& text) const;
    std::string losses() const;
    std::size_t write(const std::string& text);

    std::mutex _mutex;  // guards what follows
    bool _opened = false;
    bool _socket = false;
    bool _journal = false;
    Poco::Formatter::Ptr _formatter;
    FileDescriptor _own;
    bool _torn = false;  // guarded by _mutex: a line was cut, so the next one begins with a newline
    std::uint64_t _dropped = 0;
};

}  // namespace clustermanager::app
