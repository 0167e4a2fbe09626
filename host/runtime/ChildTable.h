#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ExitStatus.h"
#include "base/ProcessSysLinux.h"
#include "base/Types.h"
#include "core/Action.h"
#include "core/Event.h"
#include "core/Snapshot.h"
#include "link/Link.h"
#include "metrics/GroupCounts.h"
#include "runtime/EventLoop.h"

namespace clustermanager::runtime {

/// What is known of one start of a child.
struct ChildRecord
{
    /// Who can say what became of it.
    enum class Parent : std::uint8_t
    {
        Spawner,  // its spawner, by messages
        Nobody,   // the spawner died before it answered; the link will tell: Hello (it exists) or end of file
                  // (it does not)
        Us,       // the spawner died, so it is our own child now
        kLast = Us
    };

    core::Spawn order{};
    std::optional<core::Spawn>
        successor;  // ordered of its spawner; where it was cancelled, it may still come
    bool successorCancelled = false;
    Parent parent = Parent::Spawner;
    pid_t pid = 0;           // 0: not known yet
    bool announced = false;  // the supervisor knows that it exists
    bool stopAsked = false;
    bool killOrdered = false;
    bool distrusted = false;  // it sent what no child of ours sends; `reason` says what
    std::string reason;       // what is known of the cause of its end: its farewell, or why we killed it
    std::optional<link::Crashed> crashed;  // what it said in its last moment
    WallTime startedAt;
    TimePoint startedSteady;

    template <class IO>
    void fields(IO& io)
    {
        io(order);
        io(successor);
        io(successorCancelled);
        io(parent);
        io(pid);
        io(announced);
        io(stopAsked);
        io(killOrdered);
        io(distrusted);
        io(reason);
        io(crashed);
        io(startedAt);
        io(startedSteady);
    }
};

/// One start of a child, from its order to its end.
struct ChildProcess : ChildRecord
{
    link::Link link;
};

/// What a child last said of itself, and how its last process ended. Kept by slot, through restarts.
struct ChildReport
{
    std::optional<WallTime> reportedAt;
    std::uint64_t rssKiB = 0;
    std::uint64_t cpuMicros = 0;
    std::uint64_t droppedLogRecords = 0;
    std::uint64_t droppedMessages = 0;
    std::uint64_t requests = 0;
    std::uint32_t held = 0;
    std::uint64_t accepted = 0;
    std::string statusJson;
    std::optional<core::LastExit> lastExit;
    std::string crash;  // the id that a report of that end will have, or ""

    template <class IO>
    void fields(IO& io)
    {
        io(reportedAt);
        io(rssKiB);
        io(cpuMicros);
        io(droppedLogRecords);
        io(droppedMessages);
        io(requests);
        io(held);
        io(accepted);
        io(statusJson);
        io(lastExit);
        io(crash);
    }
};

/// Every process that lives, or may live, and its link. Turns what children and spawners say into the
/// supervisor's events.
///
/// Invariants:
///  - every order is answered once by Spawned or SpawnFailed, and every Spawned is followed once by Exited,
///  whatever dies;
///  - what a child says is not trusted: its packets are bounded and checked, and change only what is its own;
///  after the first one that no child of ours sends its link is closed.
///
/// Threading: the master's loop thread only.
class ChildTable
{
public:
    struct Sinks
    {
        std::function<void(core::Event)> event;
        std::function<void(const ChildProcess&, link::PluginMessage)> message;
        std::function<void(StartNumber, std::uint64_t ticket)> levelSet;
        std::function<void(StartNumber, std::uint64_t ticket)> logsReopened;
        std::function<void(StartNumber)> beat;
        std::function<void(StartNumber, std::uint64_t rssKiB)> reported;
        std::function<void(const ChildProcess&, const metrics::Growth&)> grew;
        std::function<void(const ChildProcess&, const link::MetricDefined&)> metricDefined;
        std::function<void(const ChildProcess&, const link::MetricReport&)> metricsReported;
        std::function<void(const ChildProcess&, const std::string&)> warning;
        std::function<void(ChildId)> changed;
        std::function<bool(pid_t)> isSpawner;
        /// Whether its number is that of a process of its group's user.
        std::function<bool(const ChildProcess&)> mayBe;
        /// Its spawner has started it in place of the one before.
        std::function<void(ChildProcess&)> succeeded;
        /// The process has ended: the id that a report of its crash will have, "": none. May be empty.
        std::function<std::string(ChildProcess&, const core::LastExit&)> crashed;
    };

    /// All of it, for another process image of this process.
    struct State
    {
        struct Process
        {
            ChildRecord record;
            link::Link::State link;

            template <class IO>
            void fields(IO& io)
            {
                io(record);
                io(link);
            }
        };
        std::vector<Process> processes;
        std::unordered_map<ChildId, ChildReport> reports;
        std::vector<std::pair<TimePoint, StartNumber>> closedLinks;

        template <class IO>
        void fields(IO& io)
        {
            io(processes);
            io(reports);
            io(closedLinks);
        }
    };

    ChildTable(EventLoop& loop, Sinks sinks);
    ~ChildTable();
    ChildTable(const ChildTable&) = delete;
    ChildTable& operator=(const ChildTable&) = delete;

    State state() const;
    /// REQUIRES: nothing was entered yet.
    void resume(const State& state);

    /// Enters a start; returns the child's end of its link. Throws Poco::SystemException.
    FileDescriptor open(const core::Spawn& order);

    ChildProcess* find(StartNumber start);
    const ChildReport& report(ChildId child) { return _reports[child]; }
    /// The slot is gone.
    void forget(ChildId child) { _reports.erase(child); }
    std::size_t size() const { return _processes.size(); }

    /// Calls for each living process that has a link.
    void forEach(const std::function<void(ChildProcess&)>& visit);

    // What spawners report.
    void spawned(StartNumber start, pid_t pid);
    void spawnFailed(StartNumber start, const std::string& reason);
    /// Where its successor, as it was ordered, has been started: its number and our end of its link. Without
    /// the link, since no descriptor was free, it is ended as one that has closed it.
    void exited(StartNumber start, ExitStatus status, const ResourceUse& use, StartNumber successor = {},
                FileDescriptor successorsLink = {});

    /// The spawner of this generation has ended (and was reaped, so its children are ours): takes them over.
    void adopt(GenerationId generation);

    /// When passTime() is to be called next; nothing while nobody waits for time.
    std::optional<TimePoint> deadline() const;
    void passTime(TimePoint now);

    /// On SIGCHLD: takes note of the adopted children that ended.
    void reapAdopted();

    /// Takes away the dead that were left to us and are nobody's: not while somebody else here waits for
    /// processes.
    void reapStrangers();

    /// Adds what was learned later of why this start ended. Nothing where its slot has had another end since.
    std::optional<ChildId> explain(StartNumber start, const std::string& reason);

    /// The report of its crash can be read now.
    void crashReported(StartNumber start);

    /// A message from this child could not be taken.
    void countDropped(const ChildProcess& process);

    /// Sends a message; counts it as dropped where the child does not read. False: dropped, or the child is
    /// gone.
    template <class Message>
    bool send(ChildProcess& process, const Message& message)
    {
        return sendPacket(process, link::encode(link::ToChild(message)));
    }

private:
    bool sendPacket(ChildProcess& process, link::Bytes bytes);
    ChildProcess& enter(const core::Spawn& order, FileDescriptor link);
    void enterSuccessor(const core::Spawn& order, FileDescriptor link);
    void watch(ChildProcess& process);
    void onLink(StartNumber start, std::uint32_t events);
    bool receiveSome(ChildProcess& process, unsigned packets);
    void take(ChildProcess& process, const link::Bytes& bytes);
    void announce(ChildProcess& process);
    void linkClosed(ChildProcess& process);
    void distrust(ChildProcess& process, const std::string& what);
    /// REQUIRES: isOurs().
    void takeOver(ChildProcess& process);
    bool isOurs(const ChildProcess& process);
    void checkAdopted(ChildProcess& process);
    void remove(StartNumber start);
    std::optional<ChildId> slotOfLast(StartNumber start) const;

    EventLoop& _loop;
    Sinks _sinks;
    ProcessSysLinux _sys;
    std::unordered_map<StartNumber, std::unique_ptr<ChildProcess>> _processes;
    std::unordered_map<ChildId, ChildReport> _reports;
    std::deque<std::pair<TimePoint, StartNumber>>
        _closedLinks;  // in the order they closed, each with its deadline
};

}  // namespace clustermanager::runtime
