#include "core/Operations.h"

#include <algorithm>
#include <utility>

namespace clustermanager::core {

namespace {

void conclude(OperationStep& step, StepState state, const std::string& reason, TimePoint now)
{
    step.state = state;
    step.reason = reason;
    step.ended = now;
}

void look(OperationStep& step, const ChildMachine* child, TimePoint now)
{
    if (child == nullptr) return conclude(step, StepState::Stopped, "", now);
    const bool fresh = child->startNumber() != step.before;
    if (child->state() == ChildState::Ready && fresh) return conclude(step, StepState::Ready, "", now);
    if (!child->wanted() && !child->mayHaveProcess()) return conclude(step, StepState::Stopped, "", now);
    if (child->state() == ChildState::Failed) return conclude(step, StepState::Failed, child->reason(), now);
    step.reason = child->failure();
}

/// Their end is more than that of their steps.
bool endsItself(OperationKind kind)
{
    return kind == OperationKind::Reload || kind == OperationKind::Upgrade;
}

bool failed(const OperationStep& step)
{
    return step.state == StepState::Failed;
}

}  // namespace

const char* name(OperationKind kind)
{
    switch (kind)
    {
    case OperationKind::Exit: return "exit";
    case OperationKind::Reload: return "reload";
    case OperationKind::Scale: return "scale";
    case OperationKind::Start: return "start";
    case OperationKind::Stop: return "stop";
    case OperationKind::Upgrade: break;
    }
    return "upgrade";
}

const char* name(OperationState state)
{
    switch (state)
    {
    case OperationState::Waiting: return "waiting";
    case OperationState::Running: return "running";
    case OperationState::Done: return "done";
    case OperationState::Failed: return "failed";
    case OperationState::Replaced: break;
    }
    return "replaced";
}

const char* name(StepState state)
{
    switch (state)
    {
    case StepState::Running: return "running";
    case StepState::Ready: return "ready";
    case StepState::Stopped: return "stopped";
    case StepState::Failed: break;
    }
    return "failed";
}

Operation* Operations::begin(Operation operation, TimePoint now)
{
    if (operation.id == OperationId{}) return nullptr;
    if (_all.size() >= kKept)
    {
        const auto oldest =
            std::find_if(_all.begin(), _all.end(), [](const auto& known) { return known->over(); });
        if (oldest == _all.end()) return nullptr;  // it is carried out, and nobody can ask for it
        _all.erase(oldest);
    }
    operation.begun = now;
    _all.push_back(std::make_shared<Operation>(std::move(operation)));
    return _all.back().get();
}

Operation* Operations::find(OperationId id)
{
    for (const auto& operation : _all)
        if (operation->id == id) return operation->over() ? nullptr : operation.get();
    return nullptr;
}

void Operations::addStep(Operation* operation, const ChildMachine& child, TimePoint now)
{
    if (operation == nullptr) return;
    OperationStep step{child.id(), child.startNumber()};
    step.begun = now;
    operation->steps.push_back(std::move(step));
}

void Operations::end(Operation* operation, OperationState state, const std::string& reason, TimePoint now)
{
    if (operation == nullptr || operation->over()) return;
    operation->state = state;
    operation->reason = reason;
    operation->ended = now;
}

void Operations::settle(Fleet& fleet, TimePoint now)
{
    for (const auto& operation : _all)
    {
        if (operation->state != OperationState::Running) continue;
        bool over = true;
        for (OperationStep& step : operation->steps)
        {
            if (step.ended) continue;
            look(step, fleet.find(step.child), now);
            over = over && step.ended;
        }
        if (!over || endsItself(operation->kind)) continue;
        const auto bad = std::find_if(operation->steps.begin(), operation->steps.end(), failed);
        const bool good = bad == operation->steps.end();
        end(operation.get(), good ? OperationState::Done : OperationState::Failed,
            good ? "" : "child " + std::to_string(number(bad->child)) + ": " + bad->reason, now);
    }
}

}  // namespace clustermanager::core
