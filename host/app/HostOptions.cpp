#include <sys/stat.h>

#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/OptionCallback.h>
#include <Poco/Util/OptionException.h>

#include <iostream>

#include "app/ExitCodes.h"
#include "app/HostApplication.h"
#include "app/HostTexts.h"

/// The host's command line.
namespace clustermanager::app {
namespace {

constexpr unsigned kUmaskMax = 0777;

}  // namespace

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
    options.addOption(
        setting("help-man", "", "write a manual page: 8 the program, 5 its configuration", "8|5"));
    options.addOption(
        flag("hash-token", "",
             "of NAME and ROLE (read or operate): write a line for webServerTokensFile, with a new "
             "token, which standard error shows once; or, where - follows, with the one that "
             "standard input has"));
    options.addOption(
        flag("check-config", "", "check the configuration and the plugins' files, and exit: 0 good, 78 bad"));
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
    else if (name == "hash-token")
        _task = Task::HashToken;
    else
        _task = Task::CheckConfig;
    if (_task != Task::Serve && _task != Task::CheckConfig) stopOptionsProcessing();
}

void HostApplication::takeSetting(const std::string& name, const std::string& value)
{
    if (name == "config-file")
        _configFiles.push_back(value);
    else if (name == "help-man")
    {
        if (value != "8" && value != "5")
            throw Poco::Util::InvalidArgumentException("help-man: '" + value + "' is neither 8 nor 5");
        _task = value == "8" ? Task::ShowManual : Task::ShowConfigManual;
        stopOptionsProcessing();
    }
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
    help.setUsage(std::string(kUsage));
    help.setHeader(std::string(kPurpose));
    std::string exitCodes;
    for (const ExitCodeRow& row : kExitCodes)
        exitCodes += (exitCodes.empty() ? "Exit codes: " : ", ") + std::to_string(row.code) + " " +
                     std::string(row.meaning);
    help.setFooter(exitCodes + ".");
    help.setWidth(100);
    help.format(std::cout);
}

}  // namespace clustermanager::app
