#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "base/Types.h"
#include "clustermanager/plugin.h"
#include "link/Messages.h"

namespace clustermanager::child {

/// The children of its group as a run_master sees them: what the master has told of them so far.
///
/// Threading: everything from any thread.
class ChildList
{
public:
    void take(const link::ChildrenSeen& seen);

    /// Waits until all of them were told of once, at most `limit`.
    void waitUntilComplete(Millis limit);

    /// In order of id, at most `capacity`; returns how many there are.
    std::size_t copy(cm_child_info* infos, std::size_t capacity) const;

    /// Its pid, 0 while it has none; nothing where there is no such child.
    std::optional<std::int32_t> pidOf(std::int32_t id) const;

private:
    mutable std::mutex _mutex;  // guards what follows
    std::condition_variable _completed;
    std::map<std::int32_t, cm_child_info> _children;
    bool _complete = false;
};

}  // namespace clustermanager::child
