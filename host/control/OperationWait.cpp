#include "control/OperationWait.h"

#include <algorithm>

namespace clustermanager::control {

namespace {

/// How soon a closed waiting room is noticed; pictures wake at once.
constexpr Millis kStep{50};

std::shared_ptr<const core::Operation> shown(const core::Snapshot& picture, OperationId id)
{
    for (const auto& operation : picture.operations)
        if (operation->id == id) return operation;
    return nullptr;
}

/// Numbers only rise, so an operation that is missing where a later one is shown has been there and is
/// forgotten; where none is, the picture is older than the operation.
bool forgotten(const core::Snapshot& picture, OperationId id)
{
    const auto later = [&](const auto& operation) { return operation->id > id; };
    return std::any_of(picture.operations.begin(), picture.operations.end(), later);
}

/// Notes what the picture shows of them. Whether there is nothing more to wait for.
bool look(const core::Snapshot& picture, const std::vector<OperationId>& ids, SeenOperations& seen)
{
    bool settled = true;
    for (const OperationId id : ids)
    {
        const auto operation = shown(picture, id);
        if (operation != nullptr) seen[id] = operation;
        settled = settled && (operation != nullptr ? operation->over() : forgotten(picture, id));
    }
    return settled;
}

}  // namespace

SeenOperations waitFor(const Call& call, const std::vector<OperationId>& ids, TimePoint deadline)
{
    SeenOperations seen;
    auto picture = call.snapshots.latest();
    while (!look(*picture, ids, seen) && !picture->master.stopping && !call.waitingRoom.closed())
    {
        const TimePoint now = Clock::now();
        if (now >= deadline) break;
        const Millis left = std::chrono::ceil<Millis>(deadline - now);
        picture = call.snapshots.newerThan(picture, std::min(kStep, left));
    }
    return seen;
}

const core::Operation* find(const SeenOperations& seen, OperationId id)
{
    const auto found = seen.find(id);
    return found == seen.end() ? nullptr : found->second.get();
}

}  // namespace clustermanager::control
