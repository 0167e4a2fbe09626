#pragma once

#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>

#include "core/Supervisor.h"
#include "runtime/CommandQueue.h"
#include "runtime/LogLevels.h"
#include "runtime/LogReopening.h"
#include "runtime/OperationNumbers.h"
#include "runtime/Reconfiguration.h"
#include "runtime/Upgrade.h"

namespace clustermanager::runtime {

/// Turns the commands of the control port into events of the supervisor and answers them: what is refused, at
/// once; what was begun, with the numbers of the operations that tell what becomes of it.
///
/// Threading: the master's loop thread only.
class CommandRunner
{
public:
    /// Brings an event to the supervisor and shows readers what came of it.
    using Tell = std::function<void(core::Event)>;

    CommandRunner(const core::Supervisor& supervisor, LogLevels& levels, LogReopening& logs,
                  Reconfiguration& reconfiguration, Upgrade& upgrade, OperationNumbers& numbers);

    void run(CommandQueue::Entry entry, TimePoint now, const Tell& tell);

    /// One child more, or one fewer, in each group that runs and may have it.
    void scaleAll(bool up, const Tell& tell);

    /// All but those that stand in for others, with their group's name.
    std::map<ChildId, std::string> childrenByGroup() const;

private:
    using Outcome = core::CommandReply::Outcome;

    core::CommandReply carryOut(const core::ExitCommand& command, const Tell& tell);
    core::CommandReply carryOut(const core::ReloadCommand& command, const Tell& tell);
    core::CommandReply carryOut(const core::ScaleCommand& command, const Tell& tell);
    core::CommandReply carryOut(const core::StartCommand& command, const Tell& tell);
    core::CommandReply carryOut(const core::StopCommand& command, const Tell& tell);
    void setLogLevel(const core::LogLevelCommand& command, std::promise<core::CommandReply> reply,
                     TimePoint now);
    std::optional<Outcome> refusal(const std::optional<ChildId>& child, const std::string& group) const;

    const core::Supervisor& _supervisor;
    LogLevels& _levels;
    LogReopening& _logs;
    Reconfiguration& _reconfiguration;
    Upgrade& _upgrade;
    OperationNumbers& _numbers;
};

}  // namespace clustermanager::runtime
