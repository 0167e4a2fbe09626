#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/Types.h"
#include "core/Snapshot.h"

/// Pictures of the host as JSON texts. The time is passed in. The fields are the contract with every
/// client: they are added to, never renamed. What is not known is null.
namespace clustermanager::control {

class JsonWriter;

/// The texts of children as they were last made, for those who make one again and again: a picture shares
/// with the one before it whatever has not changed, and then so does its text. Only the uptime is new each
/// time.
///
/// Not thread-safe.
class ChildTexts
{
public:
    void write(JsonWriter& json, const std::shared_ptr<const core::ChildSnapshot>& child, TimePoint now);
    /// Forgets those of others, where there are many.
    void keepOnly(const core::Snapshot& snapshot);

private:
    struct Text
    {
        std::shared_ptr<const core::ChildSnapshot> of;
        std::string text;          // without the uptime
        std::size_t uptimeAt = 0;  // where it belongs
    };
    std::unordered_map<ChildId, Text> _texts;
};

/// {"master":{...},"listeners":[...],"groups":[...],"children": of a status, and [...]} as it ends.
std::string statusBegin(const core::Snapshot& snapshot, TimePoint now);
std::string statusEnd(const core::Snapshot& snapshot, TimePoint now, ChildTexts& texts);

/// One of the children.
std::string childJson(const core::ChildSnapshot& child, TimePoint now);

/// {"groups":[...]} and one of its elements.
std::string groupsJson(const core::Snapshot& snapshot);
std::string groupJson(const core::GroupSnapshot& group);

/// "2024-05-17T08:30:00.250Z"
std::string timestamp(WallTime time);

}  // namespace clustermanager::control
