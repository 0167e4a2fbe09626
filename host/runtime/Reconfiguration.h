#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "config/Difference.h"
#include "config/HostConfig.h"
#include "core/Event.h"
#include "core/Ports.h"
#include "core/Supervisor.h"
#include "runtime/ConfigReader.h"
#include "runtime/Groups.h"
#include "runtime/Listeners.h"
#include "runtime/OperationNumbers.h"

namespace clustermanager::runtime {

/// Brings the configuration files, and the plugins' files, into force as they are now: with the least that is
/// needed, or, where anything is wrong, not at all.
///
/// Threading: the master's loop thread only.
class Reconfiguration
{
public:
    struct Sinks
    {
        std::function<void(core::Event)> tell;
        /// The host's own part: its log, what readers see as in force. Adds a line for what an operator
        /// should know of it.
        std::function<void(const config::ConfigDifference&, std::vector<std::string>& lines)> applyToHost;
        /// Opens what the control port needs, and throws StartError; what it returns puts that in force.
        std::function<std::function<void()>(const config::HostConfig&)> prepareControl;
        /// Before anybody is answered: who asks then is shown what the answer names.
        std::function<void(const core::CommandReply&)> beforeAnswer;
        std::function<void(const std::string&)> information;
        std::function<void(const std::string&)> warning;
        std::function<void(const std::string&)> error;
    };

    /// `host` is what is in force; it is replaced. All outlive this.
    Reconfiguration(ConfigReader::Read read, config::HostConfig& host, const core::Supervisor& supervisor,
                    Groups& groups, Listeners& listeners, OperationNumbers& numbers, Sinks sinks);

    enum class Asker : std::uint8_t
    {
        Folder,   // something has changed there
        Operator  // who also wants what has failed to be tried again
    };
    /// Reads, and then applies. Asked while a reading goes on, another one follows it, for all who asked.
    void begin(Asker asker);
    void begin(std::promise<core::CommandReply> reply);

    bool reading() const { return _reader.reading(); }
    int wakeFd() const { return _reader.wakeFd(); }
    void receive();

    /// The host stops: nobody who waits is kept waiting.
    void cancel();

private:
    using Replies = std::vector<std::promise<core::CommandReply>>;

    core::CommandReply apply(config::HostConfig after);
    void leaveOutHalfWritten(config::HostConfig& after) const;
    void requireFolder(const config::HostConfig& after, const config::ConfigDifference& difference) const;
    config::HostConfig inForce() const;
    void requireControlPort(const config::HostConfig& after) const;
    void openListeners(const config::HostConfig& after, const config::ConfigDifference& difference);
    void closeListeners(const config::ConfigDifference& difference);
    void changeControlPort(const std::function<void()>& change, core::CommandReply& reply);
    void warn(const std::vector<std::string>& before, core::CommandReply& reply) const;
    void takeUpPlugin(const core::GroupView& group, core::CommandReply& reply);
    void addGroup(const config::Group& group, core::CommandReply& reply);
    void removeGroup(const std::string& name, core::CommandReply& reply);
    void changeGroup(const config::GroupDifference& change, core::CommandReply& reply);
    void reload(GroupId id, const std::string& why, core::CommandReply& reply);
    static core::CommandReply refusal(const std::vector<config::ConfigProblem>& problems);

    ConfigReader _reader;
    config::HostConfig& _host;
    const core::Supervisor& _supervisor;
    Groups& _groups;
    Listeners& _listeners;
    OperationNumbers& _numbers;
    Sinks _sinks;
    Replies _served;               // by the reading that goes on
    Replies _next;                 // by the one after it
    Asker _asker = Asker::Folder;  // of the reading that goes on
    std::optional<Asker> _again;
};

}  // namespace clustermanager::runtime
