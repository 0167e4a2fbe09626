#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "config/HostConfig.h"
#include "core/Supervisor.h"
#include "runtime/CommandQueue.h"
#include "runtime/LogLevels.h"

namespace clustermanager::runtime {

/// Turns the commands of the control port into events of the supervisor and answers them.
///
/// Threading: the master's loop thread only.
class CommandRunner
{
public:
    CommandRunner(const config::HostConfig& config, const core::Supervisor& supervisor, LogLevels& levels);

    /// `tell` brings an event to the supervisor and shows readers what came of it, before the command is
    /// answered.
    void run(CommandQueue::Entry entry, TimePoint now, const std::function<void(core::Event)>& tell);

private:
    core::CommandReply exitChildren(const core::ExitCommand& command,
                                    const std::function<void(core::Event)>& tell) const;
    void setLogLevel(const core::LogLevelCommand& command, std::promise<core::CommandReply> reply,
                     TimePoint now);
    std::optional<core::CommandReply::Outcome> refusal(const std::optional<ChildId>& child,
                                                       const std::string& group) const;
    std::map<ChildId, std::string> childrenByGroup() const;

    const config::HostConfig& _config;
    const core::Supervisor& _supervisor;
    LogLevels& _levels;
};

}  // namespace clustermanager::runtime
