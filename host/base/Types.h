#pragma once

#include <chrono>
#include <cstdint>

/// The words every layer shares: identities that cannot be mixed up, and time.
namespace clustermanager {

/// The number a child is known by for its whole life, through every restart: CM_CHILD_ID. 1 and up.
enum class ChildId : std::uint32_t
{
};

/// Names a group for the host's whole life; never used twice. 1 and up.
enum class GroupId : std::uint32_t
{
};

/// Names what an operator asked for, so that what became of it can be asked. Never used twice; 0: nobody
/// asks.
enum class OperationId : std::uint64_t
{
};

/// Names one start of a child. A pid can be reused by the kernel, a StartNumber never is.
enum class StartNumber : std::uint64_t
{
};

/// One version of a group's plugin, and the spawner that forks from it. Never used twice in a host's life.
enum class GenerationId : std::uint32_t
{
};

constexpr std::uint32_t number(ChildId id)
{
    return static_cast<std::uint32_t>(id);
}
constexpr std::uint32_t number(GroupId group)
{
    return static_cast<std::uint32_t>(group);
}
constexpr std::uint64_t number(OperationId operation)
{
    return static_cast<std::uint64_t>(operation);
}
constexpr std::uint64_t number(StartNumber start)
{
    return static_cast<std::uint64_t>(start);
}
constexpr std::uint32_t number(GenerationId generation)
{
    return static_cast<std::uint32_t>(generation);
}

/// A run_master with a process of its own is supervised in a slot like a child's, but has no CM_CHILD_ID: its
/// number lies beyond all that children can have, one for each group.
constexpr std::uint32_t kFirstRunMaster = 0x8000'0000;

constexpr ChildId runMasterOf(GroupId group)
{
    return static_cast<ChildId>(kFirstRunMaster + number(group));
}
constexpr bool isRunMaster(ChildId id)
{
    return number(id) >= kFirstRunMaster;
}

/// Deadlines and durations are always steady time; the wall clock is for display only.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Millis = std::chrono::milliseconds;
using WallTime = std::chrono::system_clock::time_point;

/// Joins lambdas into one visitor for std::visit.
template <class... Ts>
struct Overloaded : Ts...
{
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace clustermanager
