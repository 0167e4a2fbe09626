#pragma once

#include <sys/types.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "core/Ports.h"
#include "link/HistoryLink.h"

namespace clustermanager::history {

/// The history cannot be read or written, and why.
class HistoryError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

struct Limits
{
    std::uint64_t rows = 100'000;
    Millis age{30LL * 24 * 3'600'000};
};

/// The program host/historian. It is opened once, so that a host goes on with what it was installed with.
class HistoryProgram
{
public:
    static constexpr const char* kName = "clustermanager-history";

    /// "/proc/self/fd/N". Throws HistoryError where it is not there.
    std::string path();

private:
    FileDescriptor _file;
};

/// The process that has the database open. It ends with this object, and with the master.
///
/// Threading: one thread at a time. It may wait for the disk, but not for ever. What fails is thrown as a
/// HistoryError; then it is of no use any more.
class HistoryProcess
{
public:
    HistoryProcess(HistoryProgram& program, const std::string& path, Limits limits);
    ~HistoryProcess();
    HistoryProcess(const HistoryProcess&) = delete;
    HistoryProcess& operator=(const HistoryProcess&) = delete;

    /// Whether it is no more, although nobody has ended it.
    bool hasEnded() const;

    /// All of them or none.
    void append(std::vector<link::HistoryRow> rows);
    /// Takes away what is beyond the limits.
    void prune(WallTime now);
    /// Each as it was appended; the newest `limit` that fit, the oldest of these first.
    std::vector<std::string> find(const core::HistoryFilter& filter);

private:
    std::vector<std::string> ask(const link::HistoryRequest& request);

    link::HistoryLink _link;
    FileDescriptor _process;  // a pidfd: its number may be somebody else's once the master has reaped it
};

}  // namespace clustermanager::history
