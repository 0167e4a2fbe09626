#include "app/HostApplication.h"

#include <malloc.h>
#include <unistd.h>

#include <Poco/Logger.h>
#include <Poco/Util/OptionException.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <utility>

#include "app/ControlPort.h"
#include "app/HostManual.h"
#include "app/LastWords.h"
#include "app/PidFile.h"
#include "app/SocketFileWatch.h"
#include "app/StartSteps.h"
#include "app/TokenCommand.h"
#include "app/Version.h"
#include "base/FaultPoint.h"
#include "base/StandardError.h"
#include "base/SysError.h"
#include "child/LogText.h"
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

/// Nothing where it is off.
std::optional<history::History> historyOf(const config::HostConfig& config, runtime::Master& master)
{
    if (!config.history) return std::nullopt;
    history::History::Options options;
    options.path = config.historyFile;
    options.limits = {config.historyMaxRows, config.historyMaxAge};
    options.warn = [](const std::string& text) { log().warning(text); };
    options.inform = [](const std::string& text) { log().information(text); };
    return std::optional<history::History>(std::in_place, std::move(options), master.journal());
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
    if (_log.console() != HostLog::Console::Json) tellStandardError("clustermanager: " + sentence);
    if (_log.console() != HostLog::Console::Text) log().error(sentence);
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

/// Poco's. That of the loggers finds no logging.* key here: see HostLog.
void HostApplication::startSubsystems()
{
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
    case Task::ShowManual: std::cout << programManual(options()) << std::flush; return EXIT_OK;
    case Task::ShowConfigManual: std::cout << configurationManual() << std::flush; return EXIT_OK;
    case Task::HashToken: return hashToken(arguments, std::cin, std::cout, std::cerr);
    case Task::CheckConfig:
    case Task::Serve: break;
    }
    std::optional<config::HostConfig> config =
        _state ? std::optional(_state->atStart) : checkedConfig(arguments);
    if (!config) return EXIT_CONFIG;
    startSubsystems();
    if (_role && _role->kind == runtime::HandoverRole::Kind::Rehearse)
    {
        if (const auto problem = _log.check(_state->master.config))
            throw runtime::StartError(EXIT_CONFIG, problem->sentence());
        CM_FAULT_POINT("rehearsal.answers");
        _role->answer(std::string(runtime::Rehearsal::kGood) + kVersion);
        CM_FAULT_POINT("rehearsal.answered");
        ::_exit(EXIT_OK);
    }
    return _task == Task::Serve ? serve(std::move(*config)) : tellGood(*config);
}

int HostApplication::serve(config::HostConfig config)
{
    requireProc();
    startLog(_state ? _state->master.config : config);
    makeRoomForChildren(config);
    leaveNoCoreFile();
    leaveLastWords();

    runtime::Master::Setup setup;
    std::optional<PidFile> pidFile;
    if (_state)
    {
        if (const std::vector<int> gone = missing(*_state); !gone.empty())
            return fail(EXIT_OSERR, std::to_string(gone.size()) + " descriptors were not inherited");
        _wayBack.reset();  // from here on what was handed over is owned here
        CM_FAULT_POINT("image.owned");
        if (_state->pidFile) pidFile.emplace(*_state->pidFile);
        setup.handover = std::move(_state->master);
        setup.upgradeProblem = _role->reason;
    }
    else
    {
        for (const std::string& warning : config.warnings) log().warning(warning);
        if (!_pidFile.empty()) pidFile.emplace(absolutePath(_workingFolder, _pidFile));
        setup.plugins = stagePlugins(config);
    }
    const config::HostConfig inForce = _state ? setup.handover->config : config;
    setup.config = inForce;
    _atStart = std::move(config);
    setup.program = _program;
    setup.arguments = _commandLine;
    setup.seal = [this, &pidFile](const runtime::Handover& state) {
        return std::move(seal(stateOf(state, pidFile ? &*pidFile : nullptr)).file);
    };
    setup.signals = std::move(_signals);
    setup.version = kVersion;
    setup.requestsMax = control::GateLimits{}.requests * (inForce.webServerPort >= 0 ? 2 : 1);
    setup.findRunMaster = [this](int copy, const std::string& path) {
        return findRunMaster(_embedded ? std::optional(_embedded->program) : std::nullopt, copy, path);
    };
    setup.log.applyLevel = &HostLog::applyLevel;
    setup.log.commit = [this] {
        HostLog::Change change = _log.commit();
        return runtime::Master::LogPorts::Change{std::move(change.sentence), change.level};
    };
    setup.log.reopen = [this] { _log.reopen(); };
    setup.prepareControl = [this](const config::HostConfig& after) {
        return prepareControl(*_control, after);
    };
    const config::ConfigSource source(
        _configStart, [this](const config::HostConfig& wanted) { return _log.prepare(wanted); });
    setup.readConfig = [source] { return source.loadAgain(); };
    const auto master = std::make_unique<runtime::Master>(std::move(setup));
    if (_state) CM_FAULT_POINT("image.resumed");
    const int exitCode = superviseToTheEnd(*master, inForce, pidFile ? &*pidFile : nullptr);
    if (!master->leftBehind()) return exitCode;
    pidFile.reset();
    ::_exit(exitCode);  // a run_master that did not return still uses what the destructors would take away
}

/// Whatever ends it, nobody is left behind.
int HostApplication::superviseToTheEnd(runtime::Master& master, const config::HostConfig& inForce,
                                       const PidFile* pidFile)
{
    try
    {
        const int exitCode = supervise(master, inForce, pidFile);
        master.endDescendants();
        return exitCode;
    }
    catch (...)
    {
        master.endDescendants();
        throw;
    }
}

int HostApplication::supervise(runtime::Master& master, const config::HostConfig& inForce,
                               const PidFile* pidFile)
{
    std::optional<history::History> history = historyOf(_atStart, master);
    _history = history ? &*history : nullptr;
    if (_history != nullptr) _history->start();
    control::ControlOptions options = controlOptions(inForce, master.journal());
    options.socketPath = _atStart.controlSocket;
    options.history = _history;
    options.metrics = &master.metrics();
    options.streams = streamsThatFit(inForce);
    control::ControlServer control(std::move(options), master.snapshots(), master.commands(),
                                   master.journal());
    _control = &control;
    if (_state)
    {
        control.resume(_state->control);
        CM_FAULT_POINT("image.control");
    }
    else
        startControl(control);
    const SocketFileWatch watch(master.loop(), control, control.socketPath());

    std::optional<core::Finish> finish;
    while (!finish)
    {
        finish = master.run([&] { tellStarted(master, control, inForce); });
        if (finish) break;
        const std::string problem = leave(master, pidFile);  // returns only where that was not possible
        if (_history != nullptr) _history->start();
        control.goOn();
        master.upgradeFailed(problem);
    }
    control.stop();
    return exitCodeOf(*finish);
}

int HostApplication::exitCodeOf(const core::Finish& finish)
{
    const std::string reason = child::plainLogText(finish.reason);  // it may have come from a plugin
    switch (finish.verdict)
    {
    case core::Finish::Verdict::StoppedByOperator: log().information("stopped"); return EXIT_OK;
    case core::Finish::Verdict::GaveUp: return fail(EXIT_SOFTWARE, "stopped: " + reason);
    case core::Finish::Verdict::CannotLoad: return fail(EXIT_UNAVAILABLE, "stopped: " + reason);
    }
    return EXIT_SOFTWARE;
}

void HostApplication::tellStarted(const runtime::Master& master, const control::ControlServer& control,
                                  const config::HostConfig& inForce)
{
    (void)::malloc_trim(0);  // what the start alone took memory for goes back
    const std::shared_ptr<const core::Snapshot> picture = master.latest();
    if (_state)
    {
        log().information(_role->reason.empty()
                              ? "upgrade: the host goes on as version " + std::string(kVersion) +
                                    ", before " + _state->version + ", with all its children"
                              : "upgrade failed, the host before goes on: " + _role->reason);
        CM_FAULT_POINT("image.serving");
        return;
    }
    for (const config::Group& group : inForce.groups)
        log().information("group " + group.policy.name + ": " + std::to_string(group.policy.count) +
                          " children of " +
                          (group.pluginPath.empty() ? "this executable" : group.pluginPath));
    for (const core::ListenerSnapshot& listener : picture->listeners)
        log().information("listening: " + listener.name + " on " + listener.address);
    log().information("control port: " + (control.url().empty() ? "" : control.url() + " and ") +
                      "unix:" + control.socketPath());
    log().information("serving as process " + std::to_string(::getpid()) +
                      "; SIGTERM or Ctrl-C stops gracefully");
    if (_daemon) _daemon->succeeded();
}

}  // namespace clustermanager::app
