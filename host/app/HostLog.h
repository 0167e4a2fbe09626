#pragma once

#include <Poco/AutoPtr.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "app/LogFolderClaim.h"
#include "app/LogRouter.h"
#include "app/StderrChannel.h"
#include "child/ChildFileChannel.h"
#include "child/LogChannels.h"
#include "config/ConfigLoader.h"
#include "config/HostConfig.h"
#include "core/LogLevel.h"

namespace clustermanager::app {

/// The log of the host itself, as the configuration wants it: standard error, a daemon's own file, or what
/// Poco's logging.* keys describe. A new one is made as a whole first and then takes the place of the old one
/// between two records, so that none is lost and a bad one changes nothing. There is one in a process.
///
/// Threading: prepare() on any thread, but not while commit() runs; the others on the main thread. Other
/// threads log meanwhile.
class HostLog
{
public:
    /// From now on everything goes to standard error.
    HostLog();
    ~HostLog();
    HostLog(const HostLog&) = delete;
    HostLog& operator=(const HostLog&) = delete;

    /// A daemon has no standard error that anybody reads: by default it logs to
    /// LOGFOLDER/clustermanager.log.
    void ofDaemon() { _daemon = true; }

    /// Whether such a log could be made, without touching a file.
    std::optional<config::ConfigProblem> check(const config::HostConfig& config) const;

    /// Makes the log that is wanted, and opens its files. What is wrong with it, or nothing: then it waits
    /// for commit().
    std::optional<config::ConfigProblem> prepare(const config::HostConfig& config);

    /// What follows from a change.
    struct Change
    {
        std::string sentence;                 // for the operator; "": nothing that could be seen
        std::optional<core::LogLevel> level;  // of the root logger, where a logging.* key has set it
    };

    /// Puts in force what was prepared last, once. Levels are set where a key that gives one has changed:
    /// else what an operator has set meanwhile stays.
    Change commit();

    /// What standard error has of the log.
    enum class Console
    {
        Text,
        Json,
        Other  // nothing, or what logging.* keys send there
    };
    Console console() const;

    /// The next records open their files by the paths again, as after a logrotate.
    void reopen();

    /// The level of a logger ("": all), now and for those made later.
    static void applyLevel(const std::string& logger, core::LogLevel level);

private:
    /// What the log is made of.
    struct Wish
    {
        std::map<std::string, std::string> keys;  // logging.*
        LogFormat format = LogFormat::Text;
        std::string folder;          // of the default log, the children's too; "" where keys are in charge
        std::optional<gid_t> group;  // whose members log there too
        std::string file;            // the default log's; "": standard error
        child::LogFile::Rotation rotation;
        core::LogLevel level = core::LogLevel::Info;  // of what no key gives one

        bool sameButLevel(const Wish& other) const;
    };

    struct Log
    {
        Wish wish;
        Poco::Formatter::Ptr formatter;                // of the default log
        Poco::AutoPtr<child::ChildFileChannel> file;   // null: standard error
        std::unique_ptr<child::LogChannels> channels;  // null: the default log alone
        std::shared_ptr<const LogRoutes> routes;
        std::shared_ptr<const LogFolderClaim> claim;  // of the folder, where it is there
    };

    Wish wishOf(const config::HostConfig& config) const;
    Log make(Wish wish) const;
    void open(Log& log) const;
    static std::string describe(const Log& before, const Log& after);
    static std::map<std::string, int> levelsOf(const Log& log);
    std::optional<core::LogLevel> applyLevels(const Log& before) const;
    void warnOfOthers(const Log& before) const;
    void retire(Log log);

    bool _daemon = false;
    Poco::AutoPtr<StderrChannel> _console{new StderrChannel};
    Log _inForce;
    std::optional<Log> _prepared;
    Poco::AutoPtr<LogRouter> _router;
    std::thread _retiring;  // ends what Poco's channels need time for
};

}  // namespace clustermanager::app
