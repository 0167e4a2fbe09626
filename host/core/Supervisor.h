#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/ExitStatus.h"
#include "base/Types.h"
#include "core/Action.h"
#include "core/ChildMachine.h"
#include "core/ChildState.h"
#include "core/DeadlineQueue.h"
#include "core/Event.h"
#include "core/GenerationMachine.h"
#include "core/GroupPolicy.h"
#include "core/Turn.h"
#include "core/Views.h"

namespace clustermanager::core {

/// Decides what happens to every child of the host. Pure: no I/O, no clock, no thread, no log, no random
/// source of its own beyond the seed. The same events at the same times give the same actions.
///
/// Invariants, each checked after every step by test/simulation:
///  (1) at most one process lives under one ChildId;
///  (2) a Spawn is returned only for a slot whose traits say that no process may exist, and whose generation
///  is open; (3) deadline() is set exactly when some slot or generation waits for time; (4) a report of
///  another start than the slot's own changes nothing, but that a process nobody awaits is killed; (5) starts
///  after a failure never exceed maxRestarts + 1 within restartWindow; (6) after StopAsked nothing is
///  spawned, and Finish comes once, when no process is left.
///
/// Threading: none. The master's loop owns it.
class Supervisor
{
public:
    /// Child ids are handed out over the groups in order: 1..N. `seed` feeds the jitter of the backoff.
    Supervisor(std::vector<GroupPolicy> groups, std::uint64_t seed);
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
    ~Supervisor() = default;

    /// The first actions: open every group's generation. Once, before any event.
    Actions begin(TimePoint now);

    /// Takes one fact, returns what is to be done about it. `now` never goes back.
    Actions handle(const Event& event, TimePoint now);

    /// When TimePassed is to be sent next; nothing while nobody waits for time.
    std::optional<TimePoint> deadline() const;

    // What other layers may read.
    std::size_t groupCount() const;
    GroupView group(std::size_t index) const;
    std::size_t childCount() const;
    ChildView child(std::size_t position) const;  // 0..childCount()-1, in order of id
    bool stopping() const;
    bool finished() const;

private:
    struct Group
    {
        const GroupPolicy* policy;
        GenerationMachine generation;
        std::size_t firstChild;     // position; a group's children stand together
        std::size_t processes = 0;  // of its children, how many may have a process
    };

    void on(const GenerationOpened& event, Turn& turn);
    void on(const GenerationFailed& event, Turn& turn);
    void on(const SpawnerLost& event, Turn& turn);
    void on(const Spawned& event, Turn& turn);
    void on(const SpawnFailed& event, Turn& turn);
    void on(const BecameReady& event, Turn& turn);
    void on(const RecycleAsked& event, Turn& turn);
    void on(const Exited& event, Turn& turn);
    void on(const LinkLost& event, Turn& turn);
    void on(const ExitChildAsked& event, Turn& turn);
    void on(const ExitGroupAsked& event, Turn& turn);
    void on(const ExitAllAsked& event, Turn& turn);
    void on(const StopAsked& event, Turn& turn);
    void on(const TimePassed& event, Turn& turn);
    void on(const MasterStalled& event, Turn& turn);

    void deliver(std::size_t position, const ChildEvent& event, Turn& turn);
    void deliverToOwner(StartNumber start, const ChildEvent& event, Turn& turn);
    void passTime(std::size_t waiter, Turn& turn);
    void touch(const Group& group);
    void settle(Turn& turn);
    void failWithGeneration(std::size_t position);
    void startIfWanted(std::size_t position, Turn& turn);
    void stopIfHopeless(Turn& turn);
    void exitByOperator(std::size_t position, Turn& turn);
    void beginStop(StopMode mode, Finish finish, Turn& turn);
    void stopAll(StopMode mode, Turn& turn);
    void closeDown(Turn& turn);
    Group* groupOf(GenerationId generation);

    std::vector<GroupPolicy> _policies;  // in place for good: groups and children point to them
    std::vector<Group> _groups;
    std::vector<ChildMachine> _children;  // in order of id
    std::vector<std::size_t> _touched;    // by this turn, to be settled at its end; empty between turns
    DeadlineQueue _deadlines;             // the children by position, then the generations by group

    StartNumber _lastStart{};
    std::unordered_map<StartNumber, std::size_t> _owners;  // of each process that may exist: its position
    std::unordered_set<StartNumber> _strangers;            // processes nobody awaited: killed, not gone yet

    std::optional<StopMode> _stop;
    Finish _finish{};  // what to say in the end; means something once _stop is set
    bool _finished = false;
};

}  // namespace clustermanager::core
