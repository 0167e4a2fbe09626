#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/Ports.h"
#include "runtime/MasterFunction.h"
#include "runtime/WakingQueue.h"

namespace clustermanager::runtime {

/// The run_master functions of all groups, and the way from their threads to the loop.
///
/// Threading: the master's loop thread only.
class MasterFunctions
{
public:
    static constexpr std::size_t kMessagesMax = 1024;

    /// A function that never stops sending gets this many a turn of the loop; then everybody else has theirs.
    static constexpr unsigned kTakenPerTurn = 64;

    /// A message of a group's run_master to one child (its id) or to all of the group (CM_TO_ALL_CHILDREN).
    using SendToChildren = std::function<void(GroupId group, std::int32_t to, const std::string& data)>;

    /// A group's run_master has returned, and none follows.
    using Ended = std::function<void(GroupId group)>;

    MasterFunctions(const core::SnapshotSource& snapshots, SendToChildren send, Ended ended);

    /// Readable while their threads have said something: then receive().
    int wakeFd() const { return _said.wakeFd(); }
    void receive();

    /// Starts the group's function. One that runs already, of an earlier generation, is asked to stop, and
    /// followed when it has returned.
    void start(GroupId group, MasterFunction::Setting setting);
    /// The group's function is to stop for good.
    void askToStop(GroupId group);

    /// From a child. False: no such function, or its queue is full.
    bool deliver(GroupId group, std::int32_t from, std::string data);

    void askToStop();
    bool running(GroupId group) const;
    bool anyRunning() const;
    /// The names of their groups.
    std::vector<std::string> runningOf() const;
    /// None runs, and all that they have said was taken.
    bool silent() const { return !anyRunning() && _said.empty(); }

    /// The group's function ended in the image of this process before this one.
    void endedBefore(GroupId group, const MasterFunction::State& state) { _before[group] = state; }

    /// Nothing where the group has none.
    std::optional<MasterFunction::State> state(GroupId group) const;

private:
    /// What a thread hands over. No data: only the function's state has changed.
    struct Said
    {
        GroupId group;
        std::int32_t to;
        std::optional<std::string> data;
    };

    void begin(GroupId group, MasterFunction::Setting setting);
    void changed(GroupId group);

    const core::SnapshotSource& _snapshots;
    SendToChildren _send;
    Ended _ended;
    std::map<GroupId, std::shared_ptr<MasterFunction>> _functions;
    std::map<GroupId, MasterFunction::Setting> _following;  // wait for the one before to return
    std::map<GroupId, MasterFunction::State> _before;
    WakingQueue<Said> _said{kMessagesMax};
};

}  // namespace clustermanager::runtime
