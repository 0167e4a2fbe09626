#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "config/HostConfig.h"

namespace Poco::Util {
class AbstractConfiguration;
}

namespace clustermanager::config {

/// One thing wrong with the configuration.
struct ConfigProblem
{
    std::string key;        // "" where it concerns no single key
    std::string text;       // what is wrong, and what would be right
    std::string file = {};  // "" where it comes from no file
    std::size_t line = 0;   // 0: not known

    /// "/etc/cm.ini:7: cluster.count: '5000' is not within 0..1024"
    std::string sentence() const;
};

/// Where a value was written.
struct Origin
{
    std::string file;
    std::size_t line = 0;  // 0: not known
};
using Origins = std::map<std::string, Origin>;  // by key

/// What of the outside world takes part in the configuration. Tests pass their own.
struct Surroundings
{
    std::map<std::string, std::string> environment;
    std::string workingFolder;                  // relative paths start here
    uid_t user = 0;                             // whom this process acts as
    std::uint64_t coreLimit = 0;                // bytes that a core file may have
    std::uint64_t openFilesLimit = UINT64_MAX;  // descriptors that a process may be given
    unsigned usableCpus = 1;                    // affinity mask and cgroup quota
    std::string usableCpusReason;               // "2 CPUs by the affinity mask"
    std::vector<std::string> pluginArguments;   // plugin files named on the command line: a group each
    std::string embeddedGroup;    // the name of the group that the executable itself is; "": none
    bool mayLackPlugins = false;  // a running host may lose its last plugin, a starting one needs one

    template <class IO>
    void fields(IO& io)
    {
        io(environment);
        io(workingFolder);
        io(user);
        io(coreLimit);
        io(openFilesLimit);
        io(usableCpus);
        io(usableCpusReason);
        io(pluginArguments);
        io(embeddedGroup);
        io(mayLackPlugins);
    }

    /// The real ones.
    static Surroundings ofThisProcess();
};

/// Reads everything and reports every problem, so that an operator repairs the file in one go.
/// The plugin folder is read (not the plugins). `origins` lets a problem name the file and line.
std::variant<HostConfig, std::vector<ConfigProblem>>
loadConfig(const Poco::Util::AbstractConfiguration& source, const Surroundings& surroundings,
           const Origins& origins = {});

}  // namespace clustermanager::config
