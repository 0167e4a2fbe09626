#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/LogLevel.h"
#include "core/Snapshot.h"

/// The only two things threads of the control port see of the master.
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
    LogLevel level;
    std::string logger;  // "": the root, so all
    std::string group;   // "": the master and every group
    std::optional<ChildId> child;
};

using Command = std::variant<ExitCommand, LogLevelCommand>;

struct CommandReply
{
    enum class Outcome : std::uint8_t
    {
        Done,
        NoSuchChild,
        NoSuchGroup,
        Stopping,  // the host is going down
        Busy,      // the inbox is full, nothing was taken
        TimedOut   // taken, but not all was confirmed in time
    };
    Outcome outcome = Outcome::Done;
    std::vector<ChildId> children;  // whom it concerned
    std::size_t confirmed = 0;      // how many of them have confirmed (log level only)
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
};

}  // namespace clustermanager::core
