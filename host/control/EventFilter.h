#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/Types.h"
#include "control/Reply.h"
#include "control/RouteTarget.h"
#include "core/Occurrence.h"

namespace clustermanager::control {

/// Which of all that happens somebody wants to see.
struct EventFilter
{
    std::string group;               // "": of any, and of the host
    std::optional<ChildId> child;    // nothing: of any, and of none
    std::vector<std::string> kinds;  // none: any

    bool matches(const core::Occurrence& occurrence) const;
};

/// By the parameters group, child and kind; or the answer to one that is malformed.
std::variant<EventFilter, Reply> parseEventFilter(const RouteTarget& target);

}  // namespace clustermanager::control
