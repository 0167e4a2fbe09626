#include "app/HostApplication.h"

#include <malloc.h>
#include <unistd.h>

#include <Poco/Environment.h>
#include <Poco/Logger.h>
#include <Poco/Util/OptionException.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <utility>

#include "app/PidFile.h"
#include "app/SocketFileWatch.h"
#include "app/StartSteps.h"
#include "app/Version.h"
#include "base/SysError.h"
#include "child/ChildFileChannel.h"
#include "config/OptionTable.h"
#include "control/ControlServer.h"
#include "runtime/PluginFile.h"
#include "runtime/Rehearsal.h"
#include "runtime/StartError.h"

namespace clustermanager::app {
namespace {

Poco::Logger& log()
{
    return Poco::Logger::get("clustermanager");
}

/// Where the program of this process lies, or did when it was started.
std::string ownProgram()
{
    static const std::string kDeleted = " (deleted)";
    std::error_code problem;
    std::string path = std::filesystem::read_symlink("/proc/self/exe", problem).string();
    const bool deleted = path.size() > kDeleted.size() &&
                         path.compare(path.size() - kDeleted.size(), kDeleted.size(), kDeleted) == 0;
    return deleted ? path.substr(0, path.size() - kDeleted.size()) : path;
}

/// The same, by the way it was called: a link in it may lead to the next version one day.
std::string calledProgram(const std::string& called)
{
    std::error_code problem;
    if (called.find('/') == std::string::npos) return ownProgram();
    const std::string path = std::filesystem::absolute(called, problem).lexically_normal().string();
    return !problem && std::filesystem::equivalent(path, "/proc/self/exe", problem) ? path : ownProgram();
}

std::string absolute(const std::string& folder, const std::string& path)
{
    return (std::filesystem::path(folder) / path).lexically_normal().string();
}

}  // namespace

HostApplication::HostApplication(std::optional<Embedded> embedded,
                                 std::map<std::string, std::string> settings, FileDescriptor signals,
                                 std::optional<runtime::HandoverRole> role)
    : _embedded(std::move(embedded)), _signals(std::move(signals)), _role(std::move(role))
{
    _configStart.settings = std::move(settings);
    // Poco's constructor turns crashes into SIGABRT, which would hide what happened.
    for (const int fatal : {SIGILL, SIGBUS, SIGSEGV, SIGSYS}) (void)::signal(fatal, SIG_DFL);
    Poco::ErrorHandler::set(&_errors);
    logToStderr(core::LogLevel::Info);
}

int HostApplication::runHost(const std::vector<std::string>& commandLine) noexcept
{
    _commandLine = commandLine;
    _program = calledProgram(commandLine.front());
    return exitCodeOf([&] {
        takeState();
        init(commandLine);
        return run();
    });
}

/// Runs a part of the host and turns what it throws into one sentence and an exit code.
int HostApplication::exitCodeOf(const std::function<int()>& part)
{
    try
    {
        return part();
    }
    catch (const runtime::StartError& problem)
    {
        return fail(problem.exitCode(), problem.message());
    }
    catch (const Poco::Util::OptionException& problem)
    {
        return fail(EXIT_USAGE, "command line: " + problem.displayText() + "; see --help");
    }
    catch (const Poco::SystemException& problem)
    {
        return fail(EXIT_OSERR, problem.displayText());
    }
    catch (const Poco::Exception& problem)
    {
        return fail(EXIT_CONFIG, problem.displayText());
    }
    catch (const std::exception& problem)
    {
        return fail(EXIT_OSERR, problem.what());
    }
}

int HostApplication::fail(int exitCode, const std::string& sentence)
{
    if (_role && _role->kind == runtime::HandoverRole::Kind::Rehearse)
    {
        _role->answer(runtime::Rehearsal::kBad + sentence);
        ::_exit(exitCode);
    }
    if (_wayBack) _wayBack->take(sentence);
    std::cerr << "clustermanager: " << sentence << std::endl;
    if (_logsConfigured) log().error(sentence);
    if (_daemon) _daemon->failed(exitCode, sentence);
    return exitCode;
}

// --- the configuration ---

// Poco's run() would swallow what this throws: main() leaves with the exit code instead.
void HostApplication::initialize(Poco::Util::Application&)
{
    _startExitCode = exitCodeOf([&] {
        prepareToServe();
        return static_cast<int>(EXIT_OK);
    });
}

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
    for (const std::string& file : _configFiles) _configStart.files.push_back(absolute(_workingFolder, file));
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
    const config::ConfigSource source(_configStart);
    auto loaded = source.load();
    if (auto* good = std::get_if<config::HostConfig>(&loaded)) return std::move(*good);
    std::string all;
    for (const config::ConfigProblem& problem : std::get<std::vector<config::ConfigProblem>>(loaded))
        all += (all.empty() ? "" : "\nclustermanager: ") + problem.sentence();
    (void)fail(EXIT_CONFIG, all);
    return std::nullopt;
}

/// Poco's subsystems, of which the one of the loggers reads the logging.* keys here.
void HostApplication::startSubsystems(const config::HostConfig& host)
{
    for (const auto& [key, value] : host.logging) config().setString(key, value);
    child::ChildFileChannel::registerClass();
    // A path that names children by their id names the master too.
    Poco::Environment::set("CM_CHILD_ID", "master");
    ServerApplication::initialize(*this);
}

// --- running ---

// Poco's run() would swallow what this throws, so nothing leaves it.
int HostApplication::main(const std::vector<std::string>& arguments)
{
    if (_startExitCode != EXIT_OK) return _startExitCode;
    return exitCodeOf([&] { return perform(arguments); });
}

int HostApplication::perform(const std::vector<std::string>& arguments)
{
    switch (_task)
    {
    case Task::ShowHelp: showHelp(); return EXIT_OK;
    case Task::ShowVersion: std::cout << "clustermanager " << kVersion << std::endl; return EXIT_OK;
    case Task::ShowHelpConfig: std::cout << config::helpConfig() << std::flush; return EXIT_OK;
    case Task::CheckConfig:
    case Task::Serve: break;
    }
    std::optional<config::HostConfig> config =
        _state ? std::optional(_state->atStart) : checkedConfig(arguments);
    if (!config) return EXIT_CONFIG;
    startSubsystems(*config);
    if (_role && _role->kind == runtime::HandoverRole::Kind::Rehearse)
    {
        _role->answer(std::string(runtime::Rehearsal::kGood) + kVersion);
        ::_exit(EXIT_OK);
    }
    if (_task == Task::Serve) return serve(std::move(*config));
    for (const std::string& warning : config->warnings)
        std::cerr << "clustermanager: warning: " << warning << '\n';
    std::cout << "the configuration is good" << std::endl;
    return EXIT_OK;
}

int HostApplication::serve(config::HostConfig config)
{
    _logsConfigured = config.logsConfigured;
    if (!_logsConfigured)
    {
        makeLogFolder(config.defaultLog.folder);
        if (_asDaemon) logToFile(config.defaultLog);
        applyLogLevel("", config.logLevel);
    }
    makeRoomForChildren(config);

    runtime::Master::Setup setup;
    std::optional<PidFile> pidFile;
    if (_state)
    {
        if (const std::vector<int> gone = missing(*_state); !gone.empty())
            return fail(EXIT_OSERR, std::to_string(gone.size()) + " descriptors were not inherited");
        _wayBack.reset();  // from here on what was handed over is owned here
        if (_state->pidFile) pidFile.emplace(*_state->pidFile);
        setup.handover = std::move(_state->master);
        setup.upgradeProblem = _role->reason;
    }
    else
    {
        for (const std::string& warning : config.warnings) log().warning(warning);
        if (!_pidFile.empty()) pidFile.emplace(absolute(_workingFolder, _pidFile));
        setup.plugins = stagePlugins(config);
    }
    setup.config = _state ? setup.handover->config : config;
    _atStart = config;
    setup.program = _program;
    setup.arguments = _commandLine;
    setup.seal = [this, &pidFile](const runtime::Handover& state) {
        return std::move(seal(stateOf(state, pidFile ? &*pidFile : nullptr)).file);
    };
    setup.signals = std::move(_signals);
    setup.version = kVersion;
    setup.findRunMaster = [this](int copy, const std::string& path) {
        return findRunMaster(_embedded ? std::optional(_embedded->program) : std::nullopt, copy, path);
    };
    setup.applyLogLevel = &applyLogLevel;
    setup.readConfig = [source = config::ConfigSource(_configStart)] { return source.loadAgain(); };
    const auto master = std::make_unique<runtime::Master>(std::move(setup));
    const int exitCode = supervise(*master, config, pidFile ? &*pidFile : nullptr);
    if (!master->leftBehind()) return exitCode;
    pidFile.reset();
    ::_exit(exitCode);  // a run_master that did not return still uses what the destructors would take away
}

int HostApplication::supervise(runtime::Master& master, const config::HostConfig& config,
                               const PidFile* pidFile)
{
    startHistory(master, config);
    control::ControlOptions options;
    options.history = _history ? &*_history : nullptr;
    options.socketPath = config.controlSocket;
    options.tcpAddress = config.webServerAddress;
    options.tcpPort = config.webServerPort;
    options.token = config.webServerToken;
    options.warn = [](const std::string& text) { log().warning(text); };
    control::ControlServer control(std::move(options), master.snapshots(), master.commands());
    _control = &control;
    if (_state)
        control.resume(_state->control);
    else
        startControl(control);
    const SocketFileWatch watch(master.loop(), control, config.controlSocket);

    std::optional<core::Finish> finish;
    while (!finish)
    {
        finish = master.run([&] { tellStarted(master, control); });
        if (finish) break;
        const std::string problem = leave(master, pidFile);  // returns only where that was not possible
        if (_history) _history->start();
        control.goOn();
        master.upgradeFailed(problem);
    }
    control.stop();
    _history.reset();
    return exitCodeOf(*finish);
}

void HostApplication::startHistory(runtime::Master& master, const config::HostConfig& config)
{
    if (!config.history) return;
    history::History::Options options;
    options.path = config.historyFile;
    options.limits = {config.historyMaxRows, config.historyMaxAge};
    options.warn = [](const std::string& text) { log().warning(text); };
    options.inform = [](const std::string& text) { log().information(text); };
    _history.emplace(std::move(options), master.journal());
    _history->start();
}

int HostApplication::exitCodeOf(const core::Finish& finish)
{
    switch (finish.verdict)
    {
    case core::Finish::Verdict::StoppedByOperator: log().information("stopped"); return EXIT_OK;
    case core::Finish::Verdict::GaveUp: return fail(EXIT_SOFTWARE, "stopped: " + finish.reason);
    case core::Finish::Verdict::CannotLoad: return fail(EXIT_UNAVAILABLE, "stopped: " + finish.reason);
    }
    return EXIT_SOFTWARE;
}

void HostApplication::tellStarted(const runtime::Master& master, const control::ControlServer& control)
{
    (void)::malloc_trim(0);  // what the start alone took memory for goes back
    const std::shared_ptr<const core::Snapshot> picture = master.latest();
    if (_state)
        return log().information(_role->reason.empty()
                                     ? "upgrade: the host goes on as version " + std::string(kVersion) +
                                           ", before " + _state->version + ", with all its children"
                                     : "upgrade failed, the host before goes on: " + _role->reason);
    for (const auto& group : picture->groups)
        log().information("group " + group->name + ": " + std::to_string(group->count) + " children of " +
                          (group->plugin.path.empty() ? "this executable" : group->plugin.path));
    for (const core::ListenerSnapshot& listener : picture->listeners)
        log().information("listening: " + listener.name + " on " + listener.address);
    log().information(
        "control port: " +
        (control.tcpAddressInUse().empty() ? "" : "http://" + control.tcpAddressInUse() + "/ and ") +
        "unix:" + control.socketPath());
    log().information("serving as process " + std::to_string(::getpid()) +
                      "; SIGTERM or Ctrl-C stops gracefully");
    if (_daemon) _daemon->succeeded();
}

}  // namespace clustermanager::app
