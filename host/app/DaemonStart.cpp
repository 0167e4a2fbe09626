#include "app/DaemonStart.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "base/SysError.h"
#include "runtime/StartError.h"

namespace clustermanager::app {
namespace {

constexpr int kOsError = 71;
constexpr std::size_t kSentenceMax = 4096;

void requireDone(bool done, const char* call)
{
    if (!done) throw runtime::StartError(kOsError, SysError{call, "", errno}.text());
}

/// Reads the daemon's report: an exit code and a sentence. A daemon that died without one is an error too.
[[noreturn]] void leaveAsReported(int reports)
{
    std::vector<char> report(sizeof(int) + kSentenceMax);
    std::size_t size = 0;
    for (;;)
    {
        const ssize_t got = ::read(reports, report.data() + size, report.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        size += static_cast<std::size_t>(got);
    }
    int exitCode = kOsError;
    static constexpr char kNoReport[] = "clustermanager: the daemon ended before it could serve\n";
    if (size < sizeof exitCode)
        (void)!::write(STDERR_FILENO, kNoReport, sizeof kNoReport - 1);
    else
    {
        std::memcpy(&exitCode, report.data(), sizeof exitCode);
        (void)!::write(STDERR_FILENO, report.data() + sizeof exitCode, size - sizeof exitCode);
    }
    ::_exit(exitCode);
}

}  // namespace

DaemonStart::DaemonStart()
{
    int ends[2] = {-1, -1};
    requireDone(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    const FileDescriptor reports(ends[0]);
    _report.reset(ends[1]);

    const pid_t daemon = ::fork();
    requireDone(daemon >= 0, "fork");
    if (daemon > 0)
    {
        _report.reset();
        // The daemon's own signals are blocked here too; Ctrl-C must end the waiting.
        sigset_t none;
        sigemptyset(&none);
        (void)::sigprocmask(SIG_SETMASK, &none, nullptr);  // NOLINT(concurrency-mt-unsafe): one thread
        leaveAsReported(reports.get());
    }
    requireDone(::setsid() >= 0, "setsid");
    requireDone(::chdir("/") == 0, "chdir");
    const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    requireDone(static_cast<bool>(null), "open /dev/null");
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        requireDone(::dup2(null.get(), stream) >= 0, "dup2");
}

void DaemonStart::succeeded()
{
    report(0, "");
}

void DaemonStart::failed(int exitCode, const std::string& sentence)
{
    report(exitCode, "clustermanager: " + sentence + "\n");
}

void DaemonStart::report(int exitCode, const std::string& sentence)
{
    if (!_report) return;
    std::string bytes(sizeof exitCode, '\0');
    std::memcpy(bytes.data(), &exitCode, sizeof exitCode);
    bytes += sentence.substr(0, kSentenceMax);
    // One write, smaller than the pipe; if nobody waits any more, nobody wants to know.
    (void)!::write(_report.get(), bytes.data(), bytes.size());
    _report.reset();
}

}  // namespace clustermanager::app
