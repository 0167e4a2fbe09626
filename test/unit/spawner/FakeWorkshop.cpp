#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

#include "child/ChildMain.h"
#include "link/Link.h"
#include "unit/spawner/FakeLife.h"

/// child::Workshop as the spawner's tests need it: a plugin that does what the setting "load" says, and
/// children that do what their order says. No Poco.
namespace clustermanager::child {

using test::FakeLife;

struct Workshop::Impl
{
    link::GenerationPlan plan;
    FileDescriptor pluginFile;
    bool prepared = false;
    Identity identity;
};

namespace {

[[noreturn]] void pauseForEver()
{
    while (true) ::pause();
}

[[noreturn]] void crashBy(int signal)
{
    const rlimit noCore = {0, 0};
    (void)::setrlimit(RLIMIT_CORE, &noCore);
    (void)::raise(signal);
    ::_exit(99);
}

void disturbProcess()
{
    (void)::signal(SIGCHLD, SIG_IGN);
    (void)::signal(SIGTERM, SIG_IGN);
    (void)::signal(SIGPIPE, SIG_DFL);
    sigset_t all;
    sigfillset(&all);
    (void)::sigprocmask(SIG_SETMASK, &all, nullptr);
    (void)::umask(0777);
    (void)!::chdir("/proc");
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

pid_t startPausing(bool ownSession)
{
    const pid_t pid = ::fork();
    // Before that it is in our group, and ends with us.
    while (pid > 0 && ownSession && ::getsid(pid) != pid) (void)::sched_yield();
    if (pid != 0) return pid;
    (void)::signal(SIGTERM, SIG_IGN);
    if (ownSession) (void)::setsid();
    pauseForEver();
}

std::string openDescriptors()
{
    std::string list;
    for (int fd = 0; fd < 256; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0) list += ' ' + std::to_string(fd);
    return list;
}

std::string describe(const Workshop& workshop, bool prepared, int linkFd)
{
    sigset_t mask;
    (void)::sigprocmask(SIG_SETMASK, nullptr, &mask);
    bool blocked = false;
    bool changed = false;
    for (int signal = 1; signal < 32; ++signal)
    {
        struct sigaction action = {};
        (void)::sigaction(signal, nullptr, &action);
        blocked = blocked || sigismember(&mask, signal) == 1;
        changed = changed || (action.sa_handler != SIG_DFL) != (signal == SIGPIPE);
    }
    const mode_t mode = ::umask(0);
    return std::string(::getpgrp() == ::getpid() ? "leader" : "member") +
           (blocked ? " blocked" : " unblocked") + (changed ? " changed" : " default") +
           (prepared ? " prepared" : " unprepared") + " umask " + std::to_string(mode) + " folder " +
           std::filesystem::current_path().string() + " group " + workshop.plan().group + " link " +
           std::to_string(linkFd) + " fds" + openDescriptors();
}

[[noreturn]] void live(FakeLife life, int parameter, link::Link& master)
{
    switch (life)
    {
    case FakeLife::Exit: ::_exit(parameter);
    case FakeLife::Raise: crashBy(parameter);
    case FakeLife::IgnoreTerm: (void)::signal(SIGTERM, SIG_IGN); break;
    case FakeLife::LeaveInGroup:
    case FakeLife::LeaveInSession:
    case FakeLife::OrphanInSession:
        master.sendMessage(
            link::FromChild{link::PluginMessage{startPausing(life != FakeLife::LeaveInGroup), ""}});
        if (life == FakeLife::OrphanInSession) ::_exit(0);
        break;
    case FakeLife::Pause:
    case FakeLife::Describe: break;
    }
    if (life == FakeLife::IgnoreTerm) master.sendMessage(link::FromChild{link::Ready{}});
    pauseForEver();
}

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): as the real one takes it
Workshop::Workshop(link::GenerationPlan plan, FileDescriptor pluginFile, std::optional<Program>)
    : _impl(std::make_unique<Impl>(Impl{std::move(plan), std::move(pluginFile), false, {}}))
{}

Workshop::~Workshop() = default;

const link::GenerationPlan& Workshop::plan() const
{
    return _impl->plan;
}

void Workshop::prepare()
{
    _impl->prepared = true;
}

std::variant<Workshop::Facts, std::string> Workshop::load(const LastWords& heard)
{
    std::string how;
    for (const auto& [key, value] : _impl->plan.settings)
        if (key == "load") how = value;
    if (how == "fail") return "undefined symbol: foo";
    if (how == "fail at length") return std::string(100'000, 'x');
    if (how == "thread") std::thread([] { pauseForEver(); }).detach();
    if (how == "exit") std::exit(0);
    if (how == "crash") crashBy(SIGSEGV);
    if (how == "hang") pauseForEver();
    if (how == "hang closed")
    {
        ::closefrom(3);
        pauseForEver();
    }
    if (how == "throw")
    {
        heard("a constructor threw int");
        crashBy(SIGABRT);
    }
    if (how == "fork") (void)startPausing(true);
    if (how == "disturb") disturbProcess();
    return Facts{true};
}

void Workshop::introduce(const Identity& identity)
{
    _impl->identity = identity;
}

void Workshop::standBy() {}

void Workshop::run(FileDescriptor link, const std::function<void()>& beforeSpeaking)
{
    beforeSpeaking();
    const Identity& identity = _impl->identity;
    const int linkFd = link.get();
    link::Link master(std::move(link));
    master.sendMessage(link::FromChild{link::Hello{identity.start, ::getpid()}});
    const auto life = static_cast<FakeLife>(identity.index);
    if (life == FakeLife::Describe)
    {
        master.sendMessage(link::FromChild{link::Farewell{describe(*this, _impl->prepared, linkFd)}});
        ::_exit(0);
    }
    live(life, static_cast<int>(identity.restarts), master);
}

}  // namespace clustermanager::child
