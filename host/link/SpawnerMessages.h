#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/Types.h"

/// What master and spawner say to each other, in the format of link/Messages.h.
namespace clustermanager::link {

// ---------------------------------------------------------------------------------------------------------------
// master -> spawner

/// First message. Descriptors: the plan, then the plugin's sealed copy where pluginPath is not "". Then,
/// while listenersToCome > 0, Listeners messages with the sockets in the plan's order.
struct Open
{
    std::uint32_t listenersToCome = 0;
    template <class IO>
    void fields(IO& io)
    {
        io(listenersToCome);
    }
};

/// Descriptors: up to kPacketFdsMax listening sockets.
struct Listeners
{
    template <class IO>
    void fields(IO&)
    {}
};

/// Descriptor: the child's end of its link. Answer: SpawnDone or SpawnError. Where `child` is a run_master
/// (isRunMaster), the process runs that function instead of run_child.
struct SpawnOrder
{
    StartNumber start{};
    ChildId child{};
    std::uint32_t index = 0;
    std::uint32_t restarts = 0;
    std::uint8_t logLevel = 0;  // core::LogLevel

    template <class IO>
    void fields(IO& io)
    {
        io(start);
        io(child);
        io(index);
        io(restarts);
        io(logLevel);
    }
};

/// Should the child of `start` die of a signal, then `next` is to be started at once. Replaces what was said
/// before; a `next` without a start number takes it back. Answer: ChildExited with `successor`, and then as
/// for a SpawnOrder.
struct SuccessorOrder
{
    StartNumber start{};
    SpawnOrder next;

    template <class IO>
    void fields(IO& io)
    {
        io(start);
        io(next);
    }
};

struct SignalOrder
{
    StartNumber start{};
    std::int32_t signal = 0;
    bool wholeGroup = false;  // the process group instead of the process

    template <class IO>
    void fields(IO& io)
    {
        io(start);
        io(signal);
        io(wholeGroup);
    }
};

/// No more spawns; the spawner lets its spares go and ends when its last child has.
struct Close
{
    template <class IO>
    void fields(IO&)
    {}
};

using ToSpawner = std::variant<Open, Listeners, SpawnOrder, SuccessorOrder, SignalOrder, Close>;

// ---------------------------------------------------------------------------------------------------------------
// spawner -> master

struct Loaded
{
    bool hasRunMaster = false;
    template <class IO>
    void fields(IO& io)
    {
        io(hasRunMaster);
    }
};

struct LoadFailed
{
    enum class Kind : std::uint8_t
    {
        Unloadable,     // the loader's words, or what the vetting process died of
        StartedThread,  // loaded well, but is multi-threaded now: cannot be forked from, try preload=false
        kLast = StartedThread
    };
    Kind kind = Kind::Unloadable;
    std::string text;

    template <class IO>
    void fields(IO& io)
    {
        io(kind);
        io(text);
    }
};

struct SpawnDone
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

struct SpawnError
{
    StartNumber start{};
    std::int32_t code = 0;  // errno
    template <class IO>
    void fields(IO& io)
    {
        io(start);
        io(code);
    }
};

/// Descriptor where there is a successor: the master's end of its link.
struct ChildExited
{
    enum class Kind : std::uint8_t  // of ExitStatus
    {
        Exited,
        Signaled,
        kLast = Signaled
    };
    StartNumber start{};
    std::int32_t pid = 0;
    Kind kind = Kind::Exited;
    std::int32_t number = 0;
    bool coreDumped = false;
    std::uint64_t userMicros = 0;
    std::uint64_t systemMicros = 0;
    std::uint64_t maxRssKiB = 0;
    StartNumber successor{};  // being started; {}: none

    template <class IO>
    void fields(IO& io)
    {
        io(start);
        io(pid);
        io(kind);
        io(number);
        io(coreDumped);
        io(userMicros);
        io(systemMicros);
        io(maxRssKiB);
        io(successor);
    }
};

using FromSpawner = std::variant<Loaded, LoadFailed, SpawnDone, SpawnError, ChildExited>;

}  // namespace clustermanager::link
