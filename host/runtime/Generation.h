#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "core/Action.h"
#include "core/Event.h"
#include "link/Link.h"
#include "link/Messages.h"
#include "runtime/ChildTable.h"
#include "runtime/EventLoop.h"
#include "runtime/SpawnerProcess.h"
#include "runtime/SpawnerProgram.h"

namespace clustermanager::runtime {

/// One version of a group's plugin: the plan, the sealed copy, and the spawner that forks from it, replaced
/// where it dies. Carries out what the supervisor orders and reports what happened; decides only what nobody
/// else can know, such as that a plugin which started a thread is loaded in the children instead.
///
/// Threading: the master's loop thread only.
class Generation
{
public:
    struct Sinks
    {
        std::function<void(core::Event)> event;
        std::function<void(bool hasRunMaster)> loaded;  // and takes spawns
        std::function<void(const std::string&)> warning;
    };

    /// `plugin` is empty where the group is embedded. `listeners` are in the order of the plan.
    Generation(EventLoop& loop, ChildTable& children, const SpawnerProgram& program,
               link::GenerationPlan plan, FileDescriptor plugin, std::vector<FileDescriptor> listeners,
               Sinks sinks);
    /// As state() was in another process image of this process.
    struct State;
    Generation(EventLoop& loop, ChildTable& children, const SpawnerProgram& program, const State& state,
               Sinks sinks);
    State state() const;
    ~Generation();
    Generation(const Generation&) = delete;
    Generation& operator=(const Generation&) = delete;

    GenerationId id() const { return GenerationId{_plan.generation}; }
    const std::string& group() const { return _plan.group; }
    const link::GenerationPlan& plan() const { return _plan; }
    const FileDescriptor& plugin() const { return _plugin; }
    /// The sockets its children serve on, whatever has become of the listeners.
    const std::vector<FileDescriptor>& listeners() const { return _listeners; }
    /// Closed, and its spawner is gone.
    bool ended() const { return _phase == Phase::Closing && !_spawner; }
    pid_t spawnerPid() const { return _spawner ? _spawner->pid() : 0; }

    // The supervisor's orders.
    void open();
    void replaceSpawner();
    void close();
    void spawn(const core::Spawn& order, std::uint8_t logLevel);
    /// `next` follows `start`, should that die of a signal; nothing: nobody does.
    void succeed(StartNumber start, const std::optional<core::Spawn>& next, std::uint8_t logLevel);
    void signal(StartNumber start, int number, bool wholeGroup);

    /// On SIGCHLD: takes note of the spawner's end.
    void reapSpawner();

private:
    enum class Phase : std::uint8_t
    {
        Idle,       // no spawner
        Loading,    // spawner started, no verdict on the plugin yet
        Open,       // takes spawns
        Failed,     // the plugin was refused; the spawner is on its way out
        Replacing,  // ended by us; another one follows
        Closing,    // told to end; none follows
        kLast = Closing
    };

    void start();
    void sendOpen();
    void onLink(std::uint32_t events);
    void drainLink();
    void take(link::Link::Packet packet);
    void distrust(const std::string& reason);
    void take(const link::ChildExited& exited, std::vector<FileDescriptor> fds);
    void take(const link::LoadFailed& failed);
    void spawnerEnded(const ExitStatus& status);
    void post(const link::ToSpawner& message, std::vector<FileDescriptor> fds);
    void sendOrders();

    void watchSpawner();

    EventLoop& _loop;
    ChildTable& _children;
    const SpawnerProgram& _program;
    link::GenerationPlan _plan;
    FileDescriptor _plugin;
    std::vector<FileDescriptor> _listeners;
    Sinks _sinks;
    Phase _phase = Phase::Idle;
    bool _everLoaded = false;
    std::unique_ptr<SpawnerProcess> _spawner;

    /// What its link does not take yet. Bounded by the children: a start and a few signals for each.
    std::deque<link::Packet> _orders;
};

struct Generation::State
{
    link::GenerationPlan plan;
    HandedFd plugin;  // none: embedded
    std::vector<HandedFd> listeners;
    Phase phase = Phase::Idle;
    bool everLoaded = false;
    std::optional<SpawnerProcess::State> spawner;
    std::vector<link::HandedPacket> orders;

    template <class IO>
    void fields(IO& io)
    {
        io(plan);
        io(plugin);
        io(listeners);
        io(phase);
        io(everLoaded);
        io(spawner);
        io(orders);
    }
};

}  // namespace clustermanager::runtime
