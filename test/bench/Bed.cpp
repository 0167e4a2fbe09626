#include "Bed.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "UnixRequest.h"
#include "integration/Processes.h"
#include "integration/Waiting.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kStopPatience{60'000};
constexpr Millis kSpawnerPatience{10'000};

/// The group's name is the plugin's: the stem of its file.
std::string stem(const std::string& path)
{
    const std::string file = path.substr(path.rfind('/') + 1);
    return file.substr(0, file.rfind('.'));
}

std::string configuration(const std::string& plugin, const Host::Keys& keys)
{
    const std::string group = "plugin." + stem(plugin) + ".";
    std::string text = "cluster.plugins = plugins\n" + group + "path = " + plugin + "\n";
    // A child that is killed the moment it is up shall come back at once, as often as it takes.
    Host::Keys all{{"cluster.minUptimeMs", "0"}, {"cluster.maxRestarts", "0"}};
    for (const auto& [key, value] : keys) all[key] = value;
    for (const auto& [key, value] : all)
        text += (key.find('.') == std::string::npos ? group : "") + key + " = " + value + "\n";
    return text;
}

std::string prepared(const Bed& bed, const std::string& name, const std::string& text)
{
    const std::string folder = bed.folder.path() + "/" + name;
    for (const char* part : {"", "/plugins", "/run", "/log"}) (void)::mkdir((folder + part).c_str(), 0755);
    integration::writeFile(folder + "/host.properties", text);
    return folder;
}

integration::Launch hostLaunch(const Bed& bed, const std::string& folder)
{
    integration::Launch launch = bed.launch(BENCH_HOST);
    launch.arguments = {"--config-file=host.properties"};
    launch.workingFolder = folder;
    return launch;
}

integration::Launch bareLaunch(const Bed& bed, unsigned count, BareLoop::Children children,
                               BareLoop::Then then)
{
    const bool laden = children == BareLoop::Children::Laden;
    integration::Launch launch = bed.launch(laden ? BENCH_LADEN_LOOP : BENCH_BARE_LOOP);
    launch.arguments = {std::to_string(count)};
    if (then == BareLoop::Then::ReplacesAll) launch.arguments.emplace_back("replace");
    launch.before = [] { (void)::setpgid(0, 0); };
    return launch;
}

}  // namespace

integration::Launch Bed::launch(const std::string& program) const
{
    integration::Launch launch;
    launch.program = program;
    launch.workingFolder = folder.path();
    launch.output = folder.path() + "/output";
    launch.environment["BENCH_STAMPS"] = stamps.path();
    return launch;
}

Host::Host(const Bed& bed, const std::string& name, const std::string& plugin, const Keys& keys)
    : _bed(bed), _folder(prepared(bed, name, configuration(plugin, keys))), _startedNs(stamp_now()),
      _process(hostLaunch(bed, _folder))
{}

Host::~Host()
{
    _process.signal(SIGTERM);
    (void)_process.waitForEnd(kStopPatience);
}

pid_t Host::spawner() const
{
    std::vector<pid_t> spawners;
    const bool one = integration::waitFor(
        [&] {
            spawners = integration::spawnersOf(master());
            return spawners.size() == 1;
        },
        kSpawnerPatience);
    if (one) return spawners.front();
    std::string names;
    for (const pid_t pid : spawners) names += " " + std::to_string(pid) + " " + integration::nameOf(pid);
    throw std::runtime_error("the host has not one spawner, but:" + names + "\n" + _bed.output());
}

void Host::waitReady(unsigned count, Millis patience) const
{
    const std::string wanted = "\"ready\":" + std::to_string(count) + ",";
    const bool ready = integration::waitFor(
        [&] {
            const std::string status = unixRequest(controlSocket(), "/");
            return status.find(wanted) != std::string::npos;
        },
        patience);
    if (!ready) throw std::runtime_error("the children did not become ready in time:\n" + _bed.output());
}

BareLoop::BareLoop(const Bed& bed, unsigned count, Children children, Then then)
    : _startedNs(stamp_now()), _process(bareLaunch(bed, count, children, then))
{}

// The children become ours when their parent is dead (Main makes this process a subreaper), so they can be
// waited for.
BareLoop::~BareLoop()
{
    (void)::kill(-_process.pid(), SIGKILL);
    (void)_process.waitForEnd();
    while (::waitpid(-_process.pid(), nullptr, 0) > 0)
    {}
}

}  // namespace clustermanager::bench
