#include <clustermanager/start.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <utility>
#include <vector>

#include "app/HostApplication.h"
#include "app/WayBack.h"
#include "base/FaultPoint.h"
#include "base/Signals.h"
#include "base/StandardError.h"
#include "runtime/HandoverRole.h"
#include "runtime/Rehearsal.h"
#include "spawner/SpawnerMain.h"

namespace clustermanager::app {
namespace {

/// What the master's loop takes; SIGCHLD tells of spawners.
const sigset_t& managedSignals()
{
    static const sigset_t managed =
        signalSet({SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU, SIGALRM});
    return managed;
}

/// Without this, the first file we open could become somebody's standard output.
void openStandardStreams()
{
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(stream, F_GETFD) < 0)
            (void)::open("/dev/null", stream == STDIN_FILENO ? O_RDONLY : O_WRONLY);
}

std::optional<Embedded> embeddedProgram(const cm::Options& options, std::function<int(cm::Child&)> child,
                                        std::function<int(cm::Master&)> master)
{
    if (!child) return std::nullopt;
    Embedded embedded;
    embedded.group = options.name;
    embedded.program.runChild = [child = std::move(child)](cm_context* context) {
        cm::Child self(context);
        return child(self);
    };
    if (master)
        embedded.program.runMaster = [master = std::move(master)](cm_context* context) {
            cm::Master self(context);
            return master(self);
        };
    return embedded;
}

int refuse(const std::string& sentence, const std::optional<runtime::HandoverRole>& role)
{
    if (role && role->kind == runtime::HandoverRole::Kind::Rehearse)
        role->answer(runtime::Rehearsal::kBad + sentence);
    if (role && role->kind == runtime::HandoverRole::Kind::TakeOver)
        WayBack(role->other, role->state).take(sentence);
    tellStandardError("clustermanager: " + sentence);
    return Poco::Util::Application::EXIT_OSERR;
}

int runMaster(const cm::Options& options, std::optional<Embedded> embedded)
{
    std::optional<runtime::HandoverRole> role = runtime::HandoverRole::take();
    if (role)
        CM_FAULT_POINT(role->kind == runtime::HandoverRole::Kind::Rehearse ? "rehearsal.begun"
                                                                           : "image.begun");
    // A parent may have had SIGCHLD ignored, and then no end could be seen. What is blocked stays so, because
    // the image before this one may have left a signal that waits.
    resetDispositions();
    (void)::signal(SIGXFSZ, SIG_IGN);  // a log at its limit is an error of write(), not our end
    if (const Result<int> blocked = setSignalMask(managedSignals()); !blocked)
        return refuse(blocked.error().text(), role);
    Result<FileDescriptor> signals = openSignalFd(managedSignals());
    if (!signals) return refuse(signals.error().text(), role);
    // Poco's Application looks for it in its constructor, and throws.
    std::error_code missing;
    (void)std::filesystem::current_path(missing);
    if (missing) return refuse("the working folder cannot be found: " + missing.message(), role);

    std::vector<std::string> commandLine(options.argv, options.argv + options.argc);
    if (commandLine.empty()) commandLine.push_back(options.name);
    HostApplication application(std::move(embedded), options.settings, std::move(signals.value()),
                                std::move(role));
    return application.runHost(commandLine);
}

}  // namespace
}  // namespace clustermanager::app

int cm::start(const Options& options, std::function<int(Child&)> child, std::function<int(Master&)> master)
{
    using namespace clustermanager;
    app::openStandardStreams();
    std::optional<app::Embedded> embedded =
        app::embeddedProgram(options, std::move(child), std::move(master));
    if (std::optional<FileDescriptor> link = spawner::takeSpawnerRole())
    {
        std::optional<child::Program> program;
        if (embedded) program = std::move(embedded->program);
        const int exitCode = spawner::runSpawner(std::move(*link), std::move(program));
        std::cout.flush();
        ::_exit(exitCode);  // no static destructor of a preloaded plugin runs here
    }
    return app::runMaster(options, std::move(embedded));
}
