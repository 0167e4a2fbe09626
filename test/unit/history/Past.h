#pragma once

#include <memory>
#include <string>

#include "core/Occurrence.h"
#include "unit/TemporaryFolder.h"

namespace clustermanager::history::test {

inline core::Occurrence exitOf(std::uint32_t child, const std::string& group = "web", int second = 0)
{
    core::ProcessEnded ended;
    ended.process.child = ChildId{child};
    return {0,
            WallTime(std::chrono::seconds(1'000'000 + second)),
            core::Announce::Severity::Info,
            group,
            "exit of " + std::to_string(child),
            ended};
}

inline core::Occurrence command(const std::string& route, int second = 0)
{
    return {0,
            WallTime(std::chrono::seconds(1'000'000 + second)),
            core::Announce::Severity::Info,
            "",
            route,
            core::CommandAsked{route, "uid 0", 200}};
}

inline std::shared_ptr<const core::Occurrence> shared(core::Occurrence occurrence)
{
    return std::make_shared<const core::Occurrence>(std::move(occurrence));
}

}  // namespace clustermanager::history::test
