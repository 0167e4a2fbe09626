#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/FileDescriptor.h"
#include "base/PatientMemory.h"
#include "config/HostConfig.h"
#include "core/Supervisor.h"
#include "metrics/HostMetrics.h"
#include "runtime/ChildOrders.h"
#include "runtime/ChildTable.h"
#include "runtime/ChildWatches.h"
#include "runtime/CommandQueue.h"
#include "runtime/CommandRunner.h"
#include "runtime/Crashes.h"
#include "runtime/EventLoop.h"
#include "runtime/GroupFunctions.h"
#include "runtime/Groups.h"
#include "runtime/Handover.h"
#include "runtime/Journal.h"
#include "runtime/Listeners.h"
#include "runtime/LogLevels.h"
#include "runtime/LogReopening.h"
#include "runtime/Narrator.h"
#include "runtime/OperationNumbers.h"
#include "runtime/PluginFile.h"
#include "runtime/PluginFolder.h"
#include "runtime/PublishPace.h"
#include "runtime/Reconfiguration.h"
#include "runtime/SnapshotBox.h"
#include "runtime/SnapshotBuilder.h"
#include "runtime/StopSignals.h"
#include "runtime/Upgrade.h"

namespace clustermanager::runtime {

/// The master's one thinking thread: turns what happens into the supervisor's events and carries out its
/// actions. Decides nothing that the supervisor could.
///
/// Threading: made and run on the main thread. snapshots(), commands(), journal() and metrics() may be used
/// from any thread while it lives.
class Master
{
public:
    /// The log of this process.
    struct LogPorts
    {
        struct Change
        {
            std::string sentence;                 // "": nothing that could be seen
            std::optional<core::LogLevel> level;  // that a key gave the root logger
        };
        LogLevels::ApplyHere applyLevel;
        /// Puts in force what the last reading of the configuration has prepared.
        std::function<Change()> commit;
        /// Opens its files again.
        std::function<void()> reopen;
    };

    struct Setup
    {
        config::HostConfig config;
        std::vector<PluginFile> plugins;  // one for each group, in order; without a copy where it is embedded
        FileDescriptor signals;           // a signalfd of all that we manage, blocked in every thread
        std::string version;
        std::size_t requestsMax = 0;  // that may wait for the control port
        GroupFunctions::Find findRunMaster;
        LogPorts log;
        /// The configuration as the files have it now. Called on a thread of its own.
        ConfigReader::Read readConfig;
        /// As Reconfiguration::Sinks has it.
        std::function<std::function<void()>(const config::HostConfig&)> prepareControl;
        /// What to go on with where another image of this process ran before; it was checked.
        std::optional<Handover> handover;
        /// Why the image that it was handed over to is not this one; "": it is.
        std::string upgradeProblem;
        /// The program that an upgrade goes on in, and its command line.
        std::string program;
        std::vector<std::string> arguments;
        /// Makes a sealed file of the state, for a rehearsal.
        std::function<FileDescriptor(Handover)> seal;
    };

    /// Opens the listeners. Throws StartError.
    explicit Master(Setup setup);
    ~Master();
    Master(const Master&) = delete;
    Master& operator=(const Master&) = delete;

    core::SnapshotSource& snapshots() { return _snapshots; }
    std::shared_ptr<const core::Snapshot> latest() const { return _snapshots.latest(); }
    core::CommandInbox& commands() { return _commands; }
    Journal& journal() { return _journal; }
    core::Metrics& metrics() { return _metrics; }
    EventLoop& loop() { return _loop; }

    /// Supervises until everything is down, or nothing: the host is to go on in another image, with
    /// handover(). `started` is called when every plugin was loaded, or at once where they were in the image
    /// before.
    std::optional<core::Finish> run(const std::function<void()>& started);

    /// After run() has returned nothing: the commands are closed, and nothing changes any more.
    Handover handover() const;
    /// ... why the host must not go on in its program after all; "": it may.
    std::string whyNotInto() const { return _upgrade.whyNotInto(); }
    /// ... it came to nothing: call run() again.
    void upgradeFailed(const std::string& why);

    /// After run(), when nobody in this process has processes any more: what is left of others'.
    void endDescendants();

    /// After run(): some run_master did not return. Its thread uses this object, so the process must end
    /// without destroying it.
    bool leftBehind() const;

private:
    /// What spawners and run_master get to end in after the last child, and the last moment for those that do
    /// not.
    static constexpr Millis kLeavePatience{2'000};

    /// Later than this is no scheduling delay: we were stopped, or the machine slept.
    static constexpr Millis kStallLimit{1'000};

    ChildTable::Sinks childSinks();
    Reconfiguration::Sinks reconfigurationSinks();
    void applyToHost(const config::ConfigDifference& difference, std::vector<std::string>& lines);
    std::vector<std::string> droppedAmong(const std::vector<std::string>& groups) const;
    void watchSources();
    void watchFolder();
    Upgrade::Ports upgradePorts();
    void resume(const Handover& handover);
    std::string obstacle() const;
    void turn();
    std::optional<TimePoint> deadline() const;
    void settle();
    void afterEvents();
    void tell(core::Event event);
    void handle(const core::Event& event);
    void perform(const core::Actions& actions);
    void publish();

    // Actions.
    void spawn(const core::Spawn& order);
    void forgetGroups();

    // What comes in.
    void onSignal();
    void signalled(int signal);
    void upgradeBySignal();
    void reap();
    void onCommands();
    void onFolder(const std::string& name);
    void becameReady(StartNumber start);
    void ended(StartNumber start);
    MasterFunctions& functions() { return _groupFunctions.functions(); }
    const MasterFunctions& functions() const { return _groupFunctions.functions(); }
    bool allLoaded() const;
    void leave();
    bool somethingRuns() const;
    Millis functionPatience() const;

    Setup _setup;
    PatientMemory _memory{PatientMemory::Reserve::Some};
    EventLoop _loop;
    Listeners _listeners;
    core::Supervisor _supervisor;
    SnapshotBox _snapshots;
    Journal _journal;
    metrics::HostMetrics _metrics{_snapshots, _journal};
    ChildTable _children;
    Narrator _narrator;
    ChildWatches _watches;
    LogLevels _levels;
    LogReopening _logReopening;
    Groups _groups;
    Crashes _crashes;
    ChildOrders _orders;
    OperationNumbers _operations;
    Reconfiguration _reconfiguration;
    Upgrade _upgrade;
    CommandQueue _commands;
    CommandRunner _commandRunner;
    std::optional<PluginFolder> _folder;
    GroupFunctions _groupFunctions;
    SnapshotBuilder _builder;
    ProcessSysLinux _sys;

    std::deque<core::Event> _events;  // happened, not yet told the supervisor
    std::vector<GroupId> _forgotten;  // by the supervisor; what the last of them did is still to be told
    PublishPace _pace;
    std::optional<core::Finish> _finish;
    bool _begun = false;                      // the first orders were given, here or in the image before
    bool _started = false;                    // every plugin was loaded, and that was told
    bool _resumed = false;                    // ... in the image before
    std::optional<PluginFolder::Told> _told;  // of the folder, by the image before
    StopSignals _stopSignals;
    std::optional<TimePoint> _stoppingSince;
};

}  // namespace clustermanager::runtime
