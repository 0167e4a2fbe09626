#include "HostProcess.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace clustermanager::integration {

int timeFactor()
{
    static const int factor = [] {
        const char* wanted = std::getenv("CM_TEST_TIME_FACTOR");
        const int number = wanted != nullptr ? std::atoi(wanted) : CM_TEST_TIME_FACTOR;
        return number > 0 ? number : 1;
    }();
    return factor;
}

namespace {

std::vector<std::string> environmentOf(const Launch& launch)
{
    // A sanitizer must leave signals alone: how a process ended is what these tests look at.
    const std::string noSignals =
        "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:use_sigaltstack=0";
    std::map<std::string, std::string> all{
        {"PATH", "/usr/local/bin:/usr/bin:/bin"},
        {"LC_ALL", "C.UTF-8"},
        {"ASAN_OPTIONS", noSignals + ":detect_leaks=0:exitcode=99"},
        {"UBSAN_OPTIONS", "print_stacktrace=1"},
    };
    // The suppressions are among these.
    if (const char* tsan = std::getenv("TSAN_OPTIONS"); tsan != nullptr)
        all["TSAN_OPTIONS"] = tsan + (":" + noSignals);
    for (const auto& [name, value] : launch.environment) all[name] = value;
    std::vector<std::string> result;
    for (const auto& [name, value] : all) result.push_back(name + "=" + value);
    return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings)
{
    std::vector<char*> result;
    for (std::string& text : strings) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

void prepare(const Launch& launch)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is cut off leaves nothing behind
    const int none = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int output = ::open(launch.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    ::dup2(none, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    sigset_t empty;
    sigemptyset(&empty);
    ::sigprocmask(SIG_SETMASK, &empty, nullptr);
    rlimit core = {};
    ::getrlimit(RLIMIT_CORE, &core);
    core.rlim_cur = 0;
    ::setrlimit(RLIMIT_CORE, &core);
    if (::chdir(launch.workingFolder.c_str()) != 0) ::_exit(126);
    if (launch.before) launch.before();
}

}  // namespace

HostProcess::HostProcess(const Launch& launch)
{
    std::vector<std::string> arguments{launch.program};
    arguments.insert(arguments.end(), launch.arguments.begin(), launch.arguments.end());
    std::vector<std::string> environment = environmentOf(launch);
    const std::vector<char*> argv = pointers(arguments);
    const std::vector<char*> envp = pointers(environment);

    _pid = ::fork();
    if (_pid < 0) throw std::runtime_error("fork failed");
    if (_pid == 0)
    {
        prepare(launch);
        ::execve(launch.program.c_str(), argv.data(), envp.data());
        ::_exit(127);
    }
}

HostProcess::~HostProcess()
{
    if (ended()) return;
    ::kill(_pid, SIGKILL);
    ::waitpid(_pid, nullptr, 0);
}

void HostProcess::signal(int number) const
{
    if (!_status) ::kill(_pid, number);
}

std::optional<int> HostProcess::ended()
{
    int status = 0;
    if (!_status && ::waitpid(_pid, &status, WNOHANG) == _pid) _status = status;
    return _status;
}

std::optional<int> HostProcess::waitForEnd(Millis patience)
{
    waitFor([this] { return ended().has_value(); }, patience);
    return _status;
}

int exitCode(int waitStatus)
{
    return WIFEXITED(waitStatus) ? WEXITSTATUS(waitStatus) : 1000 + WTERMSIG(waitStatus);
}

}  // namespace clustermanager::integration
