#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/Types.h"
#include "core/Fleet.h"
#include "core/GroupPolicy.h"
#include "core/Operations.h"
#include "core/Turn.h"
#include "core/Views.h"

namespace clustermanager::core {

/// The children of one group, by index, and those that stand in for them while they are replaced.
struct Slots
{
    std::vector<ChildId> members;
    std::size_t kept = 0;  // members before this index are wanted; the others are on their way out
    std::vector<ChildId> standIns;

    template <class IO>
    void fields(IO& io)
    {
        io(members);
        io(kept);
        io(standIns);
    }

    struct Range
    {
        const ChildId* first;
        const ChildId* last;
        const ChildId* begin() const { return first; }
        const ChildId* end() const { return last; }
    };
    /// Valid as long as `members` stay as they are.
    Range keptMembers() const { return {members.data(), members.data() + kept}; }
};

/// Replaces the processes of a group one after the other: by those of a new generation (a reload), or by
/// fresh ones of the same (a recycle). First children that stand in become ready, so that no replaced slot is
/// missed; a new generation that does not bring them up has touched nothing else. One that fails later is
/// taken back.
///
/// Invariants:
///  (1) a slot that is ready is asked to exit only while stand-ins that are ready, and maxUnavailable, make
///  up for all that are missing, but for those that fail of themselves; on the way back, where stand-ins may
///  have failed, one at a time is anyway;
///  (2) phases go forward only; when it is over no stand-in is left.
///
/// Threading: none; its GroupMachine owns it.
class Roll
{
public:
    enum class Phase : std::uint8_t
    {
        Loading,    // the new generation is not open yet
        Surging,    // stand-ins start
        Replacing,  // slot by slot
        Reverting,  // slot by slot, back to the old generation
        Leaving,    // stand-ins exit
        Over,
        kLast = Over
    };

    /// What it works on.
    struct Ground
    {
        GroupId group;
        const GroupPolicy& policy;
        Slots& slots;
        Fleet& fleet;
        Operations& operations;
        GenerationState target;  // of the generation that takes over
        const std::string& targetReason;
    };

    static Roll reload(GenerationId from, GenerationId to, OperationId operation);
    static Roll recycle(GenerationId current, std::set<ChildId> children);

    /// Does whatever can be done now. To be called after anything has happened to the group.
    void advance(const Ground& ground, Turn& turn);

    /// The group stops: slots stay where they are, and nothing is asked of anybody any more.
    void cancel(const Ground& ground, Turn& turn);

    Phase phase() const { return _phase; }
    bool over() const { return _phase == Phase::Over; }
    bool reloads() const { return _from != _to; }
    GenerationId from() const { return _from; }
    GenerationId to() const { return _to; }
    OperationId operation() const { return _operation; }
    /// Slots are being given to the new generation, or back to the old one.
    bool replaces() const { return _phase == Phase::Replacing || _phase == Phase::Reverting; }
    /// Which generation keeps the slots cannot change any more.
    bool settled() const { return _phase >= Phase::Leaving; }
    /// The new generation has the slots, or is to get them.
    bool succeeds() const { return _failure.empty(); }
    const std::string& failure() const { return _failure; }
    /// An operator ended it before anything was replaced: it does not succeed, and nobody is to blame.
    bool calledOff() const { return _calledOff; }

    template <class IO>
    void fields(IO& io)
    {
        io(_from);
        io(_to);
        io(_operation);
        io(_phase);
        io(_failure);
        io(_calledOff);
        io(_pending);
        io(_asked);
    }

private:
    Roll(GenerationId from, GenerationId to, OperationId operation, Phase phase);

    void step(const Ground& ground, Turn& turn);
    void onLoading(const Ground& ground);
    void onSurging(const Ground& ground, Turn& turn);
    void onReplacing(const Ground& ground, Turn& turn);
    void onLeaving(const Ground& ground, Turn& turn);

    void surge(const Ground& ground);
    void takeStock(const Ground& ground);
    void askMore(const Ground& ground, Turn& turn);
    void ask(const Ground& ground, ChildId id, Turn& turn);
    void forgetRestarted(const Ground& ground);
    void fail(const std::string& reason, Phase next);
    void revert(const Ground& ground, const std::string& reason);
    std::string trouble(const Ground& ground) const;
    bool isUnfit(const ChildMachine& child) const;
    GenerationId aim() const { return _phase == Phase::Reverting ? _from : _to; }

    GenerationId _from;
    GenerationId _to;
    OperationId _operation;
    Phase _phase;
    std::string _failure;
    bool _calledOff = false;
    std::set<ChildId> _pending;             // still to be asked
    std::map<ChildId, StartNumber> _asked;  // not replaced yet: the process each had
};
/// "loading", "surging", "replacing", "reverting", "leaving", "over": the only spelling.
const char* name(Roll::Phase phase);

}  // namespace clustermanager::core
