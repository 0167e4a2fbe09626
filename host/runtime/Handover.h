#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/Fields.h"
#include "base/Types.h"
#include "config/HostConfig.h"
#include "metrics/HostMetrics.h"
#include "runtime/ChildTable.h"
#include "runtime/GroupFunctions.h"
#include "runtime/Groups.h"
#include "runtime/Listeners.h"
#include "runtime/LogLevels.h"
#include "runtime/PluginFolder.h"

namespace clustermanager::runtime {

/// What a master leaves to the image that goes on in its process: plain values, and the numbers of the
/// descriptors that the image inherits. Taken between two turns of the loop.
///
/// Not part of it, because it is made anew: a run_master that ran, what is read of folders and files, who
/// waits for an answer.
struct Handover
{
    config::HostConfig config;  // in force
    Bytes supervisor;           // as core::Supervisor::save() wrote it
    ChildTable::State children;
    Groups::State groups;
    std::vector<Listeners::State> listeners;
    LogLevels::State levels;
    GroupFunctions::State functions;
    metrics::HostMetrics::State metrics;
    std::optional<PluginFolder::Told> folder;  // nothing where it is not watched
    OperationId lastOperation{};
    OperationId upgrade{};  // that it is handed over for
    std::uint64_t lastOccurrence = 0;
    std::uint32_t upgrades = 0;
    WallTime startedAt;
    TimePoint startedSteady;
    TimePoint leftAt;

    template <class IO>
    void fields(IO& io)
    {
        io(config);
        io(supervisor);
        io(children);
        io(groups);
        io(listeners);
        io(levels);
        io(functions);
        io(metrics);
        io(folder);
        io(lastOperation);
        io(upgrade);
        io(lastOccurrence);
        io(upgrades);
        io(startedAt);
        io(startedSteady);
        io(leftAt);
    }
};

}  // namespace clustermanager::runtime
