#include "runtime/Rehearsal.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <Poco/Exception.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/SysError.h"
#include "runtime/CleanExec.h"
#include "runtime/HandoverRole.h"

namespace clustermanager::runtime {

Rehearsal::Rehearsal(const std::string& program, const std::vector<std::string>& arguments,
                     const FileDescriptor& state, TimePoint now)
    : _deadline(now + kPatience)
{
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        throw Poco::SystemException(SysError{"pipe2", "", errno}.text());
    _answer.reset(ends[0]);
    const FileDescriptor theirs(ends[1]);

    CleanExec exec;
    exec.keep(state.get());
    exec.keep(theirs.get());
    HandoverRole role;
    role.kind = HandoverRole::Kind::Rehearse;
    role.state = handed(state);
    role.other = handed(theirs);
    _pid = exec.start(program, arguments, {role.variable()});
}

Rehearsal::~Rehearsal()
{
    (void)::kill(_pid, SIGKILL);
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
    if (_text.rfind(good, 0) == 0) return {true, _text.substr(good.size())};
    if (_text.rfind(bad, 0) == 0) return {false, _text.substr(bad.size())};
    return {false, "it ended without an answer, so it is no host, or a broken one"};
}

}  // namespace clustermanager::runtime
