#include "history/HistoryProcess.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

extern "C" {
#include <sys/pidfd.h>  // which glibc 2.36 forgot to make fit for C++
}

#include <cerrno>
#include <csignal>

#include "base/CleanExec.h"
#include "base/Part.h"
#include "base/SysError.h"

namespace clustermanager::history {

namespace {

/// Where the link is in the new process. Its arguments are VERSION FILE ROWS AGE (milliseconds).
constexpr int kLinkFd = 3;
/// A disk that takes longer does not work.
constexpr Millis kDiskPatience{10'000};
/// For the last write to the disk, and then for a kill.
constexpr Millis kEndPatience{5'000};

bool ended(const FileDescriptor& process, Millis patience)
{
    pollfd watched = {process.get(), POLLIN, 0};
    return ::poll(&watched, 1, static_cast<int>(patience.count())) != 0;
}

}  // namespace

std::string HistoryProgram::path()
{
    if (!_file)
    {
        const std::variant<Part, NoPart> part = findPart(kName);
        if (const auto* none = std::get_if<NoPart>(&part)) throw HistoryError(none->problem);
        const std::string& path = std::get<Part>(part).path;
        _file.reset(::open(path.c_str(), O_PATH | O_CLOEXEC));
        if (!_file) throw HistoryError(SysError{"open", path, errno}.text());
    }
    return "/proc/self/fd/" + std::to_string(_file.get());
}

HistoryProcess::HistoryProcess(HistoryProgram& program, const std::string& path, Limits limits)
{
    auto made = link::HistoryLink::make();
    if (!made) throw HistoryError(made.error().text());
    CleanExec exec;
    exec.keepAs(made.value().second.get(), kLinkFd);
    const Result<pid_t> started =
        exec.start(program.path(),
                   {"clustermanager: history", CM_VERSION, path, std::to_string(limits.rows),
                    std::to_string(limits.age.count())},
                   {});
    if (!started) throw HistoryError(started.error().text());
    _link = std::move(made.value().first);
    _link.setPatience(kDiskPatience);
    _process.reset(::pidfd_open(started.value(), 0));
}

HistoryProcess::~HistoryProcess()
{
    _link = {};  // it closes the file and ends
    if (!_process) return;
    if (!ended(_process, kEndPatience))
    {
        (void)::pidfd_send_signal(_process.get(), SIGKILL, nullptr, 0);
        (void)ended(_process, kEndPatience);  // a disk may hold it even so
    }
    // The master's loop takes strangers' zombies, so this one may be gone already.
    siginfo_t ignored = {};
    (void)::waitid(P_PIDFD, static_cast<id_t>(_process.get()), &ignored, WEXITED | WNOHANG);
}

bool HistoryProcess::hasEnded() const
{
    constexpr Millis kLinkClosesBefore{100};
    return _process && ended(_process, kLinkClosesBefore);
}

void HistoryProcess::append(std::vector<link::HistoryRow> rows)
{
    (void)ask(link::HistoryAppend{std::move(rows)});
}

void HistoryProcess::prune(WallTime now)
{
    (void)ask(link::HistoryPrune{now});
}

std::vector<std::string> HistoryProcess::find(const core::HistoryFilter& filter)
{
    return ask(link::HistoryFind{filter.since, filter.until, filter.group, filter.child, filter.kinds,
                                 filter.limit});
}

std::vector<std::string> HistoryProcess::ask(const link::HistoryRequest& request)
{
    std::optional<link::HistoryReply> reply;
    if (_link.send(request)) reply = _link.receiveReply();
    if (!reply) throw HistoryError("its process does not answer, or has ended");
    if (!reply->problem.empty()) throw HistoryError(reply->problem);
    return std::move(reply->rows);
}

}  // namespace clustermanager::history
