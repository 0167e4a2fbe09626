#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/HostConfig.h"

namespace clustermanager::config {

/// What a group needs for its changes, the least first.
enum class GroupNeed : std::uint8_t
{
    Nothing,
    PolicyOnly,   // a new policy for the supervisor: at once
    NewProcesses  // a rolling reload, which takes the new policy along
};

struct GroupDifference
{
    std::string name;
    GroupNeed need = GroupNeed::Nothing;
    std::vector<std::string>
        keys;  // in full: "plugin.hello.count", "listen.http", "logging.loggers.root.level"
};

struct KeyChange
{
    std::string key;
    std::string before;  // "": it was not there
    std::string after;   // "": it is not there any more
};

/// What has to be done to get from one configuration to another, and how to tell an operator. Plain values.
struct ConfigDifference
{
    std::vector<std::string> listenersAdded;
    std::vector<std::string> listenersRemoved;
    std::vector<std::string> listenersChanged;  // the address: close the old socket, open the new one
    std::vector<std::string> groupsAdded;
    std::vector<std::string> groupsRemoved;
    std::vector<GroupDifference> groups;  // of those in both: the ones that need something

    bool logLevel = false;
    bool pluginsWatch = false;  // the folder, or whether it is watched

    std::vector<KeyChange> changes;       // every one, in the order of inForce; secrets are "***"
    std::vector<std::string> notApplied;  // sentences: what needs a restart of the host

    bool empty() const { return changes.empty(); }
};

/// The values of the plugins' own keys and of logging.* may be secrets, so `changes` never shows them.
ConfigDifference difference(const HostConfig& before, const HostConfig& after);

}  // namespace clustermanager::config
