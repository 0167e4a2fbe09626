#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/Supervisor.h"
#include "link/Messages.h"
#include "runtime/ChildTable.h"
#include "runtime/Groups.h"
#include "runtime/IsolatedRunMasters.h"
#include "runtime/MasterFunctions.h"

namespace clustermanager::runtime {

/// The run_master of each group, always that of its current generation, and the messages between it and the
/// group's children. One that is to have a process of its own is the supervisor's to start.
///
/// Threading: the master's loop thread only.
class GroupFunctions
{
public:
    /// Gives run_master of a group from its sealed copy (-1 where embedded). Called on run_master's own
    /// thread.
    using Find =
        std::function<std::variant<MasterFunction::Entry, std::string>(int copy, const std::string& path)>;

    /// All outlive this. `tell` takes what the supervisor has to know.
    GroupFunctions(const core::Supervisor& supervisor, ChildTable& children, Groups& groups,
                   const core::SnapshotSource& snapshots, Find find, std::function<void(core::Event)> tell);

    /// Starts the function of each group whose generation is another one than before; the one before is asked
    /// to stop, as is that of a group which was stopped or removed.
    void follow();
    void forget(GroupId group);

    /// Those that have returned of themselves, for another process image of this process: they do not run
    /// again there.
    struct State
    {
        struct Ended
        {
            GroupId group{};
            GenerationId generation{};
            MasterFunction::State how;

            template <class IO>
            void fields(IO& io)
            {
                io(group);
                io(generation);
                io(how);
            }
        };
        std::vector<Ended> ended;

        template <class IO>
        void fields(IO& io)
        {
            io(ended);
        }
    };
    State state() const;
    void resume(const State& state);

    /// All that run stop, and follow() starts them anew.
    void stopAll();

    /// A process of its own was ordered for a run_master.
    void spawned(const core::Spawn& order);
    /// There is a new picture of the children.
    void show(const core::Snapshot& picture) { _isolated.show(picture); }

    /// Of a child to its run_master, or the other way round.
    void fromChild(const ChildProcess& process, link::PluginMessage message);

    MasterFunctions& functions() { return _functions; }
    const MasterFunctions& functions() const { return _functions; }

private:
    void start(const core::GroupView& group);
    bool hasToWait(const core::GroupView& group) const;
    void toChildren(GroupId group, std::int32_t to, const std::string& data);

    const core::Supervisor& _supervisor;
    ChildTable& _children;
    Groups& _groups;
    Find _find;
    std::function<void(core::Event)> _tell;
    IsolatedRunMasters _isolated;
    MasterFunctions _functions;
    std::map<GroupId, GenerationId> _startedFor;
};

}  // namespace clustermanager::runtime
