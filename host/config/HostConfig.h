#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "access/Certificates.h"
#include "access/Tokens.h"
#include "base/Account.h"
#include "base/DroppedFile.h"
#include "base/LogFormat.h"
#include "base/ProcessLimits.h"
#include "base/Types.h"
#include "core/GroupPolicy.h"
#include "core/LogLevel.h"

/// The whole configuration, checked. Whoever holds a HostConfig need not check it again. Plain values only:
/// the rest of the program cannot misspell a key.
namespace clustermanager::config {

struct Listener
{
    enum class Family : std::uint8_t
    {
        Tcp,
        Unix,
        kLast = Unix
    };
    std::string name;     // the key in [listen]
    std::string address;  // as written, for messages
    Family family = Family::Tcp;
    std::string host;        // Tcp: a literal address or a name
    std::uint16_t port = 0;  // Tcp: 0 lets the kernel choose
    std::string path;        // Unix: absolute

    template <class IO>
    void fields(IO& io)
    {
        io(name);
        io(address);
        io(family);
        io(host);
        io(port);
        io(path);
    }
};

/// Less than the smallest core file has. Other than 0, it is obeyed too where the system hands core files to
/// a program (core_pattern).
constexpr std::uint64_t kNoCoreFile = 1;

/// Where a child's standard output and error go.
enum class OutputMode : std::uint8_t
{
    Inherit,
    File,  // appended to logFolder/GROUP-ID.out
    kLast = File
};

/// Where a plugin's run_master runs.
enum class RunMaster : std::uint8_t
{
    Off,       // not at all
    Inside,    // in the master, on a thread of its own
    Isolated,  // in a process of its own
    kLast = Isolated
};

struct Group
{
    core::GroupPolicy policy;
    std::string pluginPath;  // absolute; "" where the group is embedded in the executable
    bool preload = true;
    unsigned spares = 1;
    Millis updateStatus{10'000};
    OutputMode output = OutputMode::Inherit;
    RunMaster runMaster = RunMaster::Inside;
    std::vector<std::string> listeners;  // names, each one of HostConfig::listeners

    // A child beyond one of these is replaced gracefully. 0: none is.
    Millis maxLifetime{0};
    std::uint64_t maxRequests = 0;
    std::uint64_t maxMemoryKiB = 0;

    bool crashReports = true;
    unsigned crashReportsKept = 20;
    ProcessLimits limits;            // of its children
    std::optional<Account> account;  // none: the host's own
    bool loaderVariables = false;

    /// What the plugin may read: its own section without the prefix, and the logging.* keys as they are.
    std::map<std::string, std::string> settings;

    /// Every key of ours that a group can have, with the value in force for this one, wherever it is written.
    std::map<std::string, std::string> values;

    template <class IO>
    void fields(IO& io)
    {
        io(policy);
        io(pluginPath);
        io(preload);
        io(spares);
        io(updateStatus);
        io(output);
        io(runMaster);
        io(listeners);
        io(maxLifetime);
        io(maxRequests);
        io(maxMemoryKiB);
        io(crashReports);
        io(crashReportsKept);
        io(limits);
        io(account);
        io(loaderVariables);
        io(settings);
        io(values);
    }
};

/// The log files the host writes by itself where no logging.* key says otherwise.
struct DefaultLog
{
    std::string folder;                      // absolute
    std::uint64_t rotateBytes = 50'000'000;  // 0: never
    unsigned rotateCount = 10;               // archives kept

    template <class IO>
    void fields(IO& io)
    {
        io(folder);
        io(rotateBytes);
        io(rotateCount);
    }
};

struct HostConfig
{
    /// What lay in the folder of plugins before that was read. Of this process image alone.
    DroppedStates dropped;

    std::vector<Group> groups;
    std::vector<Listener> listeners;

    std::string pluginsFolder;  // absolute; it need not exist
    bool pluginsWatch = true;   // false too where the command line names plugins: the folder is not read

    std::string webServerAddress = "127.0.0.1";
    int webServerPort = -1;          // -1: no TCP control port; 0: the kernel chooses
    std::string webServerToken;      // "": none
    access::Tokens webServerTokens;  // of webServerTokensFile; neither: none is asked for
    access::Certificates certificates;
    std::string controlSocket;  // absolute
    unsigned controlSocketMode = 0600;
    std::optional<gid_t> controlSocketGroup;  // whose members may operate

    bool history = true;
    std::string historyFile;  // absolute
    std::uint64_t historyMaxRows = 100'000;
    Millis historyMaxAge{0};

    core::LogLevel logLevel = core::LogLevel::Info;
    DefaultLog defaultLog;
    LogFormat logFormat = LogFormat::Text;       // of what the host writes by itself
    bool logsConfigured = false;                 // some logging.* key of Poco's is there: these are in charge
    std::map<std::string, std::string> logging;  // all of them, so without logging.format

    std::string countReason;            // "2: min(32 by default, 2 CPUs by the affinity mask)"
    std::vector<std::string> warnings;  // each to be logged once
    std::vector<std::pair<std::string, std::string>>
        inForce;  // every key and value, defaults included; secrets masked

    template <class IO>
    void fields(IO& io)
    {
        io(groups);
        io(listeners);
        io(pluginsFolder);
        io(pluginsWatch);
        io(webServerAddress);
        io(webServerPort);
        io(webServerToken);
        io(webServerTokens);
        io(certificates);
        io(controlSocket);
        io(controlSocketMode);
        io(controlSocketGroup);
        io(history);
        io(historyFile);
        io(historyMaxRows);
        io(historyMaxAge);
        io(logLevel);
        io(defaultLog);
        io(logFormat);
        io(logsConfigured);
        io(logging);
        io(countReason);
        io(warnings);
        io(inForce);
    }
};

}  // namespace clustermanager::config
