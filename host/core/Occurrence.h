#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ExitStatus.h"
#include "base/Types.h"
#include "core/Action.h"
#include "core/ChildState.h"
#include "core/Operation.h"
#include "core/Views.h"

/// What has happened in the host, one thing after the other, for those who follow it: the event stream, the
/// history. Plain values, immutable once they are made.
namespace clustermanager::core {

/// One process of a child, or of a run_master that has one of its own (isRunMaster).
struct OneStart
{
    ChildId child{};
    StartNumber start{};
    std::uint32_t generation = 0;
    pid_t pid = 0;  // 0: none (yet, or any more)
    std::uint32_t restarts = 0;
};

struct ChildStateChanged
{
    OneStart process;
    ChildState from = ChildState::Stopped;
    ChildState to = ChildState::Stopped;
    std::string reason;
};

struct ProcessEnded
{
    OneStart process;
    ExitStatus status;
    std::string reason;
    Millis uptime{0};
    ResourceUse use;
    std::string crash = {};  // the id that the report of its crash will have, or ""
};

/// Any of these is another than before.
struct GroupChanged
{
    GroupState state = GroupState::Waiting;
    std::uint32_t generation = 0;
    GenerationState generationState = GenerationState::Loading;
    std::string phase;  // of a reload, or ""
    std::string reason;
};

struct OperationChanged
{
    OperationId id{};
    OperationKind kind{};
    OperationState state{};
    std::string phase;
    std::string reason;
    std::size_t stepsOver = 0;
    std::size_t steps = 0;
};

/// The configuration was read again: brought into force, or refused.
struct ConfigurationRead
{
    bool applied = false;
    std::vector<std::string> details;  // a line each: what changed, or what is wrong
};

/// Somebody asked for a change.
struct CommandAsked
{
    std::string route;  // "POST /groups/hello/reload"
    std::string who;    // "uid 1000", "192.0.2.7 token ops"
    int answer = 0;     // the HTTP status
};

/// The host itself.
struct HostChanged
{
    enum class What : std::uint8_t
    {
        Started,
        Upgraded,
        NotUpgraded,
        Stopping,
        kLast = Stopping
    };
    What what = What::Started;
    std::string reason;
};
const char* name(HostChanged::What what);  // "started", "upgraded", "upgradeFailed", "stopping"

/// What only the sentence tells.
struct Notice
{};

struct Occurrence
{
    std::uint64_t number = 0;  // one more than that of the occurrence before; 1 and up
    WallTime at;
    Announce::Severity severity = Announce::Severity::Info;
    std::string group;  // "": the host's
    std::string text;   // one sentence
    std::variant<ChildStateChanged, ProcessEnded, GroupChanged, OperationChanged, ConfigurationRead,
                 CommandAsked, HostChanged, Notice>
        what;
};

/// The kinds, in the order of Occurrence::what: the only spelling.
constexpr std::array<const char*, std::variant_size_v<decltype(Occurrence::what)>> kKinds{
    "child", "exit", "group", "operation", "config", "command", "host", "notice"};
constexpr const char* kind(const Occurrence& occurrence)
{
    return kKinds[occurrence.what.index()];
}

using Occurrences = std::vector<std::shared_ptr<const Occurrence>>;

}  // namespace clustermanager::core
