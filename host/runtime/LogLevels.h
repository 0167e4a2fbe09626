#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/Types.h"
#include "core/Ports.h"
#include "runtime/ChildTable.h"
#include "runtime/Confirmations.h"

namespace clustermanager::runtime {

/// The log levels in force: of the master, of every child that lives, and of those started later. A change is
/// answered when every child concerned has confirmed it, or after a bounded wait.
///
/// Threading: the master's loop thread only.
class LogLevels
{
public:
    static constexpr std::size_t kLoggersMax = 256;

    /// `applyHere` sets the level of a logger ("" for all) in this process.
    using ApplyHere = std::function<void(const std::string& logger, core::LogLevel level)>;

    /// `beforeAnswer` is called before anybody is told: who asks for the status then sees the new level.
    /// `changed` is called when of() may have changed.
    LogLevels(
        core::LogLevel initial, ChildTable& children, ApplyHere applyHere,
        std::function<void()> beforeAnswer = [] {}, std::function<void()> changed = [] {});

    /// What a command asked for, and its ticket: the later one holds.
    template <class T>
    struct Ordered
    {
        T value{};
        std::uint64_t ticket = 0;

        template <class IO>
        void fields(IO& io)
        {
            io(value);
            io(ticket);
        }
    };

    /// What goes on in another process image; who waits for an answer does not.
    struct State
    {
        core::LogLevel master{};
        core::LogLevel children{};  // where nothing narrower holds
        std::map<std::string, Ordered<core::LogLevel>> groups;
        std::map<ChildId, Ordered<core::LogLevel>> single;
        std::vector<Ordered<core::LogLevelCommand>> loggers;  // those that name one, in the order they came
        std::set<std::string> names;                          // of all loggers ever named
        std::uint64_t tickets = 0;
        bool masterSet = false;  // by a command, after any key that gave the root logger a level

        template <class IO>
        void fields(IO& io)
        {
            io(master);
            io(children);
            io(groups);
            io(single);
            io(loggers);
            io(names);
            io(tickets);
            io(masterSet);
        }
    };
    const State& state() const { return _state; }
    void resume(State state);
    /// Commands that wait for children to confirm them.
    Confirmations& confirmations() { return _confirmations; }
    const Confirmations& confirmations() const { return _confirmations; }

    /// A logging.* key has given the master's root logger this level.
    void masterConfigured(core::LogLevel level);

    core::LogLevel master() const { return _state.master; }

    /// The level a child starts with.
    core::LogLevel of(const std::string& group, ChildId child) const;

    /// What a child that was just ordered must be told beyond that: levels of single loggers.
    void greet(ChildProcess& process, const std::string& group);

    /// Carries the command out; `concerned` are the children it can name (in whatever state), each with its
    /// group, and each run_master with a process of its own, which is told but not waited for.
    void set(const core::LogLevelCommand& command, const std::map<ChildId, std::string>& concerned,
             std::promise<core::CommandReply> reply, TimePoint now);

private:
    Ordered<core::LogLevel> latest(const std::string& group, ChildId child) const;
    void remember(const core::LogLevelCommand& command, std::uint64_t ticket);

    ChildTable& _children;
    ApplyHere _applyHere;
    std::function<void()> _changed;
    State _state;
    Confirmations _confirmations;
};

}  // namespace clustermanager::runtime
