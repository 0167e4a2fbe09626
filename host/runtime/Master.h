#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/FileDescriptor.h"
#include "config/HostConfig.h"
#include "core/Supervisor.h"
#include "runtime/ChildTable.h"
#include "runtime/CommandQueue.h"
#include "runtime/CommandRunner.h"
#include "runtime/EventLoop.h"
#include "runtime/Generation.h"
#include "runtime/Listeners.h"
#include "runtime/LogLevels.h"
#include "runtime/MasterFunctions.h"
#include "runtime/OomCounter.h"
#include "runtime/PluginFile.h"
#include "runtime/PublishPace.h"
#include "runtime/SnapshotBox.h"
#include "runtime/SnapshotBuilder.h"
#include "runtime/StopSignals.h"

namespace clustermanager::runtime {

/// The master's one thinking thread: turns what happens into the supervisor's events and carries out its
/// actions. Decides nothing that the supervisor could.
///
/// Threading: made and run on the main thread. snapshots() and commands() may be used from any thread while
/// it lives.
class Master
{
public:
    struct Setup
    {
        config::HostConfig config;
        std::vector<PluginFile> plugins;  // one for each group, in order; without a copy where it is embedded
        FileDescriptor signals;           // a signalfd of all that we manage, blocked in every thread
        std::string version;
        /// Gives run_master of a group from its sealed copy (-1 where embedded). Called on run_master's own
        /// thread.
        std::function<std::variant<MasterFunction::Entry, std::string>(int copy, const std::string& path)>
            findRunMaster;
        LogLevels::ApplyHere applyLogLevel;
    };

    /// Opens the listeners. Throws StartError.
    explicit Master(Setup setup);
    ~Master();
    Master(const Master&) = delete;
    Master& operator=(const Master&) = delete;

    core::SnapshotSource& snapshots() { return _snapshots; }
    core::CommandInbox& commands() { return _commands; }
    EventLoop& loop() { return _loop; }

    /// Supervises until everything is down. `started` is called once, when every plugin was loaded.
    core::Finish run(const std::function<void()>& started);

    /// After run(): some run_master did not return. Its thread uses this object, so the process must end
    /// without destroying it.
    bool leftBehind() const;

private:
    void watchSources();
    void turn();
    std::optional<TimePoint> deadline() const;
    void settle();
    void handle(const core::Event& event);
    void perform(const core::Actions& actions);
    void publish();

    // Actions.
    void openGeneration(const core::OpenGeneration& action);
    void spawn(const core::Spawn& action);
    void askToStop(StartNumber start);
    void kill(StartNumber start);

    // What comes in.
    void onSignal();
    void signalled(int signal);
    void reap();
    void onCommands();
    void toChildren(std::size_t group, std::int32_t to, const std::string& data);
    void toMasterFunction(const ChildProcess& process, link::PluginMessage message);

    void explainKill(StartNumber start, const ExitStatus& status);
    Generation* generationOf(GenerationId id);
    void startMasterFunction(std::size_t group);
    void leave();
    bool somethingRuns() const;

    Setup _setup;
    EventLoop _loop;
    Listeners _listeners;
    core::Supervisor _supervisor;
    ChildTable _children;
    LogLevels _levels;
    CommandQueue _commands;
    CommandRunner _commandRunner;
    std::vector<std::unique_ptr<Generation>> _generations;  // by group
    SnapshotBox _snapshots;
    MasterFunctions _masterFunctions;
    SnapshotBuilder _builder;
    OomCounter _oom;
    ProcessSysLinux _sys;

    std::deque<core::Event> _events;  // happened, not yet told the supervisor
    PublishPace _pace;
    std::optional<core::Finish> _finish;
    StopSignals _stopSignals;
    std::optional<TimePoint> _stoppingSince;
};

}  // namespace clustermanager::runtime
