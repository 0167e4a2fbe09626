#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/ExitStatus.h"
#include "base/Types.h"
#include "link/Crashed.h"
#include "link/GenerationPlan.h"
#include "link/MetricMessages.h"
#include "link/SpawnerMessages.h"

/// What our processes say to each other, one packet of a SOCK_SEQPACKET pair each. Plain values. Each message
/// lists its fields once, in fields(); encoder and decoder both come from that list (Codec.h).
///
///     +-------------+----------+-------------------+
///     | version u8  | type u8  | fields, in order  |
///     +-------------+----------+-------------------+
///
/// Integers are little-endian and of the declared width, an enum is its number, a string or list is a u32
/// count and its elements. Bytes come from another process, so nothing in them is trusted: a packet that is
/// too short, too long, of another version, of an unknown type or with an enum out of range is Malformed, a
/// value to handle.
namespace clustermanager::link {

constexpr std::uint8_t kWireVersion = 5;
constexpr std::size_t kPacketBytesMax = 65'536;
constexpr std::size_t kPacketFdsMax = 8;

// ---------------------------------------------------------------------------------------------------------------
// master -> child

struct SetLogLevel
{
    std::uint64_t ticket = 0;  // given back in LogLevelSet
    std::uint8_t level = 0;    // core::LogLevel
    std::string logger;        // "": all

    template <class IO>
    void fields(IO& io)
    {
        io(ticket);
        io(level);
        io(logger);
    }
};

/// The process lets its log files go; the next record opens them by their paths again, as after a logrotate.
struct ReopenLogs
{
    std::uint64_t ticket = 0;  // given back in LogsReopened

    template <class IO>
    void fields(IO& io)
    {
        io(ticket);
    }
};

/// A ready child goes on serving for the plan's drainDelayMs, and is told to stop then; another one is told
/// at once. shutdownTimeoutMs counts from that moment.
struct AskExit
{
    template <class IO>
    void fields(IO&)
    {}
};

/// A message of the plugin's own, in either direction. `peer` is the sender where it is received, the
/// addressee where it is sent: a child id, 0 for run_master, -1 for all children of the group.
struct PluginMessage
{
    std::int32_t peer = 0;
    std::string data;
    template <class IO>
    void fields(IO& io)
    {
        io(peer);
        io(data);
    }
};

/// One child of the group, for its run_master.
struct ChildRow
{
    ChildId child{};
    bool gone = false;  // there is no such child any more; the rest means nothing
    std::uint32_t index = 0;
    std::int32_t pid = 0;  // 0: none
    std::uint32_t restarts = 0;
    std::uint32_t generation = 0;
    bool ready = false;
    std::string state;  // the status' word

    template <class IO>
    void fields(IO& io)
    {
        io(child);
        io(gone);
        io(index);
        io(pid);
        io(restarts);
        io(generation);
        io(ready);
        io(state);
    }
};

/// So many rows fit into a packet, whatever their states are called.
constexpr std::size_t kChildRowsMax = 1'000;

/// To a run_master with a process of its own: what has changed among its group's children since the last one.
/// The first one names all of them, in as many packets as it takes.
struct ChildrenSeen
{
    bool anew = false;  // what was told before is void: it may come from a host that was upgraded
    bool more = false;  // another packet follows at once
    std::vector<ChildRow> rows;
    template <class IO>
    void fields(IO& io)
    {
        io(anew);
        io(more);
        io(rows);
    }
};

using ToChild = std::variant<SetLogLevel, ReopenLogs, AskExit, PluginMessage, ChildrenSeen>;

// ---------------------------------------------------------------------------------------------------------------
// child -> master

/// First message of a child: the process exists and is about to load and run the plugin.
struct Hello
{
    StartNumber start{};
    std::int32_t pid = 0;
    template <class IO>
    void fields(IO& io)
    {
        io(start);
        io(pid);
    }
};

struct Ready
{
    template <class IO>
    void fields(IO&)
    {}
};

struct Status
{
    std::uint64_t rssKiB = 0;
    std::uint64_t cpuMicros = 0;
    std::uint64_t droppedLogRecords = 0;
    bool hasJson = false;  // false: the plugin's status has not changed since the last Status
    std::string json;
    std::uint64_t requests = 0;  // counted by run_child since its start
    std::uint32_t held = 0;      // requests or connections it holds now
    std::uint64_t accepted = 0;  // connections accepted since its start
    template <class IO>
    void fields(IO& io)
    {
        io(rssKiB);
        io(cpuMicros);
        io(droppedLogRecords);
        io(hasJson);
        io(json);
        io(requests);
        io(held);
        io(accepted);
    }
};

/// run_child has beaten since the last one (Ready is the first beat). At most every quarter of the plan's
/// watchdogMs; none without one. From the moment a stop is requested the child sends them by itself for
/// shutdownTimeoutMs: it may take its time to end, but not for ever.
struct Heartbeat
{
    template <class IO>
    void fields(IO&)
    {}
};

struct LogLevelSet
{
    std::uint64_t ticket = 0;
    template <class IO>
    void fields(IO& io)
    {
        io(ticket);
    }
};

struct LogsReopened
{
    std::uint64_t ticket = 0;
    template <class IO>
    void fields(IO& io)
    {
        io(ticket);
    }
};

/// This child wants a fresh process in its place, and serves until it is asked to exit. Once in its life.
struct RecycleMe
{
    std::string reason;  // "it has served 1000 requests"
    template <class IO>
    void fields(IO& io)
    {
        io(reason);
    }
};

/// Last words: why this child is about to end ("run_child threw Poco::Net::NetException: Address in use",
/// "loading the plugin: undefined symbol: foo"). One line.
struct Farewell
{
    std::string reason;
    template <class IO>
    void fields(IO& io)
    {
        io(reason);
    }
};

using FromChild = std::variant<Hello, Ready, Status, Heartbeat, PluginMessage, LogLevelSet, LogsReopened,
                               RecycleMe, Farewell, Crashed, MetricDefined, MetricReport>;

}  // namespace clustermanager::link
