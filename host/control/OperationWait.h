#pragma once

#include <map>
#include <memory>
#include <vector>

#include "control/Call.h"
#include "core/Operation.h"

namespace clustermanager::control {

/// Operations as they were last seen. One that no picture has shown is missing.
using SeenOperations = std::map<OperationId, std::shared_ptr<const core::Operation>>;

/// Waits until all are over, the deadline has passed, the waiting room closes or the host stops. One that the
/// host has forgotten is not waited for.
SeenOperations waitFor(const Call& call, const std::vector<OperationId>& ids, TimePoint deadline);

const core::Operation* find(const SeenOperations& seen, OperationId id);

}  // namespace clustermanager::control
