#include "control/OperationWait.h"

#include <algorithm>

namespace clustermanager::control {

namespace {

/// How soon a closed waiting room is noticed; pictures wake at once.
constexpr Millis kStep{50};

void note(SeenOperations& seen, const core::Operation& operation)
{
    for (core::Operation& known : seen)
        if (known.id == operation.id)
        {
            known = operation;
            return;
        }
    seen.push_back(operation);
}

/// Numbers only rise, so an operation that is missing where a later one is shown has been there and is
/// forgotten; where none is, the picture is older than the operation.
bool forgotten(const core::Snapshot& picture, OperationId id)
{
    const auto later = [&](const core::Operation& operation) { return operation.id > id; };
    return std::any_of(picture.operations.begin(), picture.operations.end(), later);
}

/// Notes what the picture shows of them. Whether there is nothing more to wait for.
bool look(const core::Snapshot& picture, const std::vector<OperationId>& ids, SeenOperations& seen)
{
    bool settled = true;
    for (const OperationId id : ids)
    {
        const core::Operation* operation = find(picture.operations, id);
        if (operation != nullptr) note(seen, *operation);
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
    for (const core::Operation& operation : seen)
        if (operation.id == id) return &operation;
    return nullptr;
}

}  // namespace clustermanager::control
