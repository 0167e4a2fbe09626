#include "app/StartSteps.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <Poco/Exception.h>
#include <Poco/Logger.h>
#include <Poco/Util/Application.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/FileDescriptor.h"
#include "plugin/PluginLibrary.h"
#include "runtime/StartError.h"

namespace clustermanager::app {

namespace {

std::error_code lastError()
{
    return {errno, std::generic_category()};
}

/// The group may make files there, and change none but its own: among them are the host's.
std::error_code shareWith(gid_t group, const std::string& folder)
{
    const FileDescriptor made(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made || ::fchown(made.get(), static_cast<uid_t>(-1), group) != 0 || ::fchmod(made.get(), 01770) != 0)
        return lastError();
    return {};
}

}  // namespace

std::error_code makeLogFolder(const std::string& folder, std::optional<gid_t> group)
{
    std::filesystem::path path(folder);
    if (!path.has_filename()) path = path.parent_path();  // it was written with a slash at its end
    std::error_code problem;
    std::filesystem::create_directories(path.parent_path(), problem);
    if (problem) return problem;
    if (::mkdir(path.c_str(), 0777) == 0) return group ? shareWith(*group, path.string()) : problem;
    if (errno != EEXIST) return lastError();
    if (!std::filesystem::is_directory(path, problem))
        return std::make_error_code(std::errc::not_a_directory);
    return ::access(path.c_str(), W_OK | X_OK) == 0 ? problem : lastError();
}

std::optional<gid_t> logGroup(const config::HostConfig& config)
{
    const auto another = std::find_if(config.groups.begin(), config.groups.end(),
                                      [](const config::Group& group) { return group.account.has_value(); });
    return another == config.groups.end() ? std::nullopt : std::optional(another->account->group);
}

std::string absolutePath(const std::string& folder, const std::string& path)
{
    return (std::filesystem::path(folder) / path).lexically_normal().string();
}

/// Poco's own search goes through all folders above the program's too, which may be anybody's.
std::vector<std::string> besideTheProgram(const std::string& folder)
{
    std::vector<std::string> files;
    for (const char* ending : {".json", ".xml", ".ini", ".properties"})
    {
        const std::string file = folder + "clustermanager" + ending;
        if (std::filesystem::exists(file)) files.push_back(file);
    }
    return files;
}

namespace {

constexpr rlim_t kOwnDescriptors = 256;

rlim_t neededDescriptors(const config::HostConfig& config)
{
    rlim_t needed = kOwnDescriptors;
    for (const config::Group& group : config.groups) needed += group.policy.count;
    return needed;
}

/// Over both transports; who follows a log costs its file too.
rlim_t descriptorsOf(const control::StreamLimits& streams)
{
    return 2 * (streams.events + 2 * streams.logs);
}

}  // namespace

void requireProc()
{
    if (::access("/proc/self/fd", X_OK) != 0)
        throw runtime::StartError(
            Poco::Util::Application::EXIT_OSERR,
            "/proc is not mounted here, and plugins are loaded by it: mount -t proc proc /proc");
}

/// Each child costs the master a descriptor, and the usual limit of 1024 would stop short of what may be
/// configured.
void makeRoomForChildren(const config::HostConfig& config)
{
    const rlim_t needed = neededDescriptors(config);
    rlim_t useful = kOwnDescriptors + descriptorsOf({});
    for (const config::Group& group : config.groups)
        useful += group.policy.maxCount;  // as many as an operator may scale to
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= useful) return;
    limit.rlim_cur = std::min(useful, limit.rlim_max);
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < needed)
        Poco::Logger::get("clustermanager")
            .warning("the limit of open files (" + std::to_string(limit.rlim_max) +
                     ") is too low for all children");
}

control::StreamLimits streamsThatFit(const config::HostConfig& config)
{
    control::StreamLimits streams;
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return streams;
    const rlim_t needed = neededDescriptors(config);
    const rlim_t left = limit.rlim_cur > needed ? limit.rlim_cur - needed : 0;
    const rlim_t wanted = descriptorsOf(streams);
    if (left >= wanted) return streams;
    constexpr std::size_t kLeast = 8;
    streams.events = std::max<std::size_t>(kLeast, streams.events * left / wanted);
    streams.logs = std::max<std::size_t>(kLeast, streams.logs * left / wanted);
    return streams;
}

void leaveNoCoreFile()
{
    rlimit limit = {};
    if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
    limit.rlim_cur = std::min<rlim_t>(config::kNoCoreFile, limit.rlim_max);
    (void)::setrlimit(RLIMIT_CORE, &limit);
}

std::vector<runtime::PluginFile> stagePlugins(const config::HostConfig& config)
{
    std::vector<runtime::PluginFile> plugins;
    for (const config::Group& group : config.groups)
        plugins.push_back(group.pluginPath.empty() ? runtime::PluginFile{}
                                                   : runtime::stagePlugin(group.pluginPath));
    return plugins;
}

/// run_master of the executable itself, or of a plugin's sealed copy, which is mapped here for good.
std::variant<runtime::MasterFunction::Entry, std::string>
findRunMaster(const std::optional<child::Program>& embedded, int copy, const std::string& path)
{
    if (copy < 0) return embedded->runMaster;
    FileDescriptor file(copy);
    plugin::PluginLibrary library;
    const bool loaded = library.load(file, path);
    (void)file.release();  // the generation's, not ours
    if (!loaded) return library.failure().text;
    return runtime::MasterFunction::Entry(library.runMaster());
}

}  // namespace clustermanager::app
