#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/AcceptQueue.h"
#include "base/ExitStatus.h"
#include "base/Types.h"
#include "core/ChildState.h"
#include "core/LogLevel.h"
#include "core/Operation.h"
#include "core/Supervisor.h"

/// Immutable pictures of the host for readers on other threads. Plain values; made by runtime, read by
/// control.
namespace clustermanager::core {

struct LastExit
{
    StartNumber start{};
    pid_t pid = 0;
    ExitStatus status;
    std::string reason;  // what the child or the host knew of the cause: an exception's text, "killed: did
                         // not stop in 5000 ms", ""
    ResourceUse use;
    WallTime at;
    Millis uptime{0};
    std::string crash;  // the id of its crash report, once there is one

    template <class IO>
    void fields(IO& io)
    {
        io(start);
        io(pid);
        io(status);
        io(reason);
        io(use);
        io(at);
        io(uptime);
        io(crash);
    }
};

struct ChildSnapshot
{
    ChildId id;
    std::uint32_t index = 0;
    bool standsIn = false;  // beyond count, while others are replaced
    std::string group;
    std::uint32_t generation = 0;
    ChildState state = ChildState::Stopped;
    bool wanted = false;
    std::string reason;
    pid_t pid = 0;  // 0: none
    std::uint32_t restarts = 0;
    std::optional<WallTime> startedAt;       // of the present process
    std::optional<TimePoint> startedSteady;  // the same, for the uptime
    // As the child last reported; nothing before its first report.
    std::optional<WallTime> reportedAt;
    std::uint64_t rssKiB = 0;
    std::uint64_t cpuMicros = 0;
    std::uint64_t droppedLogRecords = 0;
    std::uint64_t droppedMessages = 0;  // to this child, because it did not read
    std::uint64_t requests = 0;         // served, as the plugin counts them
    std::uint64_t accepted = 0;         // connections, likewise
    std::uint32_t held = 0;             // requests or connections it has in hand
    std::string statusJson;             // the child's own, one valid JSON value, or ""
    LogLevel logLevel = LogLevel::Info;
    std::optional<LastExit> lastExit;
};

/// run_master of a group: none, or where it is.
enum class MasterState : std::uint8_t
{
    None,     // the plugin exports no run_master
    Waiting,  // not started yet
    Running,
    Stopping,
    Ended,  // returned
    Threw,
    kLast = Threw
};
const char* name(MasterState state);  // "none", "waiting", "running", "stopping", "ended", "threw"

/// The file that one generation runs.
struct PluginSnapshot
{
    std::uint32_t generation = 0;
    std::string path;  // "" where the group is embedded in the executable
    std::string name;
    std::string version;
    std::uint64_t size = 0;
    std::string sha256;   // in hex
    std::string buildId;  // in hex; "": the file has none
    std::optional<WallTime> modifiedAt;

    template <class IO>
    void fields(IO& io)
    {
        io(generation);
        io(path);
        io(name);
        io(version);
        io(size);
        io(sha256);
        io(buildId);
        io(modifiedAt);
    }
};

struct GroupSnapshot
{
    std::string name;
    GroupState state = GroupState::Waiting;
    PluginSnapshot plugin;               // of the current generation
    std::optional<PluginSnapshot> next;  // of the one that is to take over
    std::string phase;                   // of a reload, or ""
    std::uint32_t failedGeneration = 0;  // of the last reload where it failed, until the next
    std::string failedReason;
    std::uint32_t generation = 0;
    GenerationState generationState = GenerationState::Loading;
    std::string reason;
    unsigned count = 0;
    unsigned ready = 0;
    unsigned minReady = 0;
    std::optional<ChildId> first;  // of index 0: the one that does what only one may do
    pid_t spawnerPid = 0;          // 0: none
    MasterState masterState = MasterState::None;
    int masterResult = 0;                                 // what run_master returned
    std::string masterReason;                             // the exception's text
    std::shared_ptr<const ChildSnapshot> isolatedMaster;  // instead, where it has a process of its own
    /// Where each child has its log, GROUP-ID.log; "": the logging.* keys say where.
    std::string logFolder;
};

struct ListenerSnapshot
{
    std::string name;
    std::string address;                              // with the real port where 0 was asked
    std::optional<AcceptQueue> queue = std::nullopt;  // as the kernel last said
    bool fileLost = false;                            // a Unix socket that nobody can find any more
};

/// How long what was due, or ready, waited for the master's loop.
struct LoopDelay
{
    std::chrono::microseconds p99{0};  // of the last minute
    std::chrono::microseconds lastMinuteMax{0};
    std::chrono::microseconds max{0};
};

/// What waits between threads of the master, and how much of it may.
struct QueueSnapshot
{
    const char* name;
    std::size_t depth;
    std::size_t limit;
};

struct MasterSnapshot
{
    pid_t pid = 0;
    std::string version;
    WallTime startedAt;
    TimePoint startedSteady;
    LogLevel logLevel = LogLevel::Info;
    bool stopping = false;
    std::uint32_t upgrades = 0;  // how often this process has gone on in another image
    std::uint64_t rssKiB = 0;
    std::uint64_t cpuMicros = 0;
    std::vector<std::pair<std::string, std::string>> options;  // key -> value in force, secrets masked
    std::string countReason;                                   // why the default count is what it is
    LoopDelay loopDelay;
    std::vector<QueueSnapshot> queues;
};

/// What is known of the death of one process by a fault. `json` is the whole report, one JSON object.
struct CrashReport
{
    std::string id;    // "hello-3-7"
    std::string time;  // as in every JSON of ours, so that it sorts
    std::string group;
    std::optional<ChildId> child;  // nothing: a run_master
    std::string signal;
    std::string json;
};
using CrashReports = std::vector<std::shared_ptr<const CrashReport>>;

struct Snapshot
{
    MasterSnapshot master;
    std::vector<ListenerSnapshot> listeners;
    std::vector<std::shared_ptr<const GroupSnapshot>> groups;
    std::vector<std::shared_ptr<const ChildSnapshot>> children;  // in order of id
    std::vector<std::shared_ptr<const Operation>> operations;    // the oldest first; never null
    std::shared_ptr<const CrashReports> crashes;                 // the oldest first; null: not looked yet
};

}  // namespace clustermanager::core
