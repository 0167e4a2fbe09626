#pragma once

#include <cerrno>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ProcessSys.h"

namespace clustermanager {

/// A kernel made of three containers. Tests decide when forks fail and when processes die.
class FakeProcessSys : public ProcessSys
{
public:
    int failNextForkWith = 0;        // an errno
    std::vector<std::string> calls;  // what the code under test did, in order: "killGroup 1001 9"

    void die(pid_t pid, ExitStatus status, ResourceUse use = {}) { _dead.push_back({pid, status, use}); }
    bool exists(pid_t pid) const { return _processes.count(pid) != 0; }

    /// A process that has come to us from somewhere else.
    pid_t adopt()
    {
        _processes.insert(++_lastPid);
        return _lastPid;
    }

    Result<pid_t> forkLeader() override
    {
        if (failNextForkWith != 0) return SysError{"fork", "", std::exchange(failNextForkWith, 0)};
        return adopt();
    }

    Result<std::optional<DeadProcess>> peekDead() override
    {
        if (_processes.empty()) return SysError{"waitid", "", ECHILD};
        if (_dead.empty()) return std::optional<DeadProcess>{};
        return std::optional<DeadProcess>{_dead.front()};
    }

    void reap(pid_t pid) override
    {
        note("reap", pid, {});
        _processes.erase(pid);
        if (!_dead.empty() && _dead.front().pid == pid) _dead.pop_front();
    }

    void kill(pid_t pid, int signal) override { note("kill", pid, signal); }
    void killGroup(pid_t leader, int signal) override { note("killGroup", leader, signal); }

private:
    void note(const std::string& call, pid_t pid, std::optional<int> signal)
    {
        calls.push_back(call + ' ' + std::to_string(pid) + (signal ? ' ' + std::to_string(*signal) : ""));
    }

    pid_t _lastPid = 1000;
    std::set<pid_t> _processes;
    std::deque<DeadProcess> _dead;
};

}  // namespace clustermanager
