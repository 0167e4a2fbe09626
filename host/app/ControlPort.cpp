#include "app/ControlPort.h"

#include <Poco/Exception.h>
#include <Poco/Logger.h>
#include <Poco/Util/Application.h>

#include <cerrno>
#include <chrono>

#include "runtime/StartError.h"

namespace clustermanager::app {
namespace {

Poco::Logger& log()
{
    return Poco::Logger::get("clustermanager");
}

[[noreturn]] void refuse(const Poco::Exception& problem)
{
    using Poco::Util::Application;
    const int code = problem.code();
    int exitCode = Application::EXIT_CANTCREAT;
    if (code == EADDRINUSE || code == EADDRNOTAVAIL) exitCode = Application::EXIT_UNAVAILABLE;
    if (code == EACCES || code == EPERM) exitCode = Application::EXIT_NOPERM;
    throw runtime::StartError(exitCode, problem.message());
}

control::ControlAccess accessOf(const config::HostConfig& config)
{
    control::ControlAccess access;
    access.socketPath = config.controlSocket;
    access.socketRights = {config.controlSocketMode, config.controlSocketGroup};
    access.tcpAddress = config.webServerAddress;
    access.tcpPort = config.webServerPort;
    access.tokens = config.webServerTokens;
    if (!config.webServerToken.empty())
        access.tokens.push_back(
            access::hashed("webServerToken", access::Role::Operate, config.webServerToken));
    access.certificates = config.certificates;
    return access;
}

}  // namespace

control::ControlOptions controlOptions(const config::HostConfig& config, core::OccurrenceSink& occurrences)
{
    control::ControlOptions options;
    static_cast<control::ControlAccess&>(options) = accessOf(config);
    options.warn = [](const std::string& text) { log().warning(text); };
    options.audit = [&occurrences](const control::AuditEntry& entry) {
        log().information("command: " + entry.text());
        core::Occurrence asked;
        asked.at = std::chrono::system_clock::now();
        asked.text = entry.text();
        asked.what = core::CommandAsked{entry.route, entry.who, entry.status};
        occurrences.record(std::move(asked));
    };
    return options;
}

void startControl(control::ControlServer& control)
{
    try
    {
        control.start();
    }
    catch (const Poco::IOException& problem)
    {
        refuse(problem);
    }
}

std::function<void()> prepareControl(control::ControlServer& control, const config::HostConfig& config)
{
    try
    {
        return [&control, change = control.prepare(accessOf(config))] {
            const std::string before = control.url();
            change();
            if (control.url() != before)
                log().information("control port: " +
                                  (control.url().empty() ? "not on TCP any more" : control.url()));
        };
    }
    catch (const Poco::Exception& problem)
    {
        refuse(problem);
    }
}

}  // namespace clustermanager::app
