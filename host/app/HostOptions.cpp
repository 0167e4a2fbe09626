#include <sys/stat.h>

#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/OptionCallback.h>
#include <Poco/Util/OptionException.h>

#include <iostream>

#include "app/HostApplication.h"

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

}  // namespace clustermanager::app
