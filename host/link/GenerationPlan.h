#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/Account.h"
#include "base/LogFormat.h"
#include "base/ProcessLimits.h"

namespace clustermanager::link {

struct PlannedListener
{
    std::string name;
    template <class IO>
    void fields(IO& io)
    {
        io(name);
    }
};

/// The plan of a generation: what a spawner and all its children need to know, the same for each of them. Too
/// large for a packet, so it travels as a sealed memfd next to Open.
struct GenerationPlan
{
    std::string group;
    std::uint32_t generation = 0;
    std::string
        pluginPath;  // for messages; the file itself comes as a descriptor. "": embedded in the executable
    bool preload = true;
    std::uint32_t spares = 1;
    std::uint32_t startTimeoutMs = 0;
    std::uint32_t shutdownTimeoutMs = 0;
    std::uint32_t drainDelayMs = 0;
    std::uint32_t watchdogMs = 0;   // 0: nobody waits for a beat
    std::uint64_t maxRequests = 0;  // 0: no limit
    std::uint32_t updateStatusMs = 0;
    bool crashReports = true;
    bool loaderVariables = false;    // whether LD_PRELOAD and the like are passed on
    ProcessLimits limits;            // of a child
    std::optional<Account> account;  // none: the master's
    bool outputToFile = false;
    bool logsConfigured = false;  // logging.* keys among the settings are in charge
    LogFormat logFormat = LogFormat::Text;
    std::string logFolder;
    std::uint64_t logRotateBytes = 0;
    std::uint32_t logRotateCount = 0;
    std::vector<std::pair<std::string, std::string>>
        settings;  // sorted by key: the plugin's section, and logging.*
    std::vector<PlannedListener> listeners;

    template <class IO>
    void fields(IO& io)
    {
        io(group);
        io(generation);
        io(pluginPath);
        io(preload);
        io(spares);
        io(startTimeoutMs);
        io(shutdownTimeoutMs);
        io(drainDelayMs);
        io(watchdogMs);
        io(maxRequests);
        io(updateStatusMs);
        io(crashReports);
        io(loaderVariables);
        io(limits);
        io(account);
        io(outputToFile);
        io(logsConfigured);
        io(logFormat);
        io(logFolder);
        io(logRotateBytes);
        io(logRotateCount);
        io(settings);
        io(listeners);
    }
};

}  // namespace clustermanager::link
