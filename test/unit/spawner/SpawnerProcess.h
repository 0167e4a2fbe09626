#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/ExitStatus.h"
#include "base/FileDescriptor.h"
#include "base/ProcessSys.h"
#include "base/Types.h"
#include "link/Link.h"
#include "link/Messages.h"
#include "unit/spawner/FakeLife.h"

namespace clustermanager::test {

constexpr Millis kPatience{20'000};

/// A real spawner in a process of its own, and the test as its master. Every wait has a deadline and fails
/// the test when it is over.
class SpawnerProcess
{
public:
    /// The test becomes a subreaper, so it sees whatever a spawner leaves behind.
    SpawnerProcess();

    /// The same, but the process runs `loop` on its link instead of a whole spawner.
    explicit SpawnerProcess(const std::function<int(FileDescriptor)>& loop);

    /// Ends what is left, so that a failed test leaves nothing.
    ~SpawnerProcess();
    SpawnerProcess(const SpawnerProcess&) = delete;
    SpawnerProcess& operator=(const SpawnerProcess&) = delete;

    static link::GenerationPlan plan(std::uint32_t spares, const std::string& load = "");

    /// Sends the plan and the listeners.
    void open(const link::GenerationPlan& plan, std::vector<FileDescriptor> listeners = {});

    /// open(), and the answer is Loaded.
    void openWell(const link::GenerationPlan& plan, std::vector<FileDescriptor> listeners = {});

    void send(const link::ToSpawner& message, std::vector<FileDescriptor> fds = {});

    /// A child that was ordered, spawned, and has said Hello.
    struct Child
    {
        StartNumber start{};
        pid_t pid = 0;
        link::Link link;
    };

    /// Sends the order only. The child's link.
    link::Link order(StartNumber start, FakeLife life, std::uint32_t parameter = 0);
    Child spawn(FakeLife life, std::uint32_t parameter = 0);

    /// The next message of the spawner, which is of this kind.
    template <class Message>
    Message expect()
    {
        return std::get<Message>(next());
    }
    link::FromSpawner next();

    /// A spare that waits now (there is one child process at least; the one with the given pids is not
    /// meant).
    pid_t awaitSpare(pid_t otherThan = 0);

    void hangUp() { _link.close(); }
    void kill(int signal);

    /// Waits for the spawner's end.
    ExitStatus end();

    pid_t pid() const { return _pid; }
    link::Link& link() { return _link; }

private:
    pid_t _pid = 0;
    bool _ended = false;
    link::Link _link;
    std::uint64_t _starts = 0;
};

/// The next message of a child.
link::FromChild nextOf(link::Link& link);
template <class Message>
Message expectOf(link::Link& link)
{
    return std::get<Message>(nextOf(link));
}

/// Waits for a child of the test's own to end, and reaps it.
ExitStatus reapOwn(pid_t pid);

/// Waits until a process that need not be a child of ours has ended.
void awaitEnd(pid_t pid);

/// No process is left of the test: not one child, dead or alive.
void assertNobodyLeft();

/// Waits until `done()`, looking again and again.
void awaitCondition(const std::string& what, const std::function<bool()>& done);

}  // namespace clustermanager::test
