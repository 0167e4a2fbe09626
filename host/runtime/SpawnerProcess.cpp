#include "runtime/SpawnerProcess.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <Poco/Exception.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "base/ProcessSysLinux.h"
#include "base/SysError.h"

namespace clustermanager::runtime {
namespace {

/// Where the link is in the new image. spawner::kSpawnerLinkVariable names the variable; this layer must not
/// know that one.
constexpr int kLinkFd = 3;
constexpr const char* kLinkVariable = "CM_SPAWNER_LINK=3";

void require(int error, const char* call)
{
    if (error != 0) throw Poco::SystemException(SysError{call, "", error}.text());
}

/// The attributes and file actions of one exec, freed in every case.
class ExecSettings
{
public:
    explicit ExecSettings(int link)
    {
        require(::posix_spawnattr_init(&attributes), "posix_spawnattr_init");
        require(::posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");

        // Poco blocks signals in the threads it touches, and a parent may have ignored some of ours: exec
        // inherits both.
        sigset_t none;
        sigemptyset(&none);
        sigset_t all;
        sigfillset(&all);
        require(::posix_spawnattr_setsigmask(&attributes, &none), "posix_spawnattr_setsigmask");
        require(::posix_spawnattr_setsigdefault(&attributes, &all), "posix_spawnattr_setsigdefault");
        require(::posix_spawnattr_setpgroup(&attributes, 0), "posix_spawnattr_setpgroup");
        require(::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                            POSIX_SPAWN_SETPGROUP),
                "posix_spawnattr_setflags");
        // dup2 onto itself clears close-on-exec too.
        require(::posix_spawn_file_actions_adddup2(&actions, link, kLinkFd),
                "posix_spawn_file_actions_adddup2");
    }
    ~ExecSettings()
    {
        (void)::posix_spawn_file_actions_destroy(&actions);
        (void)::posix_spawnattr_destroy(&attributes);
    }
    ExecSettings(const ExecSettings&) = delete;
    ExecSettings& operator=(const ExecSettings&) = delete;

    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
};

/// Our environment, plus the link, plus early binding: symbols resolved once here are shared with every child
/// instead of being resolved, and their pages copied, in each.
std::vector<char*> spawnerEnvironment()
{
    std::vector<char*> variables;
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (std::string_view(*variable).rfind("CM_SPAWNER_LINK=", 0) != 0) variables.push_back(*variable);
    variables.push_back(const_cast<char*>(kLinkVariable));
    if (::getenv("LD_BIND_NOW") == nullptr) variables.push_back(const_cast<char*>("LD_BIND_NOW=1"));
    variables.push_back(nullptr);
    return variables;
}

}  // namespace

SpawnerProcess::SpawnerProcess(const std::string& group)
{
    Result<link::LinkPair> pair = link::makeLinkPair();
    if (!pair) throw Poco::SystemException(pair.error().text());

    const ExecSettings settings(pair.value().theirs.get());
    std::string title = "clustermanager: spawner " + group;
    char* arguments[] = {title.data(), nullptr};
    // The same inode as ours, whatever lies at its path by now.
    require(::posix_spawn(&_pid, "/proc/self/exe", &settings.actions, &settings.attributes, arguments,
                          spawnerEnvironment().data()),
            "start of the spawner (posix_spawn of /proc/self/exe)");
    _link = link::Link(std::move(pair.value().ours));
}

SpawnerProcess::~SpawnerProcess()
{
    if (_reaped) return;
    kill();
    while (::waitpid(_pid, nullptr, 0) < 0 && errno == EINTR)
    {}
}

void SpawnerProcess::kill() const
{
    if (!_reaped) (void)::kill(_pid, SIGKILL);
}

std::optional<ExitStatus> SpawnerProcess::reap()
{
    if (_reaped) return std::nullopt;
    ProcessSysLinux sys;
    const Result<std::optional<DeadProcess>> dead = sys.peekDead(_pid);
    if (dead && !dead.value()) return std::nullopt;
    _reaped = true;
    if (!dead) return ExitStatus{};
    sys.reap(_pid);
    return dead.value()->status;
}

}  // namespace clustermanager::runtime
