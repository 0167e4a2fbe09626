#pragma once

#include <string>

#include "base/Types.h"
#include "core/Snapshot.h"

/// Pictures of the host as JSON texts. Pure: the time is passed in. The fields are the contract with every
/// client: they are added to, never renamed. What is not known is null.
namespace clustermanager::control {

/// {"master":{...},"listeners":[...],"groups":[...],"children":[...]}
std::string statusJson(const core::Snapshot& snapshot, TimePoint now);

/// {"children":[...]} and one of its elements.
std::string childrenJson(const core::Snapshot& snapshot, TimePoint now);
std::string childJson(const core::ChildSnapshot& child, TimePoint now);

/// {"groups":[...]} and one of its elements.
std::string groupsJson(const core::Snapshot& snapshot);
std::string groupJson(const core::GroupSnapshot& group);

/// "2024-05-17T08:30:00.250Z"
std::string timestamp(WallTime time);

}  // namespace clustermanager::control
