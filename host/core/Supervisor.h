#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/Fields.h"
#include "base/Types.h"
#include "core/Action.h"
#include "core/Change.h"
#include "core/Event.h"
#include "core/Fleet.h"
#include "core/GroupMachine.h"
#include "core/GroupPolicy.h"
#include "core/Operations.h"
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
///  spawned, and Finish comes once, when no process is left; (7) while children are replaced, no ready one is
///  asked to exit for it that ready stand-ins and maxUnavailable do not make up for.
///
/// Threading: none. The master's loop owns it.
class Supervisor
{
public:
    /// Groups are numbered 1, 2, ... in this order, and child ids handed out over them: 1..N. `seed` feeds
    /// the jitter of the backoff.
    Supervisor(std::vector<GroupPolicy> groups, std::uint64_t seed);
    /// The supervisor that save() wrote down: it goes on as that one would have. Where `in` is not good
    /// afterwards, it means nothing.
    explicit Supervisor(FieldReader& in);
    /// Between two events. REQUIRES: !stopping().
    void save(FieldWriter& out) const;

    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
    ~Supervisor() = default;

    /// The first actions: open every group's generation. Once, before any event.
    Actions begin(TimePoint now);

    /// Takes one fact, returns what is to be done about it. `now` never goes back.
    Actions handle(const Event& event, TimePoint now);

    /// When TimePassed is to be sent next; nothing while nobody waits for time.
    std::optional<TimePoint> deadline() const;

    /// What the last begin() or handle() has changed, in order.
    const Changes& changes() const { return _changes; }

    // What other layers may read.
    std::size_t groupCount() const { return _groups.size(); }
    GroupView group(std::size_t position) const { return viewOf(*_groups[position]); }
    std::optional<GroupView> findGroup(GroupId id) const;
    /// The latest of that name: one that is on its way out may have its successor already.
    std::optional<GroupView> findGroup(const std::string& name) const;
    /// Those with a CM_CHILD_ID. A run_master with a process of its own is in its group's view.
    std::size_t childCount() const { return _fleet.childCount(); }
    /// 0..childCount()-1, in order of id.
    ChildView child(std::size_t position) const { return _fleet.children()[position]->view(); }
    /// What operators asked for lately, the oldest first.
    const std::list<std::shared_ptr<Operation>>& operations() const { return _operations.all(); }
    /// The number the next GroupAdded gives.
    GroupId nextGroup() const { return _nextGroup; }
    bool stopping() const { return _stop.has_value(); }
    bool finished() const { return _finished; }

private:
    using Groups = std::vector<std::unique_ptr<GroupMachine>>;

    void on(const GenerationOpened& event, Turn& turn);
    void on(const GenerationFailed& event, Turn& turn);
    void on(const SpawnerLost& event, Turn& turn);
    void on(const RunMasterInside& event, Turn& turn);
    void on(const Spawned& event, Turn& turn);
    void on(const SpawnFailed& event, Turn& turn);
    void on(const BecameReady& event, Turn& turn);
    void on(const RecycleAsked& event, Turn& turn);
    void on(const BeatMissed& event, Turn& turn);
    void on(const Exited& event, Turn& turn);
    void on(const LinkLost& event, Turn& turn);
    void on(const ExitChildAsked& event, Turn& turn);
    void on(const ExitGroupAsked& event, Turn& turn);
    void on(const ExitAllAsked& event, Turn& turn);
    void on(const ReloadAsked& event, Turn& turn);
    void on(const ScaleAsked& event, Turn& turn);
    void on(const StartGroupAsked& event, Turn& turn);
    void on(const StopGroupAsked& event, Turn& turn);
    void on(const UpgradeBegun& event, Turn& turn);
    void on(const UpgradeEnded& event, Turn& turn);
    void on(const GroupAdded& event, Turn& turn);
    void on(const GroupRemoved& event, Turn& turn);
    void on(const PolicyChanged& event, Turn& turn);
    void on(const StopAsked& event, Turn& turn);
    void on(const TimePassed& event, Turn& turn);
    void on(const MasterStalled& event, Turn& turn);

    template <class Report>
    void deliverToOwner(const Report& report, Turn& turn);
    void addGroup(GroupPolicy policy);
    void passTime(ChildMachine& child, Turn& turn);
    void exitByOperator(ChildMachine& child, OperationId operation, Turn& turn);
    void beginOperation(OperationId id, OperationKind kind, const std::string& group, Turn& turn);

    void settle(Turn& turn);
    void openWaiting(Turn& turn);
    bool mayStart(const GroupMachine& group) const;
    bool holdsUp(const GroupMachine& other, const GroupMachine& waiting) const;
    bool keepsName(const GroupMachine& removed, const GroupMachine& waiting) const;
    bool processesGone(const GroupMachine& group) const;
    void forgetRemoved(Turn& turn);
    GroupView viewOf(const GroupMachine& group) const;
    void stopIfHopeless(Turn& turn);
    void beginStop(StopMode mode, Finish finish, Turn& turn);
    void stopNext(Turn& turn);
    bool mayStop(const GroupMachine& group) const;
    void closeDown(Turn& turn);

    GroupMachine* find(GroupId id);
    bool consistent();
    GroupMachine& groupOf(const ChildMachine& child) { return *find(child.group()); }
    GroupMachine* ownerOf(GenerationId generation);

    std::uint64_t _seed;
    Fleet _fleet;
    Operations _operations;
    GroupMachine::Host _host{_fleet, _operations};
    Groups _groups;  // in order of id
    GroupId _nextGroup{1};
    std::size_t _essential = 0;  // of the first ids: without their plugins the host does not start

    std::optional<StopMode> _stop;
    std::vector<GroupId> _told;  // to stop, so far
    Finish _finish{};            // what to say in the end; means something once _stop is set
    bool _finished = false;
    Changes _changes;
};

}  // namespace clustermanager::core
