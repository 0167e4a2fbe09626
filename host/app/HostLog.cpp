#include "app/HostLog.h"

#include <Poco/Exception.h>
#include <Poco/FormattingChannel.h>
#include <Poco/Logger.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "app/StartSteps.h"
#include "child/LogText.h"

namespace clustermanager::app {
namespace {

/// Nobody's but the host's. Never destroyed: who logs last is not known.
const child::LogOrigin& hostItself()
{
    static const auto* const origin = new child::LogOrigin;
    return *origin;
}

config::ConfigProblem problemOf(const child::LogKeyProblem& problem)
{
    return {problem.key, problem.text};
}

core::LogLevel levelOf(int pocoLevel)
{
    for (const core::LogLevelRow& row : core::kLogLevels)
        if (row.pocoPriority <= pocoLevel) return row.level;
    return core::LogLevel::Fatal;
}

}  // namespace

bool HostLog::Wish::sameButLevel(const Wish& other) const
{
    return keys == other.keys && format == other.format && folder == other.folder && file == other.file &&
           rotation.bytes == other.rotation.bytes && rotation.archives == other.rotation.archives;
}

HostLog::HostLog()
{
    child::LogChannels::registerClasses(hostItself());
    // Poco's waits where nobody reads, and so would the loop.
    child::LogChannels::replaceConsole([](const Poco::Formatter::Ptr& formatter) {
        Poco::AutoPtr<StderrChannel> console = new StderrChannel;
        console->setFormatter(formatter);
        return Poco::Channel::Ptr(console);
    });
    _inForce = make({});
    _router = new LogRouter(_inForce.routes);
    (void)Poco::Logger::root();  // setChannel() does not make it
    Poco::Logger::setChannel("", _router);
    applyLevel("", core::LogLevel::Info);
}

HostLog::~HostLog()
{
    if (_retiring.joinable()) _retiring.join();
}

HostLog::Wish HostLog::wishOf(const config::HostConfig& config) const
{
    Wish wish;
    wish.keys = config.logging;
    wish.format = config.logFormat;
    wish.level = config.logLevel;
    if (config.logsConfigured) return wish;
    wish.folder = config.defaultLog.folder;
    wish.group = logGroup(config);
    if (!_daemon) return wish;
    wish.file = config.defaultLog.folder + "/clustermanager.log";
    wish.rotation = {config.defaultLog.rotateBytes, config.defaultLog.rotateCount};
    return wish;
}

/// Throws child::LogKeyProblem.
HostLog::Log HostLog::make(Wish wish) const
{
    Log log;
    if (wish.format == LogFormat::Json)
        log.formatter = new child::JsonFormatter(hostItself(), wish.file.empty() ? StderrChannel::kLineMax
                                                                                 : child::kLogLineMax);
    else
        log.formatter = new child::LineFormatter;
    Poco::Channel::Ptr target(_console);
    if (!wish.file.empty())
    {
        // One channel for one file, however often it is configured: two would rotate it.
        const bool same = _inForce.file && _inForce.wish.file == wish.file;
        log.file = same ? _inForce.file : new child::ChildFileChannel(wish.rotation);
        if (!same) log.file->setPath(wish.file);
        target = log.file;
    }
    auto routes = std::make_shared<LogRoutes>();
    routes->standard = new Poco::FormattingChannel(log.formatter, target);
    if (!wish.keys.empty())
    {
        log.channels = std::make_unique<child::LogChannels>(wish.keys);
        for (const child::LogChannels::Logger& logger : log.channels->loggers())
            if (logger.channel) routes->loggers[logger.name] = logger.channel;
    }
    log.routes = std::move(routes);
    log.wish = std::move(wish);
    return log;
}

std::optional<config::ConfigProblem> HostLog::check(const config::HostConfig& config) const
{
    try
    {
        const Log trial = make(wishOf(config));
        if (trial.channels) trial.channels->leave();
        if (_inForce.channels) _inForce.channels->enter();
    }
    catch (const child::LogKeyProblem& problem)
    {
        return problemOf(problem);
    }
    return std::nullopt;
}

std::optional<config::ConfigProblem> HostLog::prepare(const config::HostConfig& config)
{
    _prepared.reset();
    try
    {
        Wish wish = wishOf(config);
        if (wish.sameButLevel(_inForce.wish)) return std::nullopt;
        Log log = make(std::move(wish));
        if (log.channels) log.channels->leave();
        if (_inForce.channels) _inForce.channels->enter();
        open(log);
        _prepared = std::move(log);
    }
    catch (const child::LogKeyProblem& problem)
    {
        if (_inForce.channels) _inForce.channels->enter();
        return problemOf(problem);
    }
    catch (const Poco::Exception& problem)
    {
        return config::ConfigProblem{"cluster.logFolder", problem.message()};
    }
    return std::nullopt;
}

void HostLog::open(Log& log) const
{
    const std::string& folder = log.wish.folder;
    if (const std::error_code problem =
            folder.empty() ? std::error_code() : makeLogFolder(folder, log.wish.group))
        throw child::LogKeyProblem{"cluster.logFolder", "'" + folder + "': " + problem.message()};
    if (!folder.empty())
        log.claim = folder == _inForce.wish.folder && _inForce.claim
                        ? _inForce.claim
                        : std::make_shared<const LogFolderClaim>(folder);
    if (log.file) Poco::AutoPtr<child::ChildFileChannel>(log.file)->open();
    if (log.channels) log.channels->open();
}

HostLog::Change HostLog::commit()
{
    if (!_prepared) return {};
    Log before = std::exchange(_inForce, std::move(*std::exchange(_prepared, std::nullopt)));
    if (_inForce.file)
    {
        _inForce.file->setRotation(_inForce.wish.rotation);
        _inForce.file->setFormatter(_inForce.formatter);
    }
    _console->setFormatter(_inForce.wish.format == LogFormat::Json ? _inForce.formatter : nullptr);
    if (before.channels) before.channels->leave();
    if (_inForce.channels) _inForce.channels->enter();
    _router->replace(_inForce.routes);
    warnOfOthers(before);
    Change change{describe(before, _inForce), applyLevels(before)};
    retire(std::move(before));
    return change;
}

void HostLog::warnOfOthers(const Log& before) const
{
    if (!_inForce.claim || _inForce.claim == before.claim || !_inForce.claim->shared()) return;
    Poco::Logger::get("clustermanager")
        .warning("cluster.logFolder '" + _inForce.wish.folder +
                 "': another running host logs there too, and what both write to one file is lost when it is "
                 "rotated; give each host a folder of its own");
}

std::string HostLog::describe(const Log& before, const Log& after)
{
    const Wish& wish = after.wish;
    Wish old = before.wish;
    old.folder = wish.folder;
    if (wish.sameButLevel(old)) return "";
    const std::string form = wish.format == LogFormat::Json ? "json" : "text";
    if (after.channels) return "the log of the host itself: from now on by the logging.* keys";
    return "the log of the host itself: from now on " + form + " in " +
           (wish.file.empty() ? "standard error" : wish.file);
}

/// By logger, those that a key gives.
std::map<std::string, int> HostLog::levelsOf(const Log& log)
{
    std::map<std::string, int> levels;
    if (!log.channels) return levels;
    for (const child::LogChannels::Logger& logger : log.channels->loggers())
        if (logger.level != child::LogChannels::kNoLevel) levels[logger.name] = logger.level;
    return levels;
}

/// All that keys give, where any of them has changed. A logger whose key is gone has the level of its parent
/// again. Parents come first, as setLevel() is for those below too.
std::optional<core::LogLevel> HostLog::applyLevels(const Log& before) const
{
    const std::map<std::string, int> wanted = levelsOf(_inForce);
    std::map<std::string, int> all = levelsOf(before);
    if (wanted == all) return std::nullopt;
    for (auto& [logger, level] : all)
        level = logger.empty() ? core::row(_inForce.wish.level).pocoPriority : child::LogChannels::kNoLevel;
    for (const auto& [logger, level] : wanted) all[logger] = level;
    for (const auto& [logger, level] : all)
    {
        const std::size_t dot = std::min(logger.rfind('.'), logger.size());
        const std::string parent = dot == logger.size() ? "" : logger.substr(0, dot);
        (void)Poco::Logger::get(logger);
        Poco::Logger::setLevel(
            logger, level != child::LogChannels::kNoLevel ? level : Poco::Logger::get(parent).getLevel());
    }
    const auto root = all.find("");
    return root == all.end() ? std::nullopt : std::optional(levelOf(root->second));
}

/// The end of an AsyncChannel waits for what is in it, and the loop for nothing.
void HostLog::retire(Log log)
{
    if (!log.channels) return;
    if (_retiring.joinable()) _retiring.join();
    auto old = std::make_shared<Log>(std::move(log));
    try
    {
        _retiring = std::thread([old]() mutable { old.reset(); });
        old.reset();
    }
    catch (const std::system_error&)
    {
        // No thread is to be had: it ends here.
    }
}

HostLog::Console HostLog::console() const
{
    if (_inForce.file || _inForce.channels) return Console::Other;
    return _inForce.wish.format == LogFormat::Json ? Console::Json : Console::Text;
}

void HostLog::reopen()
{
    if (_inForce.file) _inForce.file->reopen();
    if (_inForce.channels) _inForce.channels->reopen();
}

void HostLog::applyLevel(const std::string& logger, core::LogLevel level)
{
    if (!logger.empty())
        (void)Poco::Logger::get(logger);  // exists from now on, so that the level has somewhere to stay
    Poco::Logger::setLevel(logger, core::row(level).pocoPriority);
}

}  // namespace clustermanager::app
