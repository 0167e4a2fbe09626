#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/ExitStatus.h"
#include "link/Link.h"

namespace clustermanager::runtime {

/// One running spawner, an image of its own, and the link to it. Ends with this object (SIGKILL)
/// where it has not ended before; its children live on and become ours.
class SpawnerProcess
{
public:
    /// Starts it from this executable. It waits for link::Open. Throws Poco::SystemException.
    SpawnerProcess(const std::string& program, const link::GenerationPlan& plan);
    /// One that runs, for another process image of this process.
    struct State
    {
        pid_t pid = 0;
        link::Link::State link;

        template <class IO>
        void fields(IO& io)
        {
            io(pid);
            io(link);
        }
    };
    explicit SpawnerProcess(const State& state) : _pid(state.pid), _link(state.link) {}
    State state() const { return {_pid, _link.state()}; }

    ~SpawnerProcess();
    SpawnerProcess(const SpawnerProcess&) = delete;
    SpawnerProcess& operator=(const SpawnerProcess&) = delete;

    pid_t pid() const { return _pid; }
    link::Link& link() { return _link; }

    void kill() const;

    /// How it ended, once; nothing while it runs. Never blocks. When this has answered, every child it left
    /// is ours.
    std::optional<ExitStatus> reap();

private:
    pid_t _pid = 0;
    bool _reaped = false;
    link::Link _link;
};

}  // namespace clustermanager::runtime
