#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/Fields.h"
#include "base/Types.h"
#include "core/ChildMachine.h"
#include "core/DeadlineQueue.h"
#include "core/GroupPolicy.h"
#include "core/Turn.h"

namespace clustermanager::core {

/// The slots of all groups and who owns which process. It knows numbers; what is wanted, others decide.
///
/// Invariants:
///  (1) ids are unique, and the lowest free one is given out first; a run_master takes none of them;
///  (2) every process that may exist has one owner, or is a stranger that was killed at once.
///
/// Threading: none; the Supervisor owns it.
class Fleet
{
public:
    explicit Fleet(std::uint64_t seed) : _seed(seed) {}
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;
    ~Fleet() = default;

    /// `policy` outlives the slot.
    ChildMachine& add(GroupId group, std::uint32_t index, bool standsIn, const GroupPolicy& policy);
    /// The slot of the group's run_master. REQUIRES: there is none yet.
    ChildMachine& addRunMaster(GroupId group, const GroupPolicy& policy);
    /// REQUIRES: its slot may have no process.
    void remove(ChildId id);

    /// Nothing where there is no such slot (any more).
    ChildMachine* find(ChildId id);
    ChildMachine& at(ChildId id) { return *find(id); }
    ChildMachine* ownerOf(StartNumber start);

    /// In order of id: the children first, then each run_master.
    const std::vector<std::unique_ptr<ChildMachine>>& children() const { return _children; }
    std::size_t childCount() const;

    void deliver(ChildMachine& child, const ChildEvent& event, Turn& turn);
    /// REQUIRES: it awaits a start, and the generation it aims at is open.
    void start(ChildMachine& child, Turn& turn);
    /// Its process has ended, and the successor that was ordered is there or on its way.
    void succeed(ChildMachine& child, StartNumber successor, Turn& turn);
    void forgive(Millis absence);

    /// From now on no successor is ordered of the generation's children: in the midst of a reload each order
    /// would wake a spawner, and be taken back in the end.
    void withholdSuccessors(GenerationId generation) { _withoutSuccessors.insert(generation); }
    /// ... and those that are ordered are taken back, all at once.
    void takeBackSuccessors(GenerationId generation, Turn& turn);
    /// The slots are to be touched then.
    void allowSuccessors(GenerationId generation) { _withoutSuccessors.erase(generation); }

    /// A process that nobody awaits: nobody would ever end it.
    void turnAway(StartNumber start, Turn& turn);
    /// Whether it was one.
    bool strangerGone(StartNumber start) { return _strangers.erase(start) != 0; }
    bool hasStrangers() const { return !_strangers.empty(); }

    /// How many processes of the generation there may be.
    std::size_t processesOf(GenerationId generation) const;

    std::optional<TimePoint> deadline() const;
    /// Those whose own deadline has passed.
    std::vector<ChildId> due(TimePoint now);

    /// Between turns: all slots and processes, written down and read again. `policyOf` gives nothing for a
    /// group there is not.
    using PolicyOf = std::function<const GroupPolicy*(GroupId)>;
    void save(FieldWriter& out) const;
    void restore(FieldReader& in, const PolicyOf& policyOf);

    /// The slot is to be looked at before the turn ends.
    void touch(ChildId id) { _touched.insert(id); }
    const std::set<ChildId>& touched() const { return _touched; }
    /// The turn ends: deadlines are as the slots say, and who serves has a successor ordered.
    void settled(Turn& turn);

private:
    using Children = std::vector<std::unique_ptr<ChildMachine>>;

    ChildMachine& insert(const ChildMachine::Place& slot, const GroupPolicy& policy);
    Children::iterator place(ChildId id);
    ChildId lowestFree() const;
    std::optional<TimePoint> successorDue(const ChildMachine& child, TimePoint now) const;
    StartNumber nextStart();
    void enter(const ChildMachine& child);
    void release(StartNumber start, GenerationId generation);

    std::uint64_t _seed;
    Children _children;  // in order of id
    std::set<ChildId> _touched;
    DeadlineQueue _deadlines;
    DeadlineQueue _successorsDue;
    StartNumber _lastStart{};
    std::unordered_map<StartNumber, ChildId> _owners;
    std::unordered_map<GenerationId, std::size_t> _processes;  // none is not kept
    std::unordered_set<StartNumber> _strangers;                // killed, not gone yet
    std::unordered_set<GenerationId> _withoutSuccessors;       // its group knows and says so
};

}  // namespace clustermanager::core
