#include "app/HostApplication.h"

#include <sys/stat.h>
#include <unistd.h>

#include <Poco/Environment.h>
#include <Poco/Logger.h>
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/OptionCallback.h>
#include <Poco/Util/OptionException.h>

#include <cerrno>
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
#include "runtime/StartError.h"

namespace clustermanager::app {
namespace {

constexpr unsigned kUmaskMax = 0777;

Poco::Logger& log()
{
    return Poco::Logger::get("clustermanager");
}

std::string absolute(const std::string& folder, const std::string& path)
{
    return (std::filesystem::path(folder) / path).lexically_normal().string();
}

}  // namespace

HostApplication::HostApplication(std::optional<Embedded> embedded,
                                 std::map<std::string, std::string> settings, FileDescriptor signals)
    : _embedded(std::move(embedded)), _signals(std::move(signals))
{
    _configStart.settings = std::move(settings);
    // Poco's constructor turns crashes into SIGABRT, which would hide what happened.
    for (const int fatal : {SIGILL, SIGBUS, SIGSEGV, SIGSYS}) (void)::signal(fatal, SIG_DFL);
    Poco::ErrorHandler::set(&_errors);
    logToStderr(core::LogLevel::Info);
}

int HostApplication::runHost(const std::vector<std::string>& commandLine) noexcept
{
    return exitCodeOf([&] {
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
    std::cerr << "clustermanager: " << sentence << std::endl;
    if (_logsConfigured) log().error(sentence);
    if (_daemon) _daemon->failed(exitCode, sentence);
    return exitCode;
}

// --- the command line ---

void HostApplication::defineOptions(Poco::Util::OptionSet& options)
{
    using Poco::Util::Option;
    const auto flag = [this](const std::string& name, const std::string& shortName, const std::string& text) {
        return Option(name, shortName, text, false)
            .callback(Poco::Util::OptionCallback<HostApplication>(this, &HostApplication::takeFlag));
    };
    const auto setting = [this](const std::string& name, const std::string& shortName,
                                const std::string& text, const std::string& argument) {
        return Option(name, shortName, text, false)
            .argument(argument)
            .callback(Poco::Util::OptionCallback<HostApplication>(this, &HostApplication::takeSetting));
    };
    options.addOption(flag("help", "h", "show this text"));
    options.addOption(flag("version", "V", "show the version"));
    options.addOption(flag("help-config", "", "show every key of the configuration"));
    options.addOption(flag("check-config", "", "check the configuration and exit: 0 good, 78 bad"));
    options.addOption(setting("config-file", "c",
                              "read this .properties, .ini, .xml or .json file; of several, later ones win",
                              "FILE")
                          .repeatable(true));
    options.addOption(
        setting("define", "D", "set one key; wins over every file", "KEY=VALUE").repeatable(true));
    options.addOption(
        flag("daemon", "", "run in the background; returns when the host serves, or has failed"));
    options.addOption(setting("pidfile", "", "write the process id to this file", "FILE"));
    options.addOption(setting("umask", "", "the umask of the host and its children (octal)", "MASK"));
}

void HostApplication::takeFlag(const std::string& name, const std::string&)
{
    if (name == "daemon")
        _asDaemon = true;
    else if (name == "help")
        _task = Task::ShowHelp;
    else if (name == "version")
        _task = Task::ShowVersion;
    else if (name == "help-config")
        _task = Task::ShowHelpConfig;
    else
        _task = Task::CheckConfig;
    if (_task != Task::Serve && _task != Task::CheckConfig) stopOptionsProcessing();
}

void HostApplication::takeSetting(const std::string& name, const std::string& value)
{
    if (name == "config-file")
        _configFiles.push_back(value);
    else if (name == "pidfile")
        _pidFile = value;
    else if (name == "umask")
    {
        std::size_t used = 0;
        unsigned long mask = kUmaskMax + 1;
        if (value.find_first_not_of("01234567") == std::string::npos && value.size() <= 4)
            mask = std::stoul(value, &used, 8);
        if (mask > kUmaskMax)
            throw Poco::Util::InvalidArgumentException("umask: '" + value +
                                                       "' is not an octal number up to 0777");
        (void)::umask(static_cast<mode_t>(mask));
    }
    else
    {
        const std::size_t equals = value.find('=');
        if (equals == std::string::npos || equals == 0)
            throw Poco::Util::InvalidArgumentException("define: '" + value + "' is not KEY=VALUE");
        _configStart.definitions[value.substr(0, equals)] = value.substr(equals + 1);
    }
}

void HostApplication::showHelp() const
{
    Poco::Util::HelpFormatter help(options());
    help.setCommand(commandName());
    help.setUsage("[OPTIONS] [PLUGIN.so ...]");
    help.setHeader("Supervises processes that each run a plugin's run_child. A plugin named here is a group "
                   "of its own; others come "
                   "from the configuration.");
    help.setFooter("Exit codes: 0 stopped, 64 usage, 69 a plugin or address cannot be had, 70 a group gave "
                   "up, 71 the system refused, "
                   "73 a file cannot be made, 77 permission, 78 configuration.");
    help.setWidth(100);
    help.format(std::cout);
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
    std::optional<config::HostConfig> config = checkedConfig(arguments);
    if (!config) return EXIT_CONFIG;
    startSubsystems(*config);
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
        if (_daemon) logToFile(config.defaultLog);
        applyLogLevel("", config.logLevel);
    }
    for (const std::string& warning : config.warnings) log().warning(warning);

    makeRoomForChildren(config);

    std::optional<PidFile> pidFile;
    if (!_pidFile.empty()) pidFile.emplace(absolute(_workingFolder, _pidFile));

    runtime::Master::Setup setup;
    setup.plugins = stagePlugins(config);
    setup.config = config;
    setup.signals = std::move(_signals);
    setup.version = kVersion;
    setup.findRunMaster = [this](int copy, const std::string& path) {
        return findRunMaster(_embedded ? std::optional(_embedded->program) : std::nullopt, copy, path);
    };
    setup.applyLogLevel = &applyLogLevel;
    setup.readConfig = [source = config::ConfigSource(_configStart)] { return source.loadAgain(); };
    const auto master = std::make_unique<runtime::Master>(std::move(setup));
    const int exitCode = supervise(*master, config);
    if (!master->leftBehind()) return exitCode;
    pidFile.reset();
    ::_exit(exitCode);  // a run_master that did not return still uses what the destructors would take away
}

int HostApplication::supervise(runtime::Master& master, const config::HostConfig& config)
{
    control::ControlOptions options;
    options.socketPath = config.controlSocket;
    options.tcpAddress = config.webServerAddress;
    options.tcpPort = config.webServerPort;
    options.token = config.webServerToken;
    options.warn = [](const std::string& text) { log().warning(text); };
    control::ControlServer control(std::move(options), master.snapshots(), master.commands());
    startControl(control);
    const SocketFileWatch watch(master.loop(), control, config.controlSocket);

    const core::Finish finish = master.run([&] {
        for (const config::Group& group : config.groups)
            log().information("group " + group.policy.name + ": " + std::to_string(group.policy.count) +
                              " children of " +
                              (group.pluginPath.empty() ? "this executable" : group.pluginPath));
        for (const core::ListenerSnapshot& listener : master.snapshots().latest()->listeners)
            log().information("listening: " + listener.name + " on " + listener.address);
        log().information(
            "control port: " +
            (control.tcpAddressInUse().empty() ? "" : "http://" + control.tcpAddressInUse() + "/ and ") +
            "unix:" + config.controlSocket);
        log().information("serving as process " + std::to_string(::getpid()) +
                          "; SIGTERM or Ctrl-C stops gracefully");
        if (_daemon) _daemon->succeeded();
    });
    control.stop();
    switch (finish.verdict)
    {
    case core::Finish::Verdict::StoppedByOperator: log().information("stopped"); return EXIT_OK;
    case core::Finish::Verdict::GaveUp: return fail(EXIT_SOFTWARE, "stopped: " + finish.reason);
    case core::Finish::Verdict::CannotLoad: return fail(EXIT_UNAVAILABLE, "stopped: " + finish.reason);
    }
    return EXIT_SOFTWARE;
}

}  // namespace clustermanager::app
