#include "app/WayBack.h"

#include <fcntl.h>
#include <unistd.h>

#include <Poco/Util/Application.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/CleanExec.h"
#include "base/FaultPoint.h"
#include "base/Signals.h"
#include "base/SysError.h"
#include "runtime/HandoverRole.h"

namespace clustermanager::app {
namespace {

using Role = runtime::HandoverRole;

constexpr std::size_t kReasonBytesMax = 1024;

std::string pathOf(HandedFd program)
{
    return "/proc/self/fd/" + std::to_string(program.number);
}

std::vector<std::string> environmentBack(HandedFd state, HandedFd program, const std::string& reason)
{
    Role role;
    role.kind = Role::Kind::GoBack;
    role.state = state;
    role.other = program;
    role.reason = reason.substr(0, kReasonBytesMax);
    return environmentWith({role.variable()});
}

/// What the handler of SIGALRM needs, made before: it may do nothing but exec.
struct Prepared
{
    std::string path;
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
    std::vector<char*> argumentPointers;
    std::vector<char*> environmentPointers;
};
Prepared* prepared = nullptr;

extern "C" void onAlarm(int)
{
    ::execve(prepared->path.c_str(), prepared->argumentPointers.data(), prepared->environmentPointers.data());
    ::_exit(Poco::Util::Application::EXIT_OSERR);
}

void setCloseOnExec(const std::vector<int>& fds, int flag)
{
    for (const int fd : fds) (void)::fcntl(fd, F_SETFD, flag);
}

/// What a library or run_master has opened without close-on-exec is nobody's after the exec.
void closeOthersOnExec()
{
    std::error_code problem;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", problem))
    {
        const int fd = std::atoi(entry.path().filename().c_str());
        if (fd > STDERR_FILENO) (void)::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

}  // namespace

std::string WayBack::leave(const std::string& program, const std::vector<std::string>& arguments,
                           const FileDescriptor& state, const std::vector<int>& handed,
                           const std::function<std::string()>& whyNot)
{
    const FileDescriptor own(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
    if (!own) return SysError{"open", "/proc/self/exe", errno}.text();
    Role role;
    role.kind = Role::Kind::TakeOver;
    role.state = clustermanager::handed(state);
    role.other = clustermanager::handed(own);
    const std::vector<std::string> environment = environmentWith({role.variable()});
    const std::vector<char*> argumentPointers = pointersTo(arguments);
    const std::vector<char*> environmentPointers = pointersTo(environment);

    std::vector<int> inherited = handed;
    inherited.push_back(state.get());
    inherited.push_back(own.get());
    closeOthersOnExec();
    setCloseOnExec(inherited, 0);
    // Both run on in the other image: one that never gets as far as its way back ends, for all to see.
    const sigset_t alarm = signalSet({SIGALRM});
    (void)::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
    (void)::alarm(kSeconds);
    CM_FAULT_POINT("upgrade.exec");
    std::string why = whyNot();
    if (why.empty())
    {
        (void)::execve(program.c_str(), argumentPointers.data(), environmentPointers.data());
        why = SysError{"exec", program, errno}.text();
    }
    (void)::alarm(0);
    (void)::pthread_sigmask(SIG_BLOCK, &alarm, nullptr);
    setCloseOnExec(inherited, FD_CLOEXEC);
    return why;
}

std::vector<std::string> WayBack::ownArguments()
{
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::vector<std::string> arguments;
    for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
    return arguments;
}

WayBack::WayBack(HandedFd program, HandedFd state, std::vector<std::string> arguments)
    : _program(program), _state(state), _arguments(std::move(arguments))
{
    prepared =
        new Prepared{pathOf(_program),
                     _arguments,
                     environmentBack(_state, _program,
                                     "the new host was not up within " + std::to_string(kSeconds) + " s"),
                     {},
                     {}};
    prepared->argumentPointers = pointersTo(prepared->arguments);
    prepared->environmentPointers = pointersTo(prepared->environment);
    (void)::signal(SIGALRM, onAlarm);
    const sigset_t alarm = signalSet({SIGALRM});
    (void)::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
}

void WayBack::take(const std::string& reason) const
{
    if (_program.number < 0) return;
    (void)::alarm(0);
    const std::vector<std::string> environment = environmentBack(_state, _program, reason);
    (void)::execve(pathOf(_program).c_str(), pointersTo(_arguments).data(), pointersTo(environment).data());
}

void WayBack::close()
{
    if (_program.number < 0) return;
    (void)::alarm(0);
    const sigset_t alarm = signalSet({SIGALRM});
    (void)::pthread_sigmask(SIG_BLOCK, &alarm, nullptr);
    (void)::signal(SIGALRM, [](int) {});  // threads that were started meanwhile may still take it
    (void)::close(_program.number);
    (void)::close(_state.number);
    _program = {};
}

}  // namespace clustermanager::app
