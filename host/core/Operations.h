#pragma once

#include <list>
#include <memory>
#include <string>

#include "base/Fields.h"
#include "base/Types.h"
#include "core/Fleet.h"
#include "core/Operation.h"

namespace clustermanager::core {

/// What operators have asked for lately. The outcome is read off the slots, so that it is what really
/// happened and not what was meant to.
///
/// Invariants:
///  (1) at most kKept are known; what is over is forgotten first, the oldest before the others;
///  (2) what is over never changes again, so pictures share it.
///
/// Threading: none; the Supervisor owns it.
class Operations
{
public:
    static constexpr std::size_t kKept = 64;

    /// Nothing where nobody asks for it (its id is 0). What it returns stays in place until it is over.
    Operation* begin(Operation operation, TimePoint now);

    /// Nothing where it is over, or not known (any more).
    Operation* find(OperationId id);

    /// A slot is to end its process, and with it this operation waits.
    static void addStep(Operation* operation, const ChildMachine& child, TimePoint now);
    static void end(Operation* operation, OperationState state, const std::string& reason, TimePoint now);

    /// Looks at the touched slots, and ends what is done but for reloads and upgrades, which end themselves.
    void settle(Fleet& fleet, TimePoint now);

    void save(FieldWriter& out) const;
    void restore(FieldReader& in);

    /// The oldest first.
    const std::list<std::shared_ptr<Operation>>& all() const { return _all; }

private:
    std::list<std::shared_ptr<Operation>> _all;
};

}  // namespace clustermanager::core
