#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/Types.h"
#include "core/LogLevel.h"
#include "core/Occurrence.h"
#include "core/Snapshot.h"

/// All that threads of the control port see of the master.
namespace clustermanager::core {

// --- commands ---

/// Stop children gracefully; with autoRestart they come back. Nothing set: every child.
struct ExitCommand
{
    std::optional<ChildId> child;
    std::string group;  // "": not narrowed
};

struct LogLevelCommand
{
    LogLevel level{};
    std::string logger;  // "": the root, so all
    std::string group;   // "": the master and every group
    std::optional<ChildId> child;

    template <class IO>
    void fields(IO& io)
    {
        io(level);
        io(logger);
        io(group);
        io(child);
    }
};

/// A rolling reload: the plugin's file as it is now, and the configuration in force. A group named "" means
/// every group.
struct ReloadCommand
{
    std::string group;
};
struct ScaleCommand
{
    std::string group;
    unsigned count;
};
struct StartCommand
{
    std::string group;
};
struct StopCommand
{
    std::string group;
};

/// Read all configuration files again, and apply the least that brings it into force. A wrong one changes
/// nothing.
struct ReloadConfigCommand
{};

/// Every process opens its log files again by their paths. Answered when all have confirmed it, or after
/// `patience`, which is at least what the log level's is.
struct ReopenLogsCommand
{
    std::chrono::milliseconds patience{0};
};

/// Go on in the program that lies at the host's path now, in this process, with all that it has. Answered
/// when that program has shown that it can, or has not.
struct UpgradeCommand
{};

/// Nothing is to be done: the answer shows that the loop turns.
struct PingCommand
{};

using Command =
    std::variant<ExitCommand, LogLevelCommand, ReloadCommand, ScaleCommand, StartCommand, StopCommand,
                 ReloadConfigCommand, ReopenLogsCommand, UpgradeCommand, PingCommand>;

struct CommandReply
{
    enum class Outcome : std::uint8_t
    {
        Done,
        NoSuchChild,
        NoSuchGroup,
        Stopping,   // the host is going down
        Upgrading,  // the host goes on in another process image in a moment; ask again then
        Busy,       // the inbox is full, nothing was taken
        TimedOut,   // taken, but not all was confirmed in time
        Refused     // nothing was done; `text` says why
    };
    Outcome outcome = Outcome::Done;
    std::vector<ChildId> children;  // whom it concerned
    std::size_t confirmed = 0;      // how many have confirmed (log level: of them; logs: processes)
    std::vector<OperationId> operations = {};  // what was begun; the snapshots tell what becomes of it
    std::string text = {};                     // one sentence
    std::vector<std::string> details = {};     // a line each: what a configuration changed, or what is wrong
                                               // with it

    /// For a reader of one line: why nothing was done, with all that is wrong; else the text alone.
    std::string sentence() const
    {
        std::string all = text;
        if (outcome == Outcome::Refused)
            for (const std::string& detail : details)
                all += (&detail == &details.front() ? ": " : "; ") + detail;
        return all;
    }
};

/// The master's inbox.
class CommandInbox
{
public:
    CommandInbox() = default;
    CommandInbox(const CommandInbox&) = delete;
    CommandInbox& operator=(const CommandInbox&) = delete;
    virtual ~CommandInbox() = default;

    /// Posts a command and waits for the reply, at most `patience`. Never called on the master's loop. Never
    /// throws.
    virtual CommandReply execute(Command command, std::chrono::milliseconds patience) = 0;
};

class SnapshotSource
{
public:
    SnapshotSource() = default;
    SnapshotSource(const SnapshotSource&) = delete;
    SnapshotSource& operator=(const SnapshotSource&) = delete;
    virtual ~SnapshotSource() = default;

    /// The latest picture; never null. Any thread; does not block.
    virtual std::shared_ptr<const Snapshot> latest() const = 0;

    /// Waits for a later picture than `known`, at most `patience`; returns the latest. Never on the master's
    /// loop.
    virtual std::shared_ptr<const Snapshot> newerThan(const std::shared_ptr<const Snapshot>& known,
                                                      std::chrono::milliseconds patience) const = 0;
};

// --- what has happened ---

class OccurrenceSource
{
public:
    OccurrenceSource() = default;
    OccurrenceSource(const OccurrenceSource&) = delete;
    OccurrenceSource& operator=(const OccurrenceSource&) = delete;
    virtual ~OccurrenceSource() = default;

    /// Those after `number` that are still known, at most `most`, the oldest first: where the first is not
    /// `number` + 1, some are forgotten. Any thread; does not block.
    virtual Occurrences after(std::uint64_t number, std::size_t most) const = 0;

    /// The number of the last one; 0: there was none yet.
    virtual std::uint64_t last() const = 0;

    /// From here on the eventfd is written to when there is more to read, until it is removed, which must be
    /// before it is closed.
    virtual void addReader(int eventFd) = 0;
    virtual void removeReader(int eventFd) = 0;
};

struct HistoryFilter
{
    std::optional<WallTime> since;  // at it or later
    std::optional<WallTime> until;  // before it
    std::string group;              // "": any
    std::optional<ChildId> child;
    std::vector<std::string> kinds;  // none: any
    unsigned limit = 100;            // the newest of them
};

struct HistoryAnswer
{
    std::vector<std::string> rows;  // a JSON text each, the oldest first
    std::string problem;            // why there are none; "": there is no problem
};

/// What has happened, as it was written to the disk.
class HistorySource
{
public:
    HistorySource() = default;
    HistorySource(const HistorySource&) = delete;
    HistorySource& operator=(const HistorySource&) = delete;
    virtual ~HistorySource() = default;

    /// Any thread; waits for the disk, at most `patience`.
    virtual HistoryAnswer ask(const HistoryFilter& filter, Millis patience) = 0;
};

/// Where others than the master's loop tell what has happened.
class OccurrenceSink
{
public:
    OccurrenceSink() = default;
    OccurrenceSink(const OccurrenceSink&) = delete;
    OccurrenceSink& operator=(const OccurrenceSink&) = delete;
    virtual ~OccurrenceSink() = default;

    /// Gives it its number. Any thread; does not block.
    virtual void record(Occurrence occurrence) = 0;
};

}  // namespace clustermanager::core
