#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/Fields.h"
#include "base/Types.h"
#include "core/Fleet.h"
#include "core/GenerationMachine.h"
#include "core/GroupPolicy.h"
#include "core/Operations.h"
#include "core/Roll.h"
#include "core/Turn.h"
#include "core/Views.h"

namespace clustermanager::core {

/// One group: how many children are wanted of which generation. What is wanted and what is there are compared
/// after every event, so that a crash, a resize and a reload heal by the same code.
///
/// Invariants:
///  (1) one generation is current, at most one is next, and retired ones wait for their last process;
///  (2) members have the indexes 0..n-1; an index is used again only when its process is gone;
///  (3) a run_master with a process of its own has one slot, which follows the current generation, and waits
///  for one that runs in the host to end, be it of a removed group of this name: at no instant are there two.
///
/// Threading: none; the Supervisor owns it.
class GroupMachine
{
public:
    /// What all groups share.
    struct Host
    {
        Fleet& fleet;
        Operations& operations;
        GenerationId lastGeneration{};
        /// Those that run in the host, by group, with its name.
        std::map<GroupId, std::string> runMastersInside{};
    };

    /// `host` outlives this.
    GroupMachine(GroupId id, GroupPolicy policy, Host& host, std::uint64_t seed);
    /// As save() wrote it. Where `in` is not good afterwards, it means nothing.
    GroupMachine(Host& host, FieldReader& in);
    void save(FieldWriter& out) const;
    /// What it says of slots and generations fits the fleet.
    bool consistent() const;

    GroupMachine(const GroupMachine&) = delete;
    GroupMachine& operator=(const GroupMachine&) = delete;
    ~GroupMachine() = default;

    // --- what an operator wants ---
    /// Opens the first generation. Once, when nothing holds the group up any more.
    void open(Turn& turn);
    void reload(OperationId operation, Turn& turn);
    /// Who has given up gets another try with both: whoever asks wants them to serve.
    void scale(unsigned count, OperationId operation, Turn& turn);
    void start(OperationId operation, Turn& turn);
    void stop(StopMode mode, OperationId operation, Turn& turn);
    void remove(Turn& turn);
    void change(GroupPolicy policy);
    /// One more try for a plugin that could not be loaded.
    void revive(Turn& turn);
    void recycle(const ChildMachine& child, const std::string& reason, Turn& turn);
    /// The host stops: nothing is replaced any more, and no spawner is started for more children.
    void retire(Turn& turn);

    // --- what happens ---
    void runMasterInside(bool runs);
    bool runsMasterInside() const;
    GenerationMachine* find(GenerationId id);
    void passTime(Turn& turn);
    void forgive(Millis absence);
    std::optional<TimePoint> deadline() const;

    /// Compares what is wanted with what is there. `hostStops`: nothing is to be started any more.
    void settle(bool hostStops, Turn& turn);
    /// Last, because what has failed can end the host.
    void startWanted(Turn& turn);
    /// The host has nothing left to wait for: the current generation as well.
    void close(Turn& turn);
    /// Something has happened to a generation: all children are looked at.
    void touch();

    GroupId id() const { return _id; }
    const GroupPolicy& policy() const { return _policy; }
    GroupState state() const { return _state; }
    bool mayReload() const;
    const GenerationMachine& current() const { return *_current; }
    bool hasProcess() const;
    /// It is one too many, and on its way out.
    bool isLeaving(const ChildMachine& child) const;
    /// All that is wanted serves; was so at least once.
    bool wasReady() const { return _wasReady; }
    /// No slot is left, and no generation but the current one. A run_master in the host may still run.
    bool empty() const;
    GroupView view() const;
    const Slots& slots() const { return _slots; }

private:
    using Generations = std::vector<std::unique_ptr<GenerationMachine>>;

    std::unique_ptr<GenerationMachine> makeGeneration();
    std::unique_ptr<GenerationMachine> restoreGeneration(FieldReader& in) const;
    Roll::Ground ground();
    void beginReload(OperationId operation, Turn& turn);
    void beginRecycle(TimePoint now);
    std::optional<TimePoint> recycleFrom(ChildId id, StartNumber asked) const;
    std::optional<TimePoint> recycleDue() const;
    void compare(bool hostStops, Turn& turn);
    void advanceRoll(Turn& turn);
    void endRoll(Turn& turn);
    void cancelRoll(Turn& turn);
    void resize(OperationId operation, Turn& turn);
    void grow(Turn& turn);
    void bringBack(std::size_t index, OperationId operation, Turn& turn);
    void addMember();
    void shrink(Turn& turn);
    ChildMachine* runMaster() const;  // null: it has no process of its own
    bool anyMasterInside() const;     // of this name
    void tendRunMaster(bool hostStops, Turn& turn);
    void tellRunMaster(const ChildEvent& event, Turn& turn);
    bool mayStart(const ChildMachine& child);
    void failWithGeneration(ChildMachine& child, Turn& turn);
    void closeRetired(Turn& turn);
    bool allReady();
    std::vector<ChildId> touched() const;
    void stepForAll(Operation* operation, Turn& turn) const;
    void announce(Announce::Severity severity, const std::string& what, Turn& turn) const;

    GroupId _id;
    GroupPolicy _policy;  // in place for good: slots and generations point to it
    Host& _host;
    std::uint64_t _seed;
    GroupState _state = GroupState::Waiting;
    Slots _slots;
    std::unique_ptr<GenerationMachine> _current;
    std::unique_ptr<GenerationMachine> _next;
    Generations _retired;
    std::optional<Roll> _roll;
    std::optional<OperationId> _waitingReload;
    std::optional<OperationId> _waitingScale;
    std::map<ChildId, StartNumber> _toRecycle;  // the process that asked
    GenerationId _failedGeneration{};
    std::string _failedReason;
    bool _opened = false;
    bool _wasReady = false;
    std::size_t _lastMissed = 0;  // a member that was not ready when we looked
    bool _touched = false;
};

}  // namespace clustermanager::core
