#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include <Poco/AutoPtr.h>

#include "config/HostConfig.h"

namespace Poco::Util {
class AbstractConfiguration;
}

namespace clustermanager::config {

/// One thing wrong with the configuration: "cluster.count: 5000 is not within 0..1024".
struct ConfigProblem
{
    std::string key;   // "" where it concerns no single key
    std::string text;  // what is wrong, and what would be right
};

/// What of the outside world takes part in the configuration. Tests pass their own.
struct Surroundings
{
    std::map<std::string, std::string> environment;
    std::string workingFolder;                 // relative paths start here
    unsigned usableCpus = 1;                   // affinity mask and cgroup quota
    std::string usableCpusReason;              // "2 CPUs by the affinity mask"
    std::vector<std::string> pluginArguments;  // plugin files named on the command line: a group each
    std::string embeddedGroup;  // the name of the group that the executable itself is; "": none

    /// The real ones.
    static Surroundings ofThisProcess();
};

/// Reads everything and reports every problem, so that an operator repairs the file in one go.
/// The plugin folder is read (not the plugins).
std::variant<HostConfig, std::vector<ConfigProblem>>
loadConfig(const Poco::Util::AbstractConfiguration& source, const Surroundings& surroundings);

/// Reads one file by its ending (.properties, .ini, .xml, .json) into a configuration of its own. Bounded in
/// size. Throws a Poco::Exception whose text names the file, the place and what is wrong with it.
Poco::AutoPtr<Poco::Util::AbstractConfiguration> readConfigFile(const std::string& path);

}  // namespace clustermanager::config
