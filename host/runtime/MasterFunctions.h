#pragma once

#include <cstdint>
#include <functional>
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
    using SendToChildren = std::function<void(std::size_t group, std::int32_t to, const std::string& data)>;

    MasterFunctions(std::size_t groups, const core::SnapshotSource& snapshots, SendToChildren send);

    /// Readable while their threads have said something: then receive().
    int wakeFd() const { return _said.wakeFd(); }
    void receive();

    /// Starts the group's function where none was started before.
    void start(std::size_t group, MasterFunction::Setting setting);

    /// From a child. False: no such function, or its queue is full.
    bool deliver(std::size_t group, std::int32_t from, std::string data);

    void askToStop();
    bool running(std::size_t group) const;
    bool anyRunning() const;

    /// Nothing where the group has none.
    std::optional<MasterFunction::State> state(std::size_t group) const;

private:
    /// What a thread hands over. No data: only the function's state has changed.
    struct Said
    {
        std::size_t group;
        std::int32_t to;
        std::optional<std::string> data;
    };

    void logState(std::size_t group) const;

    const core::SnapshotSource& _snapshots;
    SendToChildren _send;
    std::vector<std::shared_ptr<MasterFunction>> _functions;  // by group
    WakingQueue<Said> _said{kMessagesMax};
};

}  // namespace clustermanager::runtime
