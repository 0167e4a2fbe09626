#include "runtime/Rehearsal.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <Poco/Exception.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/CleanExec.h"
#include "base/Signals.h"
#include "base/SysError.h"
#include "runtime/HandoverRole.h"

namespace clustermanager::runtime {
namespace {

constexpr char kNoExec[] = "exec ";  // and the error, as a number

}  // namespace

Rehearsal::Rehearsal(const std::string& program, const std::vector<std::string>& arguments,
                     const FileDescriptor& state, TimePoint now)
    : _deadline(now + kPatience)
{
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        throw Poco::SystemException(SysError{"pipe2", "", errno}.text());
    _answer.reset(ends[0]);
    const FileDescriptor theirs(ends[1]);

    HandoverRole role;
    role.kind = HandoverRole::Kind::Rehearse;
    role.state = handed(state);
    role.other = handed(theirs);
    const std::vector<std::string> environment = environmentWith({role.variable()});
    const std::vector<char*> argumentPointers = pointersTo(arguments);
    const std::vector<char*> environmentPointers = pointersTo(environment);
    const pid_t us = ::getpid();
    _pid = ::fork();
    if (_pid < 0) throw Poco::SystemException(SysError{"fork", "", errno}.text());
    if (_pid > 0) return;

    // Here nothing is safe but system calls.
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != us) ::_exit(1);
    (void)::setpgid(0, 0);
    (void)resetSignals();
    for (const int fd : {role.state.number, role.other.number}) (void)::fcntl(fd, F_SETFD, 0);
    (void)::execve(program.c_str(), argumentPointers.data(), environmentPointers.data());
    const int error = errno;
    (void)!::write(role.other.number, kNoExec, sizeof kNoExec - 1);
    (void)!::write(role.other.number, &error, sizeof error);
    ::_exit(1);
}

Rehearsal::~Rehearsal()
{
    (void)::kill(-_pid, SIGKILL);
    (void)::kill(_pid, SIGKILL);  // it may not have a group of its own yet
    while (::waitpid(_pid, nullptr, 0) < 0 && errno == EINTR)
    {}
}

std::optional<Rehearsal::Verdict> Rehearsal::receive()
{
    std::array<char, 1024> buffer{};
    for (;;)
    {
        const ssize_t got = ::read(_answer.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return std::nullopt;
        if (got <= 0) return judge();
        _text.append(buffer.data(), static_cast<std::size_t>(got));
        if (_text.size() > kAnswerBytesMax) return Verdict{false, "it does not answer as a host does"};
    }
}

Rehearsal::Verdict Rehearsal::judge() const
{
    const std::string good = kGood;
    const std::string bad = kBad;
    const std::string noExec = kNoExec;
    if (_text.rfind(good, 0) == 0) return {true, _text.substr(good.size())};
    if (_text.rfind(bad, 0) == 0) return {false, _text.substr(bad.size())};
    int error = 0;
    if (_text.size() == noExec.size() + sizeof error && _text.rfind(noExec, 0) == 0)
    {
        std::memcpy(&error, _text.data() + noExec.size(), sizeof error);
        return {false, "it cannot be started: " + errnoText(error)};
    }
    return {false, "it ended without an answer, so it is no host, or a broken one"};
}

}  // namespace clustermanager::runtime
