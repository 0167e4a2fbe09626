#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/DroppedFile.h"
#include "base/Types.h"
#include "config/HostConfig.h"
#include "core/Action.h"
#include "core/Event.h"
#include "core/Snapshot.h"
#include "runtime/ChildTable.h"
#include "runtime/EventLoop.h"
#include "runtime/Generation.h"
#include "runtime/Listeners.h"
#include "runtime/PluginFile.h"
#include "runtime/SpawnerProgram.h"

namespace clustermanager::runtime {

/// What belongs to each group outside the supervisor: its configuration in force, and the generations of it
/// that have not ended. A generation runs a private copy of the plugin as it was when it was ordered; copying
/// goes on step by step with the turns of the loop.
///
/// Threading: the master's loop thread only.
class Groups
{
public:
    struct Sinks
    {
        std::function<void(core::Event)> event;
        std::function<void(const std::string&)> warning;
    };

    struct Group
    {
        config::Group config;
        std::optional<PluginFile> staged;  // checked and copied when the host started; the first generation's
        FileState taken = {};              // the plugin as it was when a generation was last opened from it
    };

    /// All outlive this.
    Groups(EventLoop& loop, ChildTable& children, const Listeners& listeners, const config::HostConfig& host,
           Sinks sinks);

    /// All of it between two turns, while nothing is copied, for another process image of this process. What
    /// was staged for a group that waits is copied anew when it is opened.
    struct State
    {
        struct Group
        {
            GroupId id{};
            config::Group config;
            FileState taken;

            template <class IO>
            void fields(IO& io)
            {
                io(id);
                io(config);
                io(taken);
            }
        };
        struct Entry
        {
            GenerationId id{};
            GroupId group{};
            core::PluginSnapshot plugin;
            config::RunMaster wantedRunMaster{};
            bool hasRunMaster = false;
            std::optional<Generation::State> generation;

            template <class IO>
            void fields(IO& io)
            {
                io(id);
                io(group);
                io(plugin);
                io(wantedRunMaster);
                io(hasRunMaster);
                io(generation);
            }
        };
        std::vector<Group> groups;
        std::vector<Entry> generations;

        template <class IO>
        void fields(IO& io)
        {
            io(groups);
            io(generations);
        }
    };
    State state() const;
    /// REQUIRES: there is no group yet.
    void resume(const State& state);

    void add(GroupId id, Group group);
    /// For generations ordered from now on.
    void change(GroupId id, config::Group config);
    void forget(GroupId id);

    /// Nothing where there is no such group.
    const config::Group* find(GroupId id) const;
    /// The latest of that name, 0: none. One that is on its way out may have its successor already.
    GroupId idOf(const std::string& name) const;
    const std::map<GroupId, Group>& all() const { return _groups; }

    /// The supervisor's order: copies the plugin and starts its spawner. Answered by an event.
    void open(const core::OpenGeneration& order);
    /// Nothing where it was never started, or has ended.
    Generation* find(GenerationId id);
    /// Those that any generation's children serve on.
    std::vector<const FileDescriptor*> heldSockets() const;
    /// The sealed copy that it runs; nothing where it has none, or has ended.
    const FileDescriptor* pluginCopy(GenerationId id) const;
    void replaceSpawner(GenerationId id);
    void close(GenerationId id);

    /// Set while a copy goes on; it is carried on by proceed(), once a turn.
    bool copying() const { return !_copies.empty(); }
    void proceed();

    void reapSpawners();
    bool isSpawner(pid_t pid) const;
    bool anySpawner() const;
    /// Whether a process of that number is one of its user's, if there is one.
    bool mayBeOf(GenerationId id, pid_t pid) const;

    /// The file that a generation runs.
    const core::PluginSnapshot& plugin(GenerationId id) const;
    /// Where its children have their logs; "": the logging.* keys say where.
    std::string logFolder(GenerationId id) const;
    /// Where its run_master runs, as the configuration had it when it was opened; Off where it has none.
    config::RunMaster runMasterOf(GenerationId id) const;

    /// The plugin's file is another one than the last generation was opened from.
    bool fileChanged(GroupId id) const;

private:
    struct Copy
    {
        core::OpenGeneration order;
        PluginCopy file;
    };
    struct Entry
    {
        GroupId group;
        core::PluginSnapshot plugin;
        config::RunMaster wantedRunMaster{};     // as configured when it was opened
        bool hasRunMaster = false;               // known when it is loaded
        std::unique_ptr<Generation> generation;  // none: it could not be started
    };

    Generation::Sinks sinksOf(GenerationId id);
    void start(const core::OpenGeneration& order, PluginFile file);
    void failed(GenerationId id, const std::string& reason);

    EventLoop& _loop;
    ChildTable& _children;
    const Listeners& _listeners;
    const config::HostConfig& _host;
    const SpawnerProgram _program;
    Sinks _sinks;
    std::map<GroupId, Group> _groups;
    std::map<GenerationId, Entry> _generations;
    std::list<Copy> _copies;
};

}  // namespace clustermanager::runtime
