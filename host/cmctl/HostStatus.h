#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmctl/Client.h"

namespace clustermanager::cmctl {

struct ChildRow
{
    int id = 0;
    std::int64_t pid = 0;  // 0: none
    std::string group;
    std::int64_t index = 0;
    std::int64_t generation = 0;
    bool standsIn = false;
    std::string state;
    std::string reason;
    std::int64_t restarts = 0;
    std::string logLevel;
    std::optional<std::int64_t> uptimeMs;
    std::optional<std::int64_t> rssKiB;
    std::optional<std::int64_t> cpuMs;
    std::optional<std::int64_t> requests;
    std::string reportedAt;  // "": not yet
    std::string lastExit;    // "": it never ended
};

struct GroupRow
{
    std::string name;
    std::string state;
    std::string plugin;  // name and version
    std::string path;
    std::int64_t generation = 0;
    std::string generationState;
    std::int64_t count = 0;
    std::int64_t ready = 0;
    std::int64_t gaveUp = 0;  // of its children
    std::string phase;
    std::string reason;
    std::string failedReload;  // "": the last one did not fail
    std::string runMaster;
};

struct MasterRow
{
    std::int64_t pid = 0;
    std::string version;
    std::string logLevel;
    std::int64_t uptimeMs = 0;
    std::int64_t rssKiB = 0;
    bool stopping = false;
};

/// What the host says of itself at one moment.
struct HostStatus
{
    MasterRow master;
    std::vector<GroupRow> groups;
    std::vector<ChildRow> children;
};

HostStatus statusOf(const JsonObject& answer);
ChildRow childOf(const JsonObject& child);

}  // namespace clustermanager::cmctl
