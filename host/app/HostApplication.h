#pragma once

#include <Poco/Util/ServerApplication.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/DaemonStart.h"
#include "app/HostLog.h"
#include "app/HostState.h"
#include "app/LoggingErrorHandler.h"
#include "app/WayBack.h"
#include "base/FileDescriptor.h"
#include "child/ChildMain.h"
#include "config/ConfigSource.h"
#include "config/HostConfig.h"
#include "control/ControlServer.h"
#include "history/History.h"
#include "runtime/HandoverRole.h"
#include "runtime/Master.h"

namespace clustermanager::app {

/// The executable that is its own plugin: its functions, and the name of their group.
struct Embedded
{
    child::Program program;
    std::string group;
};

/// The master as a Poco application: reads the command line and the configuration, builds the parts in the
/// order they depend on each other, runs, and turns every failure into one sentence and an exit code. Holds
/// no logic of supervision.
class HostApplication : public Poco::Util::ServerApplication
{
public:
    /// `settings` are the weakest layer of the configuration. `signals` is a signalfd of the signals the
    /// master manages.
    /// With a role it goes on with the state of another image of the host, or says whether it could.
    HostApplication(std::optional<Embedded> embedded, std::map<std::string, std::string> settings,
                    FileDescriptor signals, std::optional<runtime::HandoverRole> role);

    /// Everything, from the command line to the exit code. Never throws.
    int runHost(const std::vector<std::string>& commandLine) noexcept;

protected:
    const char* name() const override { return "clustermanager"; }
    void defineOptions(Poco::Util::OptionSet& options) override;
    void initialize(Poco::Util::Application& self) override;
    int main(const std::vector<std::string>& arguments) override;

private:
    enum class Task
    {
        Serve,
        ShowHelp,
        ShowVersion,
        ShowHelpConfig,
        ShowManual,
        ShowConfigManual,
        HashToken,
        CheckConfig
    };

    int exitCodeOf(const std::function<int()>& part);
    int perform(const std::vector<std::string>& arguments);
    void takeFlag(const std::string& name, const std::string& value);
    void takeSetting(const std::string& name, const std::string& value);
    void prepareToServe();
    void findConfiguration();
    std::optional<config::HostConfig> checkedConfig(const std::vector<std::string>& pluginFiles);
    int tellGood(const config::HostConfig& config);
    void startSubsystems();
    void startLog(const config::HostConfig& config);
    int serve(config::HostConfig config);
    int superviseToTheEnd(runtime::Master& master, const config::HostConfig& inForce, const PidFile* pidFile);
    int supervise(runtime::Master& master, const config::HostConfig& inForce, const PidFile* pidFile);
    int exitCodeOf(const core::Finish& finish);
    void tellStarted(const runtime::Master& master, const control::ControlServer& control,
                     const config::HostConfig& inForce);
    HostState stateOf(const runtime::Handover& master, const PidFile* pidFile) const;
    std::string leave(runtime::Master& master, const PidFile* pidFile);
    void takeState();
    int fail(int exitCode, const std::string& sentence);
    void showHelp() const;

    std::optional<Embedded> _embedded;
    FileDescriptor _signals;
    LoggingErrorHandler _errors;
    HostLog _log;

    Task _task = Task::Serve;
    bool _asDaemon = false;
    int _startExitCode = EXIT_OK;
    std::string _pidFile;
    std::vector<std::string> _configFiles;
    config::ConfigStart _configStart;
    std::string _workingFolder;
    std::optional<DaemonStart> _daemon;

    std::vector<std::string> _commandLine;
    std::string _program;         // that an upgrade goes on in
    config::HostConfig _atStart;  // the configuration of this host when it started
    control::ControlServer* _control = nullptr;
    history::History* _history = nullptr;  // null: it is off
    std::optional<runtime::HandoverRole> _role;
    std::optional<HostState> _state;  // of the image before
    std::optional<WayBack> _wayBack;
};

}  // namespace clustermanager::app
