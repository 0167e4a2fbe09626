#include "runtime/SpawnerProcess.h"

#include <sys/wait.h>

#include <Poco/Exception.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/CleanExec.h"
#include "base/ProcessSysLinux.h"
#include "base/SysError.h"

namespace clustermanager::runtime {
namespace {

/// Where the link is in the new image. spawner::kSpawnerLinkVariable names the variable; this layer must not
/// know that one.
constexpr int kLinkFd = 3;
constexpr const char* kLinkVariable = "CM_SPAWNER_LINK=3";

/// Early binding: symbols resolved once here are shared with every child instead of being resolved, and their
/// pages copied, in each.
std::vector<std::string> spawnerVariables()
{
    std::vector<std::string> variables{kLinkVariable};
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read only
    if (::getenv("LD_BIND_NOW") == nullptr) variables.emplace_back("LD_BIND_NOW=1");
    return variables;
}

}  // namespace

SpawnerProcess::SpawnerProcess(const std::string& program, const link::GenerationPlan& plan)
{
    Result<link::LinkPair> pair = link::makeLinkPair();
    if (!pair) throw Poco::SystemException(pair.error().text());

    CleanExec exec;
    // Not for all: the kernel may schedule a session as one against all others.
    if (plan.account) exec.inSessionOfItsOwn();
    if (!plan.loaderVariables) exec.dropLoaderVariables();
    exec.keepAs(pair.value().theirs.get(), kLinkFd);
    const Result<pid_t> started =
        exec.start(program, {"clustermanager: spawner " + plan.group}, spawnerVariables());
    if (!started) throw Poco::SystemException(started.error().text());
    _pid = started.value();
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
