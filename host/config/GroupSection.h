#pragma once

#include <map>
#include <string>

#include "config/GroupFinder.h"
#include "config/HostConfig.h"
#include "config/Reading.h"
#include "config/Section.h"

namespace clustermanager::config {

/// How many children a group has that nobody gave a count.
struct DefaultCount
{
    unsigned count = 1;
    std::string reason;  // "2: min(32 by default, 2 CPUs by the affinity mask)"
};

/// From the environment and the usable CPUs; "4: cluster.count" where the key is written.
DefaultCount readDefaultCount(Reading& reading, const Section& cluster);

/// Notes what contradicts itself within one section, cluster or plugin.
void checkSection(Reading& reading, const Section& section);

/// By the section's own keys, then by the cluster's: restart, else autoRestart.
core::RestartMode restartOf(const Section& section, const Section& cluster);

/// The plugin's own keys, and warnings for those that look like a misspelled key of ours.
std::map<std::string, std::string> readSettings(Reading& reading, const std::string& name);

/// All of a group but its settings and listeners.
Group makeGroup(Reading& reading, const FoundGroup& found, const Section& section, const Section& cluster,
                const DefaultCount& defaultCount);

}  // namespace clustermanager::config
