#include <Poco/Environment.h>
#include <Poco/Logger.h>

#include <filesystem>
#include <iostream>
#include <utility>

#include "app/HostApplication.h"
#include "app/StartSteps.h"
#include "runtime/StartError.h"

/// How a host comes to its configuration and its log, before it serves.
namespace clustermanager::app {

void HostApplication::prepareToServe()
{
    if (_task != Task::Serve && _task != Task::CheckConfig) return;
    std::error_code problem;
    _workingFolder = std::filesystem::current_path(problem).string();
    if (problem)
        throw runtime::StartError(EXIT_OSERR, "the working folder cannot be found: " + problem.message());
    if (_state)
    {
        _configStart = _state->source;
        _workingFolder = _configStart.surroundings.workingFolder;
        return;
    }
    if (_asDaemon && _task == Task::Serve) _daemon.emplace();

    findConfiguration();
}

/// Everything but the plugins of the command line, which Poco tells main() alone.
void HostApplication::findConfiguration()
{
    if (_configFiles.empty()) _configFiles = besideTheProgram(config().getString("application.dir"));
    for (const std::string& file : _configFiles)
        _configStart.files.push_back(absolutePath(_workingFolder, file));
    std::vector<std::string> names;
    config().keys("application", names);
    for (const std::string& name : names)
    {
        const std::string key = "application." + name;
        if (config().hasProperty(key)) _configStart.application[key] = config().getRawString(key);
    }
    _configStart.surroundings = config::Surroundings::ofThisProcess();
    _configStart.surroundings.workingFolder = _workingFolder;
    if (_embedded) _configStart.surroundings.embeddedGroup = _embedded->group;
}

std::optional<config::HostConfig> HostApplication::checkedConfig(const std::vector<std::string>& pluginFiles)
{
    _configStart.surroundings.pluginArguments = pluginFiles;
    const config::ConfigSource source(
        _configStart, [this](const config::HostConfig& config) { return _log.check(config); });
    auto loaded = source.load();
    if (auto* good = std::get_if<config::HostConfig>(&loaded)) return std::move(*good);
    std::string all;
    for (const config::ConfigProblem& problem : std::get<std::vector<config::ConfigProblem>>(loaded))
        all += (all.empty() ? "" : "\nclustermanager: ") + problem.sentence();
    (void)fail(EXIT_CONFIG, all);
    return std::nullopt;
}

/// That of --check-config, once the configuration itself is good: the plugins' files are looked at too.
int HostApplication::tellGood(const config::HostConfig& config)
{
    for (const std::string& warning : config.warnings)
        std::cerr << "clustermanager: warning: " << warning << '\n';
    try
    {
        (void)stagePlugins(config);
    }
    catch (const runtime::StartError& problem)
    {
        return fail(EXIT_CONFIG, problem.message());
    }
    std::cout << "the configuration is good" << std::endl;
    return EXIT_OK;
}

void HostApplication::startLog(const config::HostConfig& config)
{
    // A path that names children by their id names the master too.
    Poco::Environment::set("CM_CHILD_ID", "master");
    if (_asDaemon) _log.ofDaemon();
    HostLog::applyLevel("", config.logLevel);
    const std::optional<config::ConfigProblem> problem = _log.prepare(config);
    if (!problem) return (void)_log.commit();
    // The children of a host that goes on are worth more than its log.
    if (_state)
        return Poco::Logger::get("clustermanager")
            .warning(problem->sentence() + "; the log goes to standard error");
    if (problem->key != "cluster.logFolder") throw runtime::StartError(EXIT_CONFIG, problem->sentence());
    const bool forbidden =
        makeLogFolder(config.defaultLog.folder, logGroup(config)) == std::errc::permission_denied;
    throw runtime::StartError(forbidden ? EXIT_NOPERM : EXIT_CANTCREAT, problem->sentence());
}

}  // namespace clustermanager::app
