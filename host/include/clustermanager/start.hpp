#pragma once

#include <functional>
#include <map>
#include <string>

#include <clustermanager/plugin.hpp>

/// The whole host in one call, for an executable that is its own plugin:
///
///     #include <clustermanager/start.hpp>
///
///     int main(int argc, char** argv)
///     {
///         cm::Options options;
///         options.argc = argc;
///         options.argv = argv;
///         return cm::start(options, [](cm::Child& child) {
///             child.ready();
///             child.waitForStop();
///             return 0;
///         });
///     }
///
/// Link it to ClusterManager::clustermanager.
namespace cm {

struct Options
{
    /// The command line as main() got it: the host's own options (--config-file, -D, --daemon, ...). May be
    /// left empty.
    int argc = 0;
    char** argv = nullptr;

    /// The group's name, and the section of the configuration that is this program's: [plugin.NAME].
    std::string name = "app";

    /// Settings with the keys of a configuration file ("cluster.count" = "4"). A file and -D go before them.
    std::map<std::string, std::string> settings;
};

/// Becomes the host: supervises processes that each run `child`, and runs `master`, where given, on a thread
/// of this one. Returns when the host has stopped, with the exit code for main() (0, or one of sysexits.h).
///
/// Call it first thing in main(): the executable is started again to be the process that forks the children,
/// and gets as far as this call there too. So nothing before it may start a thread, print, or open what only
/// one process may have. In those other processes the call does not return.
///
/// Thread: main's. Errors: none thrown; a wrong configuration is told on stderr and is exit code 78.
int start(const Options& options, std::function<int(Child&)> child, std::function<int(Master&)> master = {});

}  // namespace cm
